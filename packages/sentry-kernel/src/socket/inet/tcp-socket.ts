// TCP sockets: connecting, listening and options; what goes over a connection is tcp-connection.ts. (socket/inet)
// Behaviour as Linux net/ipv4/{tcp,inet_connection_sock,af_inet}.c shows it to programs on one machine.

import {
  type Addr,
  AF_UNSPEC,
  EALREADY,
  ECONNABORTED,
  ECONNREFUSED,
  ECONNRESET,
  EINPROGRESS,
  EINTR,
  EINVAL,
  EISCONN,
  ENETUNREACH,
  ENOTCONN,
  ERESTARTSYS,
  Errno,
  ETIMEDOUT,
  FIONREAD,
  IPPROTO_TCP,
  MSG_OOB,
  O_NONBLOCK,
  POLLERR,
  POLLHUP,
  POLLRDHUP,
  SIOCATMARK,
  SIOCOUTQ,
  SIOCOUTQNSD,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOCK_STREAM,
  SOL_SOCKET,
  SOL_TCP,
  SOMAXCONN,
  TCP_CLOSE,
  TCP_CLOSE_WAIT,
  TCP_CORK,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT2,
  TCP_INFO,
  TCP_INQ,
  TCP_LISTEN,
  TCP_NODELAY,
  TCP_SYN_SENT,
  TCP_SYNCNT,
} from '@tsvisor/abi'
import { READABLE, WRITABLE } from '../../fs/poll-events.ts'
import { type Blocking, type Result, sleep, WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { Task } from '../../task/task.ts'
import { familyOf } from '../address-family.ts'
import type { Incoming, Outgoing } from '../message.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN, type Socket } from '../socket.ts'
import { int } from '../socket-options.ts'
import { type Endpoint, isForMany } from './endpoint.ts'
import { InetSocket } from './inet-socket.ts'
import type { PortTable } from './ports.ts'
import { BOTH, TcpConnection } from './tcp-connection.ts'
import { tcpInfo } from './tcp-info.ts'
import { DEFAULT_RECEIVE, DEFAULT_SEND } from './tcp-room.ts'

const SYN_RETRIES = [6] as const
/** The double of what setsockopt(2) takes is out of reach of any clock. */
const MOST_SYN_RETRIES = 30

type State = 'closed' | 'listening' | 'connecting' | 'connected'

export class TcpSocket extends InetSocket {
  #state: State = 'closed'
  /** The one that there is, was, or is to be. */
  #connection = new TcpConnection(this)
  /** A non-blocking connect whose result was not asked for yet. */
  #unreported: 'success' | 'failure' | undefined
  #backlog = 0
  readonly #pending: TcpSocket[] = []
  /** Who waits for room in the backlog. */
  readonly #knocking = new Set<TcpSocket>()
  #stopKnocking: (() => void) | undefined

  constructor(task: Task, domain: number, flags: number, net?: NetNamespace) {
    const identity = { domain, type: SOCK_STREAM, protocol: IPPROTO_TCP }
    super(task, identity, flags, net)
    this.options.sendBuffer = DEFAULT_SEND
    this.options.receiveBuffer = DEFAULT_RECEIVE
  }
  protected override get ports(): PortTable {
    return this.net.tcp
  }
  override get writesAll(): boolean {
    return true
  }
  override get listening(): boolean {
    return this.#state === 'listening'
  }

  override get connectionState(): number {
    switch (this.#state) {
      case 'listening':
        return TCP_LISTEN
      case 'connecting':
        return TCP_SYN_SENT
      case 'closed':
        return TCP_CLOSE
    }
    if (this.#connection.isOver) return TCP_CLOSE
    if (this.#connection.finished) return TCP_CLOSE_WAIT
    return this.shutdownMask & SEND_SHUTDOWN ? TCP_FIN_WAIT2 : TCP_ESTABLISHED
  }
  override get receiveQueue(): number {
    return this.listening ? this.#pending.length : this.#connection.unread
  }
  /** How many connections may wait. */
  get backlog(): number {
    return this.listening ? this.#backlog : 0
  }
  override get isShown(): boolean {
    return this.connectionState !== TCP_CLOSE
  }
  get #connected(): boolean {
    return this.#state === 'connected'
  }

  override listen(task: Task, backlog: number): void {
    if (this.#state !== 'closed' && this.#state !== 'listening') throw EINVAL
    this.autobind(task)
    this.#state = 'listening'
    this.shutdownMask = 0
    this.#backlog = Math.min(backlog >>> 0, SOMAXCONN)
  }

  override connect(task: Task, address: Uint8Array): Result {
    if (familyOf(address) === AF_UNSPEC) {
      this.#disconnect()
      return 0
    }
    if (this.#state === 'connecting') throw EALREADY
    if (this.#unreported === 'failure') {
      this.#unreported = undefined
      // As after disconnecting: a new attempt may follow.
      this.shutdownMask = 0
      const code = this.takeError()
      throw code === 0 ? ECONNABORTED : Errno.of(code)
    }
    if (this.#state === 'connected') {
      if (this.#unreported !== 'success') throw EISCONN
      this.#unreported = undefined
      return 0
    }
    if (this.#state === 'listening') throw EISCONN
    const to = this.destination(address)
    const { loopback } = this.net
    const refusal = this.#refusalOf(to)
    if (refusal !== undefined) throw refusal
    const from = this.sourceFor(task, to)
    const isSelf = from.host === to.host && from.port === to.port && from.version === to.version
    const listener = this.ports.find(to, from, one => one.listening) as TcpSocket | undefined
    const later = (this.flags & O_NONBLOCK) !== 0
    if (listener === undefined && loopback.up && !isSelf) {
      this.#leavePort()
      if (!later) throw ECONNREFUSED
      this.options.error = ECONNREFUSED.code
      this.#unreported = 'failure'
      this.shutdownMask = BOTH
      throw EINPROGRESS
    }
    this.local = from
    this.remote = to
    this.#connection = new TcpConnection(this)
    if (isSelf && loopback.up) this.#meetItself()
    else if (listener === undefined || !loopback.up) {
      // Nobody hears it.
      this.#knock(task)
    } else if (listener.#pending.length <= listener.#backlog) this.#establish(task, listener)
    else this.#knock(task, listener)
    if (later) {
      if (this.#connected) this.#unreported = 'success'
      throw EINPROGRESS
    }
    return this.#connected ? 0 : this.#waitConnected(task)
  }
  #refusalOf(to: Endpoint): Errno | undefined {
    if (isForMany(to) || to.group !== undefined) return ENETUNREACH
    this.chooseInterface(to)
    // What is far away does not answer, even if the loopback is chosen.
    return this.isOnLoopback ? this.net.loopback.refusal(to) : this.refusal(to)
  }
  /** As it was made, but for a port that bind(2) has named (tcp_disconnect). */
  #disconnect(): void {
    const state = this.#state
    if (state === 'listening') this.#stopListening()
    if (state === 'connected') this.#connection.reset()
    if (state === 'connected' || state === 'connecting') this.options.error = ECONNRESET.code
    this.#stopKnocking?.()
    this.#connection.release()
    this.#connection = new TcpConnection(this)
    this.#state = 'closed'
    this.#unreported = undefined
    this.shutdownMask = 0
    this.remote = undefined
    this.#leavePort()
    this.queue.notify()
  }
  /** One that bind(2) has named stays (tcp_set_state). */
  #leavePort(): void {
    if (this.isPortNamed) return
    this.unbind()
    this.local = undefined
  }
  /** Sends SYN after SYN, each time after twice as long, to a listener without room or to nobody. */
  #knock({ kernel }: Task, listener?: TcpSocket): void {
    this.#state = 'connecting'
    const [usual] = this.net.control('net/ipv4/tcp_syn_retries', SYN_RETRIES)
    const retries = Math.min(this.stored(SOL_TCP, TCP_SYNCNT) || usual!, MOST_SYN_RETRIES)
    const atNs = kernel.clock.monotonicNs() + (2 ** (retries + 1) - 1) * 1e9
    const timer = kernel.timers.add(atNs, () => this.#fail(ETIMEDOUT))
    if (listener !== undefined) listener.#knocking.add(this)
    this.#stopKnocking = () => {
      kernel.timers.cancel(timer)
      if (listener !== undefined) listener.#knocking.delete(this)
      this.#stopKnocking = undefined
    }
  }
  /** Nothing came of a connect. */
  #fail(error: Errno): void {
    this.#stopKnocking?.()
    this.#state = 'closed'
    this.remote = undefined
    this.#leavePort()
    this.options.error = error.code
    this.#unreported = 'failure'
    this.#connection.end()
  }
  *#waitConnected(task: Task): Blocking {
    const deadlineNs = this.writeDeadlineNs(task.kernel.clock.monotonicNs())
    while (this.#state === 'connecting') {
      const why = yield sleep(this.queue, WRITABLE | POLLERR | POLLHUP, deadlineNs)
      if (this.#state !== 'connecting') break
      if (why === 'signal') throw deadlineNs === undefined ? ERESTARTSYS : EINTR
      if (why === 'timeout') throw EINPROGRESS
    }
    const code = this.takeError()
    if (code === 0) return 0
    this.#unreported = undefined
    this.shutdownMask = 0
    throw Errno.of(code)
  }
  #establish(task: Task, listener: TcpSocket): void {
    this.#stopKnocking?.()
    const server = new TcpSocket(task, listener.domain, 0, listener.net)
    server.options.inherit(listener.options)
    server.local = this.remote
    server.remote = this.local
    server.#connection.meet(this.#connection)
    server.attached = false
    server.#state = 'connected'
    this.#state = 'connected'
    this.shutdownMask = 0
    this.options.error = 0
    listener.#pending.push(server)
    listener.queue.notify(READABLE)
    this.queue.notify(WRITABLE)
  }

  /** The SYN comes back: both ends open at the same time (tcp_rcv_synsent_state_process). */
  #meetItself(): void {
    this.#connection.meet(this.#connection)
    this.#state = 'connected'
    this.shutdownMask = 0
    this.options.error = 0
    this.queue.notify(WRITABLE)
  }

  override accept(task: Task, flags: number): Socket | undefined {
    if (this.#state !== 'listening') throw EINVAL
    const socket = this.#pending.shift()
    if (socket === undefined) return undefined
    const [next] = this.#knocking
    if (next) {
      next.#establish(task, this)
      if (next.flags & O_NONBLOCK) next.#unreported = 'success'
    }
    socket.attached = true
    socket.flags |= flags & O_NONBLOCK
    return socket
  }

  override send(task: Task, message: Outgoing): number {
    if (this.#state === 'connecting') return WOULD_BLOCK
    return this.#connection.send(task, message)
  }

  override receive(_task: Task, message: Incoming): number {
    const isOpen = this.#state !== 'closed' || this.#connection.isMade || message.flags & MSG_OOB
    if (this.#state === 'listening' || !isOpen) {
      const code = this.takeError()
      throw code === 0 ? ENOTCONN : Errno.of(code)
    }
    const count = this.#connection.receive(message)
    if (count !== WOULD_BLOCK && this.stored(SOL_TCP, TCP_INQ) !== 0) {
      // After a FIN there is something to read for ever: the end (tcp_inq_hint).
      const left = this.#connection.unread || (this.#connection.finished ? 1 : 0)
      message.control = [{ level: SOL_TCP, type: TCP_INQ, body: int(left) }]
    }
    return count
  }

  override shutdown(_task: Task, how: number): void {
    if (how < 0 || how > 2) throw EINVAL
    if (this.#state === 'listening') {
      if ((how + 1) & RCV_SHUTDOWN) this.#stopListening()
      return
    }
    if (this.#state !== 'connected' || this.#connection.isOver) throw ENOTCONN
    this.shutdownMask |= how + 1
    if ((how + 1) & SEND_SHUTDOWN) this.#connection.sendFin()
    this.queue.notify()
  }
  override peerAddress(task: Task): Uint8Array {
    if (this.#connection.isOver) throw ENOTCONN
    return super.peerAddress(task)
  }
  override acceptedFrom(task: Task): Uint8Array {
    return super.peerAddress(task)
  }
  #stopListening(): void {
    this.#state = 'closed'
    for (const pending of this.#pending.splice(0)) {
      pending.#connection.reset()
      pending.release()
    }
    for (const client of [...this.#knocking]) client.#fail(ECONNREFUSED)
    this.queue.notify()
  }
  protected override close(): void {
    if (this.#state === 'listening') this.#stopListening()
    const { linger } = this.options
    const aborts = linger.on !== 0 && linger.seconds === 0
    if (this.#state === 'connected') this.#connection.leave(aborts ? 'abort' : 'orderly')
    this.#stopKnocking?.()
    this.#connection.release()
    this.unbind()
  }

  override poll(): number {
    if (this.#state === 'listening') return this.#pending.length > 0 ? READABLE : 0
    let ready = this.options.error !== 0 ? POLLERR : 0
    if (this.shutdownMask === BOTH || this.#state === 'closed') ready |= POLLHUP
    if (this.shutdownMask & RCV_SHUTDOWN) ready |= READABLE | POLLRDHUP
    return this.#state === 'connecting' ? ready : ready | this.#connection.ready
  }

  protected override optionValue(level: number, name: number): Uint8Array | undefined {
    if (level !== SOL_TCP || name !== TCP_INFO) return undefined
    return tcpInfo(this.connectionState)
  }
  override setOption(task: Task, level: number, name: number, value: Uint8Array): boolean {
    if (level !== SOL_SOCKET || (name !== SO_SNDBUF && name !== SO_SNDBUFFORCE)) {
      const isTaken = super.setOption(task, level, name, value)
      if (level === SOL_TCP && (name === TCP_CORK || name === TCP_NODELAY)) this.#uncork(name)
      return isTaken
    }
    this.options.set(task, this, name, value)
    if (this.#connection.isWritable) this.queue.notify(WRITABLE)
    return true
  }
  /** The option was set: TCP_NODELAY pushes once what is corked, too. */
  #uncork(name: number): void {
    const value = this.stored(SOL_TCP, name)
    if (name === TCP_CORK ? value === 0 : value !== 0) this.#connection.push()
  }
  override ioctl(task: Task, request: number, arg: number): number {
    let answer: number
    switch (request) {
      case FIONREAD:
        answer = this.#connection.countedUnread
        break
      case SIOCOUTQ:
      case SIOCOUTQNSD:
        answer = this.#connection.unsent
        break
      case SIOCATMARK:
        task.mm.writeU32(arg as Addr, this.#connection.isAtMark ? 1 : 0)
        return 0
      default:
        return super.ioctl(task, request, arg)
    }
    if (this.#state === 'listening') throw EINVAL
    task.mm.writeU32(arg as Addr, answer)
    return 0
  }
}
