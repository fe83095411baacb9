// The maps of the one user namespace: what /proc/PID/uid_map says. (task)
// The kernel's own numbers are the guest's; what they are outside is the embedder's business.

import { kernelLocal } from '../kernel/kernel-local.ts'

/** `size` ids from `inside` on are those from `outside` on. */
export interface IdRange {
  readonly inside: number
  readonly outside: number
  readonly size: number
}

export interface IdMaps {
  uid: readonly IdRange[]
  gid: readonly IdRange[]
}

const EVERYBODY: readonly IdRange[] = [{ inside: 0, outside: 0, size: 0xffff_ffff }]

/** To be set before the first process. */
export const idMaps = kernelLocal<IdMaps>(() => ({ uid: EVERYBODY, gid: EVERYBODY }))
