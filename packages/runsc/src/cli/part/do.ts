// The part of `runsc do`. (runsc)

import { doVerb } from '../do.ts'
import { mainWith } from '../main.ts'

export const main = mainWith({ do: doVerb })
