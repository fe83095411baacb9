// UDP over the loopback. (socket/inet)
// Linux net/ipv4/udp.c.

import {
  AF_UNSPEC,
  ECONNREFUSED,
  EDESTADDRREQ,
  EINVAL,
  EOPNOTSUPP,
  IPPROTO_UDP,
  MSG_OOB,
  POLLERR,
  SOCK_DGRAM,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { familyOf } from '../address-family.ts'
import type { Outgoing } from '../message.ts'
import { type Datagram, DatagramSocket } from './datagram-socket.ts'
import { type Endpoint, isForMany } from './endpoint.ts'
import type { PortTable } from './ports.ts'

const MAX_DATAGRAM = 65_507

export class UdpSocket extends DatagramSocket {
  #bound: Endpoint | undefined

  constructor(task: Task, domain: number, flags: number) {
    const identity = { domain, type: SOCK_DGRAM, protocol: IPPROTO_UDP }
    super(task, identity, flags)
  }

  protected override get ports(): PortTable {
    return this.net.udp
  }
  override get isShown(): boolean {
    return this.local !== undefined
  }

  override connect(task: Task, address: Uint8Array): number {
    if (familyOf(address) === AF_UNSPEC) {
      this.#disconnect()
      return 0
    }
    this.autobind(task)
    this.connectTo(task, this.destination(address))
    return 0
  }

  override bind(task: Task, address: Uint8Array): void {
    super.bind(task, address)
    this.#bound = this.local
  }
  /** Only what bind(2) chose stays (udp_disconnect). */
  #disconnect(): void {
    this.remote = undefined
    this.options.interface = 0
    if (this.#bound === undefined) this.unbind()
    this.local = this.#bound
  }

  override send(task: Task, message: Outgoing): number {
    this.autobind(task)
    if (message.flags & MSG_OOB) throw EOPNOTSUPP
    const wanted = message.to ? this.destination(message.to) : this.remote
    if (wanted === undefined) throw EDESTADDRREQ
    if (wanted.port === 0) throw EINVAL
    const { loopback } = this.net
    const data = this.take(message, MAX_DATAGRAM)
    // No segments: UDP_SEGMENT and others of udp(7) are not there.
    if (message.control.some(({ level }) => level === IPPROTO_UDP)) throw EINVAL
    const header = this.headerFor(task, message, wanted)
    const { from, to } = header
    if (!loopback.up) return data.length
    if (isForMany(to)) {
      this.#sendToMany({ data, ...header })
      return data.length
    }
    const receiver = this.ports.find(to, from, one => (one as UdpSocket).#hears(from)) as
      | UdpSocket
      | undefined
    if (receiver) receiver.deliver({ data, ...header })
    else if (this.remote && this.#hears(to)) {
      this.options.error = ECONNREFUSED.code
      this.queue.notify(POLLERR)
    }
    return data.length
  }
  /** Each that listens gets it (__udp4_lib_mcast_deliver). */
  #sendToMany(datagram: Datagram): void {
    if (!this.net.loopback.accepts(datagram)) return
    const { from, to } = datagram
    for (const one of this.ports.among(to) as Iterable<UdpSocket>)
      if (one.#hears(from) && one.hearsGroup(datagram)) one.deliver(datagram)
  }
  /** A connected socket hears only its peer. */
  #hears(from: Endpoint): boolean {
    const { remote } = this
    return remote === undefined || (remote.port === from.port && remote.host === from.host)
  }
}
