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
import { type Endpoint, isAny, isHost } from './inet/endpoint.ts'

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

export class Loopback {
  #set = 0
  /** 127.0.0.1/8 comes the first time that it is brought up, or before, and stays; ::1 comes and goes. */
  #addressed = false
  /** Whether it ever was up: it keeps the queue that it gets then. */
  hasQueue = false

  get up(): boolean {
    return (this.#set & IFF_UP) !== 0
  }
  /** IFF_*; IFF_LOWER_UP is beyond what an ifreq holds. */
  get flags(): number {
    return this.#set | IFF_LOOPBACK | (this.up ? IFF_RUNNING | IFF_LOWER_UP : 0)
  }
  set flags(flags: number) {
    this.#set = flags & SETTABLE
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

  /** Whether a socket may be bound to the endpoint. */
  isLocal(endpoint: Endpoint): boolean {
    if (isAny(endpoint)) return true
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
