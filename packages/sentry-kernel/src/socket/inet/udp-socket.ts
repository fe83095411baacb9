// UDP over the loopback. (socket/inet)
// Linux net/ipv4/udp.c.

import {
  type Addr,
  AF_UNSPEC,
  ECONNREFUSED,
  EDESTADDRREQ,
  EINVAL,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
  Errno,
  FIONREAD,
  IPPROTO_UDP,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  POLLERR,
  POLLHUP,
  POLLRDHUP,
  POLLWRBAND,
  SIOCOUTQ,
  SOCK_DGRAM,
  TCP_CLOSE,
  TCP_ESTABLISHED,
} from '@tsvisor/abi'
import { READABLE, WRITABLE } from '../../fs/poll-events.ts'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { Task } from '../../task/task.ts'
import type { Incoming, Outgoing } from '../message.ts'
import { familyOf, RCV_SHUTDOWN, SEND_SHUTDOWN } from '../socket.ts'
import { decodeEndpoint, type Endpoint, encodeEndpoint, isAny } from './endpoint.ts'
import { InetSocket } from './inet-socket.ts'
import type { PortTable } from './ports.ts'

const MAX_DATAGRAM = 65_507
/** What a datagram counts beyond its bytes (skb->truesize). */
const OVERHEAD = 768
const BOTH = RCV_SHUTDOWN | SEND_SHUTDOWN

interface Datagram {
  readonly data: Uint8Array
  readonly from: Endpoint
}

export class UdpSocket extends InetSocket {
  #inbox: Datagram[] = []
  #charged = 0
  #bound: Endpoint | undefined

  constructor(task: Task, domain: number, flags: number) {
    const identity = { domain, type: SOCK_DGRAM, protocol: IPPROTO_UDP }
    super(task, identity, flags)
  }

  protected override get ports(): PortTable {
    return this.net.udp
  }

  override get connectionState(): number {
    return this.remote === undefined ? TCP_CLOSE : TCP_ESTABLISHED
  }
  override get receiveQueue(): number {
    return this.#charged
  }
  override get isShown(): boolean {
    return this.local !== undefined
  }

  override connect(task: Task, address: Uint8Array): number {
    if (familyOf(address) === AF_UNSPEC) {
      this.#disconnect()
      return 0
    }
    const to = this.destination(address)
    const refusal = this.net.loopback.refusal(to)
    if (refusal !== undefined) throw refusal
    const from = this.sourceFor(task, to)
    this.local = from
    this.remote = to
    return 0
  }

  override bind(task: Task, address: Uint8Array): void {
    super.bind(task, address)
    this.#bound = this.local
  }
  /** Only what bind(2) chose stays (udp_disconnect). */
  #disconnect(): void {
    this.remote = undefined
    if (this.#bound === undefined) this.unbind()
    this.local = this.#bound
  }

  override send(task: Task, message: Outgoing): number {
    if (message.flags & MSG_OOB) throw EOPNOTSUPP
    const to = message.to ? this.destination(message.to) : this.remote
    if (to === undefined) throw EDESTADDRREQ
    if (to.port === 0) throw EINVAL
    const { source } = message
    if (source.remaining > MAX_DATAGRAM) throw EMSGSIZE
    const error = this.takeError()
    if (error !== 0) throw Errno.of(error)
    if (this.shutdownMask & SEND_SHUTDOWN) throw EPIPE
    const refusal = this.net.loopback.refusal(to)
    if (refusal !== undefined && !(message.to && this.#isUnrouted(message.to))) throw refusal
    const from = this.sourceFor(task, to)
    const data = new Uint8Array(source.remaining)
    const length = data.length === 0 ? 0 : source.take(data)
    if (!this.net.loopback.up) return length
    const receiver = this.ports.find(to, one => (one as UdpSocket).#hears(from)) as
      | UdpSocket
      | undefined
    if (receiver) receiver.#deliver({ data: data.subarray(0, length), from })
    else if (this.remote) {
      this.options.error = ECONNREFUSED.code
      this.queue.notify(POLLERR)
    }
    return length
  }
  /** To 0.0.0.0 it is the loopback without a look at the routes (ip_route_output_key_hash_rcu). */
  #isUnrouted(address: Uint8Array): boolean {
    const to = decodeEndpoint(address, this.domain)
    return to.version === 4 && isAny(to)
  }
  /** A connected socket hears only its peer. */
  #hears(from: Endpoint): boolean {
    const { remote } = this
    return remote === undefined || (remote.port === from.port && remote.host === from.host)
  }
  #deliver(datagram: Datagram): void {
    const charge = datagram.data.length + OVERHEAD
    if (this.#charged + charge > this.options.receiveBuffer) return
    this.#charged += charge
    this.#inbox.push(datagram)
    this.queue.notify(READABLE)
  }

  override receive(_task: Task, message: Incoming): number {
    if (message.flags & MSG_OOB) throw EOPNOTSUPP
    const error = this.takeError()
    if (error !== 0) throw Errno.of(error)
    const first = this.#inbox[0]
    if (first === undefined) return this.shutdownMask & RCV_SHUTDOWN ? 0 : WOULD_BLOCK
    const { length } = first.data
    const wanted = Math.min(length, message.target.remaining)
    const got = wanted === 0 ? 0 : message.target.put(first.data.subarray(0, wanted))
    message.from = encodeEndpoint(first.from, this.domain)
    if (wanted < length) message.outFlags |= MSG_TRUNC
    if (!(message.flags & MSG_PEEK)) {
      this.#inbox.shift()
      this.#charged -= length + OVERHEAD
    }
    return message.flags & MSG_TRUNC ? length : got
  }

  override shutdown(_task: Task, how: number): void {
    if (how < 0 || how > 2) throw EINVAL
    if (this.remote === undefined) throw ENOTCONN
    this.shutdownMask |= how + 1
    this.queue.notify()
  }
  protected override close(): void {
    this.unbind()
    this.#inbox = []
  }

  override poll(): number {
    let ready = WRITABLE | POLLWRBAND
    if (this.options.error !== 0) ready |= POLLERR
    if (this.shutdownMask & RCV_SHUTDOWN) ready |= READABLE | POLLRDHUP
    if (this.shutdownMask === BOTH) ready |= POLLHUP
    if (this.#inbox.length > 0) ready |= READABLE
    return ready
  }
  override ioctl(task: Task, request: number, arg: number): number {
    if (request === FIONREAD || request === SIOCOUTQ) {
      const bytes = request === FIONREAD ? (this.#inbox[0]?.data.length ?? 0) : 0
      task.mm.writeU32(arg as Addr, bytes)
      return 0
    }
    return super.ioctl(task, request, arg)
  }
}
