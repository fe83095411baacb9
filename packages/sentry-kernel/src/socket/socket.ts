// What every socket is: an open file with addresses, messages and options. (socket)
// Linux net/socket.c.

import { EOPNOTSUPP, MSG_DONTWAIT, O_NONBLOCK, O_RDWR, S_IFSOCK } from '@tsvisor/abi'
import { newAnonInode, socketFs } from '../fs/anon/anon-inode.ts'
import type { Result } from '../kernel/blocking.ts'
import type { IoSource, IoTarget } from '../mm/io.ts'
import type { Task } from '../task/task.ts'
import { FileDescription } from '../vfs/file-description.ts'
import { type Incoming, incoming, NO_CONTROL, NO_FILES, type Outgoing } from './message.ts'
import type { NetNamespace } from './net-namespace.ts'
import { SocketOptions } from './socket-options.ts'

/** A pair of bits: which directions were shut down. */
export const RCV_SHUTDOWN = 1
export const SEND_SHUTDOWN = 2

/**
 * The operations of one protocol. None sleeps: they answer WOULD_BLOCK, and the call sleeps on `queue`
 * for POLLIN or POLLOUT. Addresses are sockaddr bytes, family first. Errors are thrown Errno constants.
 */
export abstract class Socket extends FileDescription {
  readonly domain: number
  /** SOCK_STREAM, SOCK_DGRAM … */
  readonly socketType: number
  readonly protocol: number
  readonly options: SocketOptions
  readonly net: NetNamespace
  /** Somebody has it as a file: it is none that waits to be accepted. */
  attached = true
  /** RCV_SHUTDOWN | SEND_SHUTDOWN */
  shutdownMask = 0

  /** `flags`: O_NONBLOCK or 0. `net`: default the task's. */
  constructor(
    task: Task,
    identity: { readonly domain: number; readonly type: number; readonly protocol: number },
    flags: number,
    net: NetNamespace = task.namespaces.net,
  ) {
    super(newAnonInode(socketFs(task.kernel), S_IFSOCK | 0o777, task), undefined, O_RDWR | flags)
    this.net = net
    this.domain = identity.domain
    this.socketType = identity.type
    this.protocol = identity.protocol
    this.options = new SocketOptions(identity.type)
    net.sockets.add(this)
    this.onClose(() => net.sockets.delete(this))
  }

  override get signalsReadiness(): boolean {
    return true
  }
  abstract bind(task: Task, address: Uint8Array): void
  /** A generator when it has to wait. */
  abstract connect(task: Task, address: Uint8Array): Result
  listen(_task: Task, _backlog: number): void {
    throw EOPNOTSUPP
  }
  /** The next connection, or undefined when none waits. */
  accept(_task: Task, _flags: number): Socket | undefined {
    throw EOPNOTSUPP
  }
  abstract send(task: Task, message: Outgoing): number
  abstract receive(task: Task, message: Incoming): number
  abstract shutdown(task: Task, how: number): void
  abstract localAddress(task: Task): Uint8Array
  /** Errors: ENOTCONN. */
  abstract peerAddress(task: Task): Uint8Array
  /** The peer as accept tells it: also that of a connection which is over already. */
  acceptedFrom(task: Task): Uint8Array {
    return this.peerAddress(task)
  }

  /** Takes and clears SO_ERROR. */
  takeError(): number {
    const error = this.options.error
    this.options.error = 0
    return error
  }
  /** SO_ACCEPTCONN */
  get listening(): boolean {
    return false
  }
  /**
   * A protocol's own option, or one of SOL_SOCKET that it knows better; undefined for "not mine". `room`: bytes that
   * the caller has. `asked`: what the caller has left there.
   */
  getOption(
    _task: Task,
    _level: number,
    _name: number,
    _room: number,
    _asked?: () => Uint8Array,
  ): Uint8Array | undefined {
    return undefined
  }
  /** How long getsockopt(2) says an option is, where that is not what the caller gets of it. */
  optionLength(_level: number, _name: number): number | undefined {
    return undefined
  }
  /** True when it took it. */
  setOption(_task: Task, _level: number, _name: number, _value: Uint8Array): boolean {
    return false
  }

  isNonBlocking(flags: number): boolean {
    return (flags & MSG_DONTWAIT) !== 0 || (this.flags & O_NONBLOCK) !== 0
  }

  override read(task: Task, target: IoTarget, _offset: number): number {
    if (target.remaining === 0) return 0
    return this.receive(task, incoming(target, 0))
  }
  override write(task: Task, source: IoSource, _offset: number): number {
    return this.send(task, {
      source,
      flags: 0,
      to: undefined,
      files: NO_FILES,
      credentials: undefined,
      control: NO_CONTROL,
    })
  }
  override readDeadlineNs(startNs: number): number | undefined {
    const { receiveTimeoutNs } = this.options
    return receiveTimeoutNs === 0 ? undefined : startNs + receiveTimeoutNs
  }
  override writeDeadlineNs(startNs: number): number | undefined {
    const { sendTimeoutNs } = this.options
    return sendTimeoutNs === 0 ? undefined : startNs + sendTimeoutNs
  }
  override label(): string {
    return `socket:[${this.inode.attr().ino}]`
  }
}
