// The part with all verbs. (runsc)

import { mainWith } from '../main.ts'
import { VERBS } from '../verbs.ts'

export const main = mainWith(VERBS)
