// Owners of files: the host's numbers as the guest sees them, and back. (runsc)
// user_namespaces(7), of which this is the part that shows in files.

import { EINVAL } from '@tsvisor/abi'

/** `size` numbers from `guest` on are those from `host` on. */
export interface IdRange {
  readonly guest: number
  readonly host: number
  readonly size: number
}

export interface Owners {
  readonly uid: readonly IdRange[]
  readonly gid: readonly IdRange[]
  /** Numbers in no range: the guest sees nobody and cannot use them, or they are the same. */
  readonly others: 'nobody' | 'same'
}

/** fs.overflowuid */
const NOBODY = 65534

export class IdMap {
  readonly #ranges: readonly IdRange[]
  readonly #others: Owners['others']

  constructor(ranges: readonly IdRange[], others: Owners['others']) {
    this.#ranges = ranges
    this.#others = others
  }

  toGuest(id: number): number {
    for (const { guest, host, size } of this.#ranges)
      if (id >= host && id - host < size) return guest + (id - host)
    return this.#others === 'same' ? id : NOBODY
  }

  /** Errors: EINVAL for a number that is not mapped, as chown(2) gives. */
  toHost(id: number): number {
    for (const { guest, host, size } of this.#ranges)
      if (id >= guest && id - guest < size) return host + (id - guest)
    if (this.#others === 'same') return id
    throw EINVAL
  }
}

/** Both maps of a container. Without `owners` every number is the same on both sides. */
export const idMaps = (owners: Owners | undefined): { uid: IdMap; gid: IdMap } => ({
  uid: new IdMap(owners?.uid ?? [], owners?.others ?? 'same'),
  gid: new IdMap(owners?.gid ?? [], owners?.others ?? 'same'),
})
