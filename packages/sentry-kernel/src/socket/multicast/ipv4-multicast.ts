// What one socket has said of multicast of version 4. (socket/multicast)
// Linux struct inet_sock: mc_index, mc_addr, mc_all, mc_list.

import type { OptionMemory } from '../option-memory.ts'
import type { GroupTable } from './group-table.ts'
import { Memberships, type Sizes } from './memberships.ts'

/** struct ip_mc_socklist, and an address. */
const SIZES: Sizes = { membership: 48, source: 4 }

export class Ipv4Multicast {
  /** IP_MULTICAST_IF: an interface, 0 for none, and the address to send from. */
  interface = 0
  address = 0
  /** IP_MULTICAST_ALL: it hears what other members of this machine hear. */
  hearsOthers: boolean
  readonly memberships: Memberships<number>

  constructor(groups: GroupTable<number>, memory: OptionMemory, hearsOthers: boolean) {
    this.memberships = new Memberships(groups, memory, SIZES)
    this.hearsOthers = hearsOthers
  }
  allows(group: number, source: number): boolean {
    return this.memberships.allows(group, source) ?? this.hearsOthers
  }
}
