// What the maps of the first user namespace say: how its ids are called outside of the kernel. (task)
// The kernel's own numbers are the guest's; what they are outside is the embedder's business.

import { kernelLocal } from '../kernel/kernel-local.ts'
import { IdMap, type IdRange } from './id-map.ts'

export interface IdMaps {
  uid: readonly IdRange[]
  gid: readonly IdRange[]
}

const { ranges } = IdMap.IDENTITY

/** To be set before the first process. */
export const idMaps = kernelLocal<IdMaps>(() => ({ uid: ranges, gid: ranges }))
