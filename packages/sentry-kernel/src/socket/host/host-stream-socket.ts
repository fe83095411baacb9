// A stream socket of the host that the guest was given, and the connections it accepts. (socket/host)

import {
  type Addr,
  AF_UNIX,
  EAGAIN,
  EINVAL,
  EISCONN,
  ENOPROTOOPT,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
  FIONREAD,
  MSG_MORE,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  O_NONBLOCK,
  SIGPIPE,
  SO_BINDTODEVICE,
  SO_BINDTOIFINDEX,
  SO_PEERCRED,
  SOCK_STREAM,
  SOL_SOCKET,
  SOL_TCP,
  TCP_NODELAY,
} from '@tsvisor/abi'
import { READABLE, widened } from '../../fs/poll-events.ts'
import { type Result, WOULD_BLOCK } from '../../kernel/blocking.ts'
import { lazily } from '../../kernel/lazily.ts'
import type { HostSocket } from '../../platform/host.ts'
import { raise } from '../../signal/raise.ts'
import type { Task } from '../../task/task.ts'
import { defaultOption, StoredOptions } from '../inet/inet-options.ts'
import { type Incoming, NOBODY, type Outgoing } from '../message.ts'
import { Socket } from '../socket.ts'
import { int, ints } from '../socket-options.ts'

const CHUNK = 64 * 1024
const chunkOf = lazily(() => new Uint8Array(CHUNK))

/**
 * What a guest can do with it stays with this one socket and what it accepts: bytes, names, shutdown.
 * Nothing gives it another address or peer. Descriptors and credentials do not cross, either way. Its
 * options are the guest kernel's own, but SO_ERROR and TCP_NODELAY.
 */
export class HostStreamSocket extends Socket {
  readonly #host: HostSocket
  readonly #acceptedFrom: Uint8Array | undefined
  readonly #stored = new StoredOptions()
  #unwatch: (() => void) | undefined
  /** Received, but the guest had no memory for it where it said. */
  #left = new Uint8Array(0)

