// What UDP, ping and raw sockets share: whole messages that wait to be read. (socket/inet)
// Linux net/core/datagram.c.

import {
  type Addr,
  EACCES,
  EINVAL,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
  Errno,
  FIONREAD,
  IP_MULTICAST_TTL,
  IP_TOS,
  IP_TTL,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  POLLERR,
  POLLHUP,
  POLLRDHUP,
  POLLWRBAND,
  SIOCOUTQ,
  SO_BROADCAST,
  SOL_IP,
  SOL_IPV6,
  TCP_CLOSE,
  TCP_ESTABLISHED,
} from '@tsvisor/abi'
import { READABLE, WRITABLE } from '../../fs/poll-events.ts'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { Clock, Time } from '../../platform/host.ts'
import type { Task } from '../../task/task.ts'
import type { Incoming, Outgoing } from '../message.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../socket.ts'
import { type Header, headerControl, NO_WISHES, type Wishes, wishesOf } from './datagram-control.ts'
import {
  decodeEndpoint,
  type Endpoint,
  encodeEndpoint,
  isAny,
  isForMany,
  isListenedTo,
  isMulticast4,
  routedSource4,
  V4_LOOPBACK,
} from './endpoint.ts'
import { type InetIdentity, InetSocket } from './inet-socket.ts'
import { sourceForMany } from './route-for-many.ts'

/** What a datagram counts beyond its bytes (skb->truesize). */
const OVERHEAD = 768
const BOTH = RCV_SHUTDOWN | SEND_SHUTDOWN
const DEFAULT_HOPS = 64

/** What a socket has chosen for what is not multicast. */
const NOWHERE = { address: 0, interface: 0 }

export interface Datagram extends Header {
  readonly data: Uint8Array
}
interface Received extends Datagram {
  /** When it came, for a socket that asked by then. */
  readonly time: Time | undefined
}

export abstract class DatagramSocket extends InetSocket {
  #inbox: Received[] = []
  #charged = 0
  readonly #clock: Clock

  constructor(task: Task, identity: InetIdentity, flags: number) {
    super(task, identity, flags)
    this.#clock = task.kernel.clock
  }

  override get connectionState(): number {
    return this.remote === undefined ? TCP_CLOSE : TCP_ESTABLISHED
  }
  override get receiveQueue(): number {
    return this.#charged
  }
  /** How a message goes to `to`. Errors: EINVAL, ENODEV, ENETUNREACH. */
  protected headerFor(task: Task, message: Outgoing, wanted: Endpoint): Header {
    const wishes = wishesOf(message.control, wanted)
    const { source, hops, trafficClass } = wishes
    const index = wishes.index || this.options.interface
    const isAnywhere = message.to !== undefined && this.#isAnywhere(message.to)
    const isChosen = isAnywhere && source !== undefined
    const to = isChosen ? { ...wanted, host: source || V4_LOOPBACK } : wanted
    const isMany = isForMany(to)
    const refusal = isMany ? undefined : this.refusal(to, index)
    // To 0.0.0.0 it is the loopback without a look at the routes (ip_route_output_key_hash_rcu).
    if (refusal !== undefined && !(isAnywhere && index === 0)) throw refusal
    const from = isMany ? this.#sourceForMany(task, to, wishes) : this.sourceFor(task, to)
    // A connected socket was asked when it connected.
    if (isMany && message.to !== undefined) this.#checkBroadcast(to)
    const isFree = isMany || source === undefined
    return {
      from: isFree ? from : { ...from, host: source || routedSource4(to) },
      to,
      hops: hops ?? this.#hopsTo(to),
      trafficClass: trafficClass ?? this.#classFor(to),
    }
  }
  #isAnywhere(address: Uint8Array): boolean {
    const to = decodeEndpoint(address, this.domain)
    return to.version === 4 && isAny(to)
  }
  /** Whether it is told of what is sent to a group, if that is one. */
  hearsGroup({ from, to }: Header): boolean {
    return !(to.version === 4 && isMulticast4(to.host)) || this.multicast.allows(to.host, from.host)
  }
  /** Only that end is sent to by itself, and heard. Errors: EINVAL, ENETUNREACH, EACCES, those of a route. */
  protected connectTo(task: Task, to: Endpoint): void {
    this.chooseInterface(to)
    const refusal = isForMany(to) ? undefined : this.refusal(to)
    if (refusal !== undefined) throw refusal
    this.local = this.#localFor(task, to)
    this.remote = to
  }
  /** What a connect to `to` makes of the local end. Errors: ENETUNREACH, EACCES. */
  #localFor(task: Task, to: Endpoint): Endpoint {
    const isMany = isForMany(to)
    const from = isMany ? this.#sourceForMany(task, to, NO_WISHES) : this.sourceFor(task, to)
    if (isMany) this.#checkBroadcast(to)
    const { local } = this
    if (local === undefined || !isListenedTo(local)) return from
    this.chosenSource = from.host
    return local
  }
  /** Errors: EACCES (a broadcast address without SO_BROADCAST). */
  #checkBroadcast({ host }: Endpoint): void {
    if (isMulticast4(host) || !this.net.loopback.up) return
    if (!this.options.has(SO_BROADCAST)) throw EACCES
  }
  /** Errors: EINVAL, ENETUNREACH, ENODEV. */
  #sourceForMany(task: Task, to: Endpoint, wishes: Wishes): Endpoint {
    const { port } = this.autobind(task)
    const { loopback } = this.net
    const { source = this.own4 } = wishes
    const index = wishes.index || this.options.interface
    const { address, interface: chosen } = isMulticast4(to.host) ? this.multicast : NOWHERE
    const host = sourceForMany(loopback, to, source || address, index || chosen)
    return { version: 4, host, port }
  }
  #hopsTo(to: Endpoint): number {
    const { version } = to
    if (version === 4 && isMulticast4(to.host)) return this.stored(SOL_IP, IP_MULTICAST_TTL, 1)
    const own =
      version === 4 ? this.stored(SOL_IP, IP_TTL) : this.stored(SOL_IPV6, IPV6_UNICAST_HOPS)
    return own > 0 ? own : DEFAULT_HOPS
  }
  #classFor({ version }: Endpoint): number {
    return version === 4 ? this.stored(SOL_IP, IP_TOS) : this.stored(SOL_IPV6, IPV6_TCLASS)
  }

  /** The bytes of a message. Errors: EOPNOTSUPP, EMSGSIZE, EPIPE, one that is pending. */
  protected take({ flags, source }: Outgoing, most: number): Uint8Array {
    if (flags & MSG_OOB) throw EOPNOTSUPP
    if (source.remaining > most) throw EMSGSIZE
    const error = this.takeError()
    if (error !== 0) throw Errno.of(error)
    if (this.shutdownMask & SEND_SHUTDOWN) throw EPIPE
    const data = new Uint8Array(source.remaining)
    return data.length === 0 ? data : data.subarray(0, source.take(data))
  }

  deliver(datagram: Datagram): void {
    const charge = datagram.data.length + OVERHEAD
    if (this.#charged + charge > this.options.receiveBuffer) return
    this.#charged += charge
    const time = this.options.times.wanted ? this.#clock.realtime() : undefined
    this.#inbox.push({ ...datagram, time })
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
    message.control = [
      ...this.options.times.tell(first.time ?? this.#clock.realtime()),
      ...headerControl(this, first),
    ]
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
