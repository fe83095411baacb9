// What one socket has said of multicast of version 6. (socket/multicast)
// Linux struct ipv6_pinfo: mcast_oif, ipv6_mc_list.

import type { Address6 } from '../inet/address6.ts'
import type { OptionMemory } from '../option-memory.ts'
import type { GroupTable } from './group-table.ts'
import { Memberships, type Sizes } from './memberships.ts'

/** struct ipv6_mc_socklist, and an address. */
const SIZES: Sizes = { membership: 56, source: 16 }

export class Ipv6Multicast {
  /** IPV6_MULTICAST_IF: 0 for none. */
  interface = 0
  readonly memberships: Memberships<Address6>

  constructor(groups: GroupTable<Address6>, memory: OptionMemory) {
    this.memberships = new Memberships(groups, memory, SIZES)
  }
}
