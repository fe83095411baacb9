// Unix domain sockets: names, connections. Transfers are in unix-transfer. (socket/unix)
// Linux net/unix/af_unix.c; unix(7).

import {
  AF_UNIX,
  AF_UNSPEC,
  AT_FDCWD,
  EADDRINUSE,
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINTR,
  EINVAL,
  EISCONN,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPROTOTYPE,
  ERESTARTSYS,
  O_NONBLOCK,
  POLLERR,
  POLLHUP,
  POLLRDHUP,
  POLLWRBAND,
  SO_PASSCRED,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from '@tsvisor/abi'
import { READABLE, WRITABLE } from '../../fs/poll-events.ts'
import { type Blocking, type Result, sleep } from '../../kernel/blocking.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Task } from '../../task/task.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import { tryResolve } from '../../vfs/namei.ts'
import { familyOf } from '../address-family.ts'
import { credentialsOf, type Incoming, type Outgoing, type PeerCredentials } from '../message.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN, Socket } from '../socket.ts'
import { Backlog } from './backlog.ts'
import { inFlight } from './in-flight.ts'
import {
  abstractKey,
  autobind,
  bindUnixName,
  encodeUnixName,
  findUnixSocket,
  parseUnixAddress,
  UNNAMED,
  type UnixName,
} from './unix-address.ts'
import { unixIoctl, unixOption } from './unix-options.ts'
import { takeFiles, type UnixMessage, UnixQueue } from './unix-queue.ts'
import { receiveMessage, receiveStream, sendMessage, sendStream } from './unix-transfer.ts'

/** net.unix.max_dgram_qlen */
const MAX_DATAGRAMS = 10
const SHUTDOWN_MASK = RCV_SHUTDOWN | SEND_SHUTDOWN

type State = 'unconnected' | 'listening' | 'connected'

export class UnixSocket extends Socket {
  readonly kernel: Kernel
  state: State = 'unconnected'
  /** Who it sends to. A stream's peer stays set after that closed. */
  peer: UnixSocket | undefined
  readonly inbox = new UnixQueue()
  /** What its messages in other sockets' inboxes are charged. */
  charged = 0
  closed = false
  /** The file that it is bound to. */
  boundTo: Inode | undefined
  readonly #backlog = new Backlog()
  /** Senders of datagrams that found the inbox full. */
  readonly #senders = new Set<UnixSocket>()
  #name: UnixName = { kind: 'unnamed' }
  #encodedName: Uint8Array = UNNAMED
  /** Of the connected process when it connected or listened. */
  peerCredentials: PeerCredentials | undefined
  /** Its own, as listener. */
  #credentials: PeerCredentials | undefined

  constructor(task: Task, type: number, flags: number, net?: NetNamespace) {
    super(task, { domain: AF_UNIX, type, protocol: 0 }, flags, net)
    this.kernel = task.kernel
  }

  get isStream(): boolean {
    return this.socketType === SOCK_STREAM
  }
  get isConnectionBased(): boolean {
    return this.socketType !== SOCK_DGRAM
  }
  override get writesAll(): boolean {
    return this.isStream
  }
  override get listening(): boolean {
    return this.state === 'listening'
  }

  /** Joins two sockets that know each other (socketpair). */
  static join(task: Task, a: UnixSocket, b: UnixSocket): void {
    const credentials = credentialsOf(task)
    for (const [socket, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      socket.peer = peer
      socket.state = 'connected'
      socket.peerCredentials = credentials
    }
  }

  // Names.

  override bind(task: Task, address: Uint8Array): void {
    const name = parseUnixAddress(address)
    if (this.#name.kind !== 'unnamed') {
      if (name.kind === 'unnamed') return
      // The name is made before the socket is looked at (unix_bind_bsd).
      if (name.kind === 'path' && tryResolve(task, AT_FDCWD, name.path, 0)) throw EADDRINUSE
      throw EINVAL
    }
    this.#setName(bindUnixName(task, this, name))
  }
  #setName(name: UnixName): void {
    this.#name = name
    this.#encodedName = encodeUnixName(name)
  }
  /** SO_PASSCRED senders need a name that the receiver can answer. */
  nameIfPassing(): void {
    if (this.#name.kind === 'unnamed' && this.options.has(SO_PASSCRED))
      this.#setName(autobind(this))
  }
  get isNamed(): boolean {
    return this.#name.kind !== 'unnamed'
  }
  /** As /proc/net/unix has it. */
  get shownName(): string {
    const name = this.#name
    if (name.kind === 'unnamed') return ''
    return name.kind === 'path' ? name.path : name.key.replaceAll('\0', '@')
  }
  get encodedName(): Uint8Array {
    return this.#encodedName
  }
  override localAddress(_task: Task): Uint8Array {
    return this.#encodedName
  }
  override peerAddress(_task: Task): Uint8Array {
    if (this.peer === undefined) throw ENOTCONN
    return this.peer.#encodedName
  }

  // Connections.

  override listen(task: Task, backlog: number): void {
    if (!this.isConnectionBased) throw EOPNOTSUPP
    if (this.#name.kind === 'unnamed' || this.state === 'connected') throw EINVAL
    this.state = 'listening'
    this.#credentials = credentialsOf(task)
    this.#backlog.limit = backlog
  }

  override connect(task: Task, address: Uint8Array): Result {
    if (!this.isConnectionBased) return this.#connectDatagram(task, address)
    const name = parseUnixAddress(address)
    if (name.kind === 'unnamed') throw EINVAL
    this.nameIfPassing()
    const listener = this.#findListener(task, name)
    if (!listener.#backlog.full) return this.#connectTo(task, listener)
    if (this.flags & O_NONBLOCK) throw EAGAIN
    return this.#connectLater(task, name, listener)
  }
  #findListener(task: Task, name: UnixName): UnixSocket {
    const listener = findUnixSocket(task, name, this)
    if (listener.socketType !== this.socketType) throw EPROTOTYPE
    if (listener.state !== 'listening' || listener.shutdownMask & RCV_SHUTDOWN) throw ECONNREFUSED
    return listener
  }
  *#connectLater(task: Task, name: UnixName, first: UnixSocket): Blocking {
    let listener = first
    const deadlineNs = this.writeDeadlineNs(task.kernel.clock.monotonicNs())
    while (listener.#backlog.full) {
      const why = yield sleep(listener.#backlog.room, undefined, deadlineNs)
      if (why === 'signal') throw deadlineNs === undefined ? ERESTARTSYS : EINTR
      if (why === 'timeout') throw EAGAIN
      listener = this.#findListener(task, name)
    }
    return this.#connectTo(task, listener)
  }
  #connectTo(task: Task, listener: UnixSocket): number {
    if (this.state === 'connected') throw EISCONN
    if (this.state === 'listening') throw EINVAL
    const server = new UnixSocket(task, this.socketType, 0, this.net)
    server.peer = this
    server.state = 'connected'
    server.attached = false
    server.peerCredentials = credentialsOf(task)
    server.#name = listener.#name
    server.#encodedName = listener.#encodedName
    server.boundTo = listener.boundTo
    server.options.inherit(listener.options)
    this.peer = server
    this.state = 'connected'
    this.peerCredentials = listener.#credentials
    listener.#backlog.pending.push(server)
    listener.queue.notify(READABLE)
    this.queue.notify(WRITABLE)
    return 0
  }

  /** Who has connected and was not accepted yet. */
  get callers(): UnixSocket[] {
    return this.#backlog.pending.flatMap(({ peer }) => peer ?? [])
  }
  get backlogLimit(): number {
    return this.#backlog.limit
  }
  /** Bytes that wait to be read: of datagrams, in the next one (unix_inq_len). */
  get unread(): number {
    return this.isConnectionBased ? this.inbox.bytes : (this.inbox.at(0)?.data.length ?? 0)
  }

  override accept(_task: Task, flags: number): Socket | undefined {
    if (!this.isConnectionBased) throw EOPNOTSUPP
    if (this.state !== 'listening') throw EINVAL
    const socket = this.#backlog.take()
    if (socket === undefined) {
      if (this.shutdownMask & RCV_SHUTDOWN) throw EINVAL
      return undefined
    }
    socket.attached = true
    socket.flags |= flags & O_NONBLOCK
    return socket
  }

  #connectDatagram(task: Task, address: Uint8Array): number {
    if (familyOf(address) === AF_UNSPEC) {
      this.#setPeer(undefined)
      return 0
    }
    const name = parseUnixAddress(address)
    if (name.kind === 'unnamed') throw EINVAL
    this.nameIfPassing()
    const peer = findUnixSocket(task, name, this)
    if (peer.socketType !== this.socketType) throw EPROTOTYPE
    if (!peer.acceptsFrom(this)) throw EPERM
    this.#setPeer(peer)
    return 0
  }
  #setPeer(peer: UnixSocket | undefined): void {
    const old = this.peer
    this.peer = peer
    this.state = peer ? 'connected' : 'unconnected'
    if (old && old !== peer) {
      old.#senders.delete(this)
      while (this.inbox.length > 0) this.drop(this.inbox.shift()!)
    }
    this.queue.notify(WRITABLE)
  }
  /** The peer of a datagram socket is gone. */
  forgetPeer(): void {
    this.#setPeer(undefined)
  }

  // Transfer.

  override send(task: Task, message: Outgoing): number {
    return this.isStream ? sendStream(this, task, message) : sendMessage(this, task, message)
  }
  override receive(task: Task, message: Incoming): number {
    return this.isStream ? receiveStream(this, message) : receiveMessage(this, task, message)
  }
  /** unix_may_send: a connected datagram socket hears only its peer. */
  acceptsFrom(sender: UnixSocket): boolean {
    return this.peer === undefined || this.peer === sender
  }
  /** Whether a datagram of `sender` has to wait. Remembers it, to be woken. */
  fullFor(sender: UnixSocket): boolean {
    if (this.peer === sender || this.inbox.length <= MAX_DATAGRAMS) return false
    this.#senders.add(sender)
    return true
  }
  get canSend(): boolean {
    return this.state !== 'listening' && this.charged * 4 <= this.options.sendBuffer
  }
  deliver(message: UnixMessage): void {
    message.sender.charged += message.charge
    if (message.files.length > 0) inFlight(this.kernel).sent(message.files, message.uid)
    this.inbox.push(message)
    this.queue.notify(READABLE)
  }
  /** A message left the inbox: its sender may go on. */
  uncharge(message: UnixMessage): void {
    const { sender } = message
    sender.charged -= message.charge
    if (sender.canSend) sender.queue.notify(WRITABLE | POLLWRBAND)
    if (this.#senders.size === 0) return
    const waiting = [...this.#senders]
    this.#senders.clear()
    for (const socket of waiting) socket.queue.notify(WRITABLE | POLLWRBAND)
  }
  /** Takes the files of a message out: they are no longer in flight. */
  land(message: UnixMessage): readonly FileDescription[] {
    const files = takeFiles(message)
    if (files.length > 0) inFlight(this.kernel).landed(files, message.uid)
    return files
  }
  /** Throws a message away. */
  drop(message: UnixMessage): void {
    this.uncharge(message)
    for (const file of this.land(message)) file.release()
  }

  // The end.

  override shutdown(_task: Task, how: number): void {
    if (how < 0 || how > 2) throw EINVAL
    this.shutdownMask |= how + 1
    const { peer } = this
    if (peer && this.isConnectionBased) {
      if ((how + 1) & SEND_SHUTDOWN) peer.shutdownMask |= RCV_SHUTDOWN
      if ((how + 1) & RCV_SHUTDOWN) peer.shutdownMask |= SEND_SHUTDOWN
      peer.queue.notify()
    }
    this.queue.notify()
  }

  protected override close(): void {
    this.closed = true
    const name = this.#name
    if (name.kind === 'abstract') {
      const { abstractNames } = this.net
      const key = abstractKey(this.socketType, name.key)
      if (abstractNames.get(key) === this) abstractNames.delete(key)
    }
    const { peer } = this
    const unread = this.inbox.length > 0
    if (peer && this.isConnectionBased) {
      peer.shutdownMask = SHUTDOWN_MASK
      if (unread) peer.options.error = ECONNRESET.code
      peer.queue.notify()
    }
    for (const pending of this.#backlog.pending.splice(0)) {
      const client = pending.peer
      pending.release()
      if (client) client.options.error = ECONNRESET.code
    }
    this.#backlog.room.notify()
    this.discard()
    for (const sender of this.#senders) sender.queue.notify()
    this.#senders.clear()
    inFlight(this.kernel).collect()
  }

  /** Carrier: every file that could be received here, or through a connection not accepted yet. */
  *carried(): Generator<FileDescription> {
    yield* this.inbox.files()
    for (const pending of this.#backlog.pending) yield* pending.carried()
  }
  /** Carrier: nobody will receive what is queued. */
  discard(): void {
    for (let message = this.inbox.shift(); message; message = this.inbox.shift()) this.drop(message)
    for (const pending of this.#backlog.pending) pending.discard()
  }

  // Readiness and options.

  override poll(): number {
    let ready = this.options.error !== 0 ? POLLERR : 0
    if (this.shutdownMask === SHUTDOWN_MASK) ready |= POLLHUP
    if (this.shutdownMask & RCV_SHUTDOWN) ready |= POLLRDHUP | READABLE
    if (this.inbox.length > 0 || this.#backlog.pending.length > 0) ready |= READABLE
    if (this.isConnectionBased && this.state === 'unconnected') ready |= POLLHUP
    const { peer } = this
    const peerFull = this.socketType === SOCK_DGRAM && peer !== undefined && peer.fullFor(this)
    if (this.canSend && !peerFull) ready |= WRITABLE | POLLWRBAND
    return ready
  }

  override getOption(task: Task, level: number, name: number): Uint8Array | undefined {
    return unixOption(this, task, level, name)
  }
  override setOption(_task: Task, level: number, _name: number, _value: Uint8Array): boolean {
    if (level !== SOL_SOCKET) throw EOPNOTSUPP
    return false
  }
  override ioctl(task: Task, request: number, arg: number): number {
    return unixIoctl(this, task, request, arg)
  }
}