  /** Owns `host`. `flags`: O_NONBLOCK or 0. `from`: the peer, of an accepted one. */
  constructor(task: Task, host: HostSocket, flags: number, from?: Uint8Array) {
    const { domain, protocol } = host
    super(task, { domain, type: SOCK_STREAM, protocol }, flags & O_NONBLOCK)
    this.#host = host
    this.#acceptedFrom = from
  }
  override get writesAll(): boolean {
    return true
  }
  override get listening(): boolean {
    return this.#host.isListening()
  }
  get #isUnix(): boolean {
    return this.domain === AF_UNIX
  }

  /** Only what somebody waited for is watched. */
  #watch(): void {
    this.#unwatch ??= this.#host.watch(events => this.queue.notify(widened(events)))
  }
  /** What `act` answers, or undefined when it would block. */
  #unlessBlocked<T>(act: () => T): T | undefined {
    try {
      return act()
    } catch (error) {
      if (error !== EAGAIN) throw error
      this.#watch()
      return undefined
    }
  }

  /** It came with its address. */
  override bind(): void {
    throw EINVAL
  }
  /** Not even to AF_UNSPEC: it would be free to be connected to anything. */
  override connect(): Result {
    throw this.listening ? EPERM : EISCONN
  }
  /** Servers say it again of a socket that they got listening; the backlog stays the giver's. */
  override listen(): void {
    if (!this.listening) throw EPERM
  }
  override accept(task: Task, flags: number): Socket | undefined {
    const accepted = this.#unlessBlocked(() => this.#host.accept())
    if (accepted === undefined) return undefined
    const socket = new HostStreamSocket(task, accepted.socket, flags, accepted.peer)
    socket.options.inherit(this.options)
    return socket
  }

  /** Errors: EPIPE, with SIGPIPE to the task; EPERM for descriptors and credentials. */
  override send(task: Task, message: Outgoing): number {
    const { source, flags, to, files, credentials } = message
    if (flags & MSG_OOB) throw EOPNOTSUPP
    if (to !== undefined && this.#isUnix) throw EISCONN
    if (files.length > 0 || credentials !== undefined) throw EPERM
    let total = 0
    while (source.remaining > 0) {
      const data = chunkOf().subarray(0, Math.min(source.remaining, CHUNK))
      const taken = source.take(data)
      const sent = this.#sendChunk(task, data.subarray(0, taken), flags, total)
      source.untake(taken - (sent ?? 0))
      if (sent === undefined) return total === 0 ? WOULD_BLOCK : total
      total += sent
    }
    return total
  }
  /** Once something was sent, a failure is left for the next call to find. */
  #sendChunk(task: Task, data: Uint8Array, flags: number, before: number): number | undefined {
    try {
      return this.#unlessBlocked(() => this.#host.send(data, flags & MSG_MORE))
    } catch (error) {
      if (before > 0) return undefined
      if (error === EPIPE && !(flags & MSG_NOSIGNAL)) raise(task, SIGPIPE)
      throw error
    }
  }

  override receive(_task: Task, { target, flags }: Incoming): number {
    if (flags & MSG_OOB) throw EINVAL
    const peeks = (flags & MSG_PEEK) !== 0
    // TCP throws the bytes away, and stores none.
    const discards = !this.#isUnix && (flags & MSG_TRUNC) !== 0
    const length = Math.min(target.remaining, CHUNK)
    if (this.#left.length > 0) {
      const first = this.#left.subarray(0, length)
      const count = discards ? first.length : target.put(first)
      if (!peeks) this.#left = this.#left.subarray(count)
      return count
    }
    const data = chunkOf().subarray(0, length)
    const asked = (flags & MSG_PEEK) | (discards ? MSG_TRUNC : 0)
    const count = this.#unlessBlocked(() => this.#host.receive(data, asked))
    if (count === undefined) return WOULD_BLOCK
    if (discards) return count
    let stored = 0
    try {
      stored = target.put(data.subarray(0, count))
    } finally {
      if (!peeks && stored < count) this.#left = data.slice(stored, count)
    }
    return stored
  }

  override shutdown(_task: Task, how: number): void {
    if (how < 0 || how > 2) throw EINVAL
    this.#host.shutdown(how)
    this.queue.notify()
  }
  override localAddress(): Uint8Array {
    return this.#host.localAddress()
  }
  override peerAddress(): Uint8Array {
    return this.#host.peerAddress()
  }
  override acceptedFrom(task: Task): Uint8Array {
    return this.#acceptedFrom ?? super.acceptedFrom(task)
  }
  override takeError(): number {
    return this.#host.takeError()
  }

  override getOption(_task: Task, level: number, name: number): Uint8Array | undefined {
    if (level === SOL_SOCKET) {
      // A process of the host: nobody that the guest knows.
      const isAsked = this.#isUnix && name === SO_PEERCRED
      return isAsked ? ints(0, NOBODY.uid, NOBODY.gid) : undefined
    }
    const initial = this.#initial(level, name)
    return typeof initial === 'number' ? int(this.#stored.get(level, name, initial)) : initial
  }
  override setOption(_task: Task, level: number, name: number, value: Uint8Array): boolean {
    if (level === SOL_SOCKET) {
      // Its interface is the host's affair.
      if (name === SO_BINDTODEVICE || name === SO_BINDTOIFINDEX) throw EPERM
      return false
    }
    if (typeof this.#initial(level, name) !== 'number') return true
    const number = this.#stored.set(level, name, value, this.socketType)
    if (level === SOL_TCP && name === TCP_NODELAY) this.#host.setNoDelay(number)
    return true
  }
  /** Errors: EOPNOTSUPP, ENOPROTOOPT. */
  #initial(level: number, name: number): number | Uint8Array {
    if (this.#isUnix) throw EOPNOTSUPP
    const initial = defaultOption(level, name, this)
    if (initial === undefined) throw ENOPROTOOPT
    return initial
  }

  override ioctl(task: Task, request: number, arg: number): Result {
    if (request !== FIONREAD) return super.ioctl(task, request, arg)
    task.mm.writeU32(arg as Addr, this.#left.length + this.#host.queuedBytes())
    return 0
  }
  override poll(): number {
    this.#watch()
    return widened(this.#host.poll()) | (this.#left.length > 0 ? READABLE : 0)
  }
  protected override close(): void {
    this.#unwatch?.()
    this.#host.close()
  }
}
