// The controlling side of a pseudo-terminal: what /dev/ptmx gives. (fs/pty)
// Linux drivers/tty/pty.c.

import {
  type Addr,
  EINVAL,
  EIO,
  O_CLOEXEC,
  POLLHUP,
  POLLPRI,
  TIOCGPKT,
  TIOCGPTLCK,
  TIOCGPTN,
  TIOCGPTPEER,
  TIOCPKT,
  TIOCSIG,
  TIOCSPTLCK,
} from '@tsvisor/abi'
import { type Result, WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import { installNew } from '../../syscalls/install-fd.ts'
import type { Task } from '../../task/task.ts'
import { FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import { READABLE, WRITABLE } from '../poll-events.ts'
import type { Pty } from './pty.ts'
import { ttyIoctl } from './tty-ioctl.ts'

const chunk = new Uint8Array(4096)
const status = new Uint8Array(1)

/** Opens the slave of a master for TIOCGPTPEER. */
export type OpenPeer = (task: Task, flags: number) => FileDescription

export class PtyMaster extends FileDescription {
  readonly tty: Pty
  readonly #openPeer: OpenPeer
  readonly #closed: () => void

  constructor(
    tty: Pty,
    inode: Inode,
    path: Path | undefined,
    flags: number,
    hooks: { readonly openPeer: OpenPeer; readonly closed: () => void },
  ) {
    super(inode, path, flags, tty.masterQueue)
    this.tty = tty
    this.#openPeer = hooks.openPeer
    this.#closed = hooks.closed
  }
  protected override close(): void {
    this.tty.masterClosed()
    this.#closed()
  }
  override get writesAll(): boolean {
    return true
  }

  override get signalsReadiness(): boolean {
    return true
  }

  /** In packet mode: a status byte, 0 before data. Errors: EIO when the last slave is gone. */
  override read(_task: Task, target: IoTarget, _offset: number): number {
    const { tty } = this
    if (target.remaining === 0) return 0
    if (tty.packetMode && tty.packetStatus !== 0) {
      status[0] = tty.packetStatus
      tty.packetStatus = 0
      return target.put(status)
    }
    const { outgoing } = tty
    if (outgoing.length === 0) {
      if (tty.slaveGone) throw EIO
      return WOULD_BLOCK
    }
    let total = 0
    if (tty.packetMode) {
      status[0] = 0
      total += target.put(status)
    }
    while (target.remaining > 0 && outgoing.length > 0) {
      const stored = target.put(outgoing.peek(target.remaining))
      if (stored === 0) break
      outgoing.drop(stored)
      total += stored
    }
    tty.drained()
    return total
  }

  override write(_task: Task, source: IoSource, _offset: number): number {
    const { tty } = this
    let total = 0
    while (source.remaining > 0) {
      const taken = source.take(chunk.subarray(0, Math.min(source.remaining, chunk.length)))
      const typed = tty.type(chunk.subarray(0, taken))
      total += typed
      if (typed < taken) {
        source.untake(taken - typed)
        return total === 0 ? WOULD_BLOCK : total
      }
    }
    return total
  }

  override poll(): number {
    const { tty } = this
    let ready = tty.outgoing.length > 0 ? READABLE : 0
    if (tty.packetMode && tty.packetStatus !== 0) ready |= POLLPRI | READABLE
    if (tty.slaveGone) ready |= POLLHUP
    if (tty.typeRoom > 0) ready |= WRITABLE
    return ready
  }

  override ioctl(task: Task, request: number, arg: number): Result {
    const { tty } = this
    const addr = arg as Addr
    switch (request) {
      case TIOCGPTN:
        task.mm.writeU32(addr, tty.index)
        return 0
      case TIOCSPTLCK:
        tty.locked = task.mm.readI32(addr) !== 0
        return 0
      case TIOCGPTLCK:
        task.mm.writeU32(addr, tty.locked ? 1 : 0)
        return 0
      case TIOCGPTPEER:
        return installNew(task, this.#openPeer(task, arg), (arg & O_CLOEXEC) !== 0)
      case TIOCPKT:
        tty.packetMode = task.mm.readI32(addr) !== 0
        tty.packetStatus = 0
        return 0
      case TIOCGPKT:
        task.mm.writeU32(addr, tty.packetMode ? 1 : 0)
        return 0
      case TIOCSIG:
        if (arg < 1 || arg > 64) throw EINVAL
        tty.signal(arg)
        return 0
      default:
        return ttyIoctl(task, tty, 'master', request, addr)
    }
  }
}
