// The part that starts containers. (runsc)

import { create } from '../create.ts'
import { mainWith } from '../main.ts'
import { run } from '../run.ts'

export const main = mainWith({ create, run })
