// What ping and raw sockets share: they send to addresses, whatever the port. (socket/inet)

import {
  AF_INET6,
  AF_UNSPEC,
  EAFNOSUPPORT,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  SO_REUSEADDR,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { familyOf } from '../address-family.ts'
import { type Datagram, DatagramSocket } from './datagram-socket.ts'
import type { Endpoint } from './endpoint.ts'

export const MAX_PACKET = 0xffff

export abstract class IcmpSocket extends DatagramSocket {
  readonly version: 4 | 6

  constructor(task: Task, domain: number, type: number, flags: number) {
    const protocol = domain === AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP
    super(task, { domain, type, protocol }, flags)
    this.version = domain === AF_INET6 ? 6 : 4
    // INET_PROTOSW_REUSE
    this.options.turnOn(SO_REUSEADDR)
  }

  /** Raw sockets are given every packet of either version, ping sockets the answers to theirs. */
  abstract readonly hearsAll: boolean
  abstract hear(packet: Datagram): void

  override connect(task: Task, address: Uint8Array): number {
    if (familyOf(address) === AF_UNSPEC) {
      this.remote = undefined
      this.options.interface = 0
      return 0
    }
    this.autobind(task)
    this.connectTo(task, this.checked(address))
    return 0
  }
  /** A destination of its version. Errors: EAFNOSUPPORT. */
  protected checked(address: Uint8Array): Endpoint {
    const to = this.destination(address)
    if (to.version !== this.version) throw EAFNOSUPPORT
    return to
  }
}
