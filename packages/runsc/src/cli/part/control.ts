// The part that engines call between the start and the end of a container. (runsc)

import { deleteVerb } from '../delete.ts'
import { kill } from '../kill.ts'
import { mainWith } from '../main.ts'
import { start } from '../start.ts'
import { state } from '../state.ts'

export const main = mainWith({ start, state, kill, delete: deleteVerb })
