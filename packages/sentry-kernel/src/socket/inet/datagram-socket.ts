// What UDP, ping and raw sockets share: whole messages that wait to be read. (socket/inet)
// Linux net/core/datagram.c.

import {
  type Addr,
  EINVAL,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
  Errno,
  FIONREAD,
  IP_RECVTTL,
  IP_TTL,
  IPV6_HOPLIMIT,
  IPV6_RECVHOPLIMIT,
  IPV6_UNICAST_HOPS,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  POLLERR,
  POLLHUP,
  POLLRDHUP,
  POLLWRBAND,
  SIOCOUTQ,
  SOL_IP,
  SOL_IPV6,
  TCP_CLOSE,
  TCP_ESTABLISHED,
} from '@tsvisor/abi'
import { READABLE, WRITABLE } from '../../fs/poll-events.ts'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { Task } from '../../task/task.ts'
import type { ControlMessage, Incoming, Outgoing } from '../message.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../socket.ts'
import { int } from '../socket-options.ts'
import { type Endpoint, encodeEndpoint } from './endpoint.ts'
import { InetSocket } from './inet-socket.ts'

/** What a datagram counts beyond its bytes (skb->truesize). */
const OVERHEAD = 768
const BOTH = RCV_SHUTDOWN | SEND_SHUTDOWN
const DEFAULT_HOPS = 64

export interface Datagram {
  readonly data: Uint8Array
  readonly from: Endpoint
  /** Its time to live. */
  readonly hops: number
}

export abstract class DatagramSocket extends InetSocket {
  #inbox: Datagram[] = []
  #charged = 0

  override get connectionState(): number {
    return this.remote === undefined ? TCP_CLOSE : TCP_ESTABLISHED
  }
  override get receiveQueue(): number {
    return this.#charged
  }
  /** For what it sends. */
  protected hopsTo({ version }: Endpoint): number {
    const own =
      version === 4 ? this.stored(SOL_IP, IP_TTL) : this.stored(SOL_IPV6, IPV6_UNICAST_HOPS)
    return own > 0 ? own : DEFAULT_HOPS
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
    message.control = this.#controlFor(first)
    if (wanted < length) message.outFlags |= MSG_TRUNC
    if (!(message.flags & MSG_PEEK)) {
      this.#inbox.shift()
      this.#charged -= length + OVERHEAD
    }
    return message.flags & MSG_TRUNC ? length : got
  }
  #controlFor({ from, hops }: Datagram): readonly ControlMessage[] {
    if (from.version === 4)
      return this.stored(SOL_IP, IP_RECVTTL) === 0
        ? []
        : [{ level: SOL_IP, type: IP_TTL, body: int(hops) }]
    return this.stored(SOL_IPV6, IPV6_RECVHOPLIMIT) === 0
      ? []
      : [{ level: SOL_IPV6, type: IPV6_HOPLIMIT, body: int(hops) }]
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
