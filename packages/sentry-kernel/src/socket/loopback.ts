// The interface that every network namespace has: lo. (socket)
// Linux drivers/net/loopback.c; net/core/dev.c: __dev_change_flags, dev_get_flags; net/ipv4/devinet.c: inetdev_event.

import {
  EADDRNOTAVAIL,
  ENETUNREACH,
  type Errno,
  IFF_ALLMULTI,
  IFF_AUTOMEDIA,
  IFF_DEBUG,
  IFF_DYNAMIC,
  IFF_LOOPBACK,
  IFF_LOWER_UP,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_NOTRAILERS,
  IFF_PORTSEL,
  IFF_PROMISC,
  IFF_RUNNING,
  IFF_UP,
} from '@tsvisor/abi'
import type { Address6 } from './inet/address6.ts'
import type { Header } from './inet/datagram-control.ts'
import {
  type Endpoint,
  isAny,
  isBroadcast4,
  isForMany,
  isHost,
  isMulticast4,
} from './inet/endpoint.ts'
import { GroupTable, HEARS_ALL } from './multicast/group-table.ts'

export const LO_NAME = 'lo'
export const LO_INDEX = 1
export const LO_MTU = 65_536

const SETTABLE =
  IFF_UP |
  IFF_DEBUG |
  IFF_NOTRAILERS |
  IFF_NOARP |
  IFF_DYNAMIC |
  IFF_MULTICAST |
  IFF_PORTSEL |
  IFF_AUTOMEDIA |
  IFF_PROMISC |
  IFF_ALLMULTI

/** 224.0.0.1, which the kernel itself is a member of. */
const ALL_HOSTS = 0xe0000001
/** ff01::1 and ff02::1, which it is a member of always. */
export const ALL_HOSTS6: readonly Address6[] = ['ff01', 'ff02'].map(
  start => `${start.padEnd(31, '0')}1`,
)

export class Loopback {
  #set = 0
  /** 127.0.0.1/8 comes the first time that it is brought up, or before, and stays; ::1 comes and goes. */
  #addressed = false
  /** Whether it ever was up: it keeps the queue that it gets then. */
  hasQueue = false
  /** The multicast groups of version 4 that somebody here is a member of. */
  readonly groups = new GroupTable<number>()
  readonly groups6 = new GroupTable<Address6>()

  constructor() {
    for (const group of ALL_HOSTS6) this.groups6.join(group, HEARS_ALL)
  }
  /** It has come up or gone down (ip_mc_up, ip_mc_down, ipv6_mc_up, ipv6_mc_down). */
  #hearHosts(): void {
    if (this.up) this.groups.join(ALL_HOSTS, HEARS_ALL)
    else this.groups.leave(ALL_HOSTS, HEARS_ALL)
    for (const group of this.groups6.list()) group.isLoaded = this.up
  }
  get up(): boolean {
    return (this.#set & IFF_UP) !== 0
  }
  /** IFF_*; IFF_LOWER_UP is beyond what an ifreq holds. */
  get flags(): number {
    return this.#set | IFF_LOOPBACK | (this.up ? IFF_RUNNING | IFF_LOWER_UP : 0)
  }
  set flags(flags: number) {
    const wasUp = this.up
    this.#set = flags & SETTABLE
    if (wasUp !== this.up) this.#hearHosts()
    if (!this.up) return
    this.#addressed = true
    this.hasQueue = true
  }
  /** Gives it 127.0.0.1/8. */
  assignAddress(): void {
    this.#addressed = true
  }
  hasAddress(version: 4 | 6): boolean {
    return version === 4 ? this.#addressed : this.up
  }

  /** Whether an address of version 4 is its own. */
  owns(host: number): boolean {
    return host >>> 24 === 127 && !(this.up && isBroadcast4(host)) && this.#addressed
  }
  /** Whether it takes in what is sent to a group, if that is one. */
  accepts({ from, to }: Header): boolean {
    if (to.version !== 4 || !isMulticast4(to.host)) return true
    return this.groups.get(to.host)?.accepts(isAny(from) ? undefined : from.host) ?? false
  }
  /** Whether a socket may be bound to the endpoint. */
  isLocal(endpoint: Endpoint): boolean {
    if (isAny(endpoint) || isForMany(endpoint) || endpoint.group !== undefined) return true
    // Without any route yet, every address counts as a broadcast one (__inet_dev_addr_type).
    if (endpoint.version === 4 && !this.#addressed) return true
    return isHost(endpoint) && this.hasAddress(endpoint.version)
  }
  /** Why nothing can be sent there. While it is down, what is sent to 127.0.0.1 is lost. */
  refusal(to: Endpoint): Errno | undefined {
    if (to.version === 6 && !this.up) return EADDRNOTAVAIL
    return isHost(to) && this.hasAddress(to.version) ? undefined : ENETUNREACH
  }
}
