// The terminal side of a pseudo-terminal: /dev/pts/N. (fs/pty)
// Linux drivers/tty/n_tty.c: n_tty_read, n_tty_write, n_tty_poll.

import {
  type Addr,
  EIO,
  ICANON,
  POLLERR,
  POLLHUP,
  SIGTTIN,
  SIGTTOU,
  TIOCGPTPEER,
  TOSTOP,
  VMIN,
  VTIME,
} from '@tsvisor/abi'
import { type Result, WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import type { Task } from '../../task/task.ts'
import { FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import { READABLE, WRITABLE } from '../poll-events.ts'
import { checkForeground } from './job-control.ts'
import type { Pty } from './pty.ts'
import { hungUpIoctl, ttyIoctl } from './tty-ioctl.ts'

const DECISECOND_NS = 1e8
const chunk = new Uint8Array(4096)

export class PtySlave extends FileDescription {
  readonly tty: Pty
  readonly #generation: number
  #slept = false

  constructor(tty: Pty, inode: Inode, path: Path | undefined, flags: number) {
    super(inode, path, flags, tty.slaveQueue)
    this.tty = tty
    this.#generation = tty.generation
    tty.slaveOpened()
  }
  /** The master closed, or the session leader exited, since this was opened. */
  get hungUp(): boolean {
    return this.#generation !== this.tty.generation
  }
  protected override close(): void {
    if (!this.hungUp) this.tty.slaveClosed()
  }
  override get writesAll(): boolean {
    return true
  }

  override get signalsReadiness(): boolean {
    return true
  }

  /** A read that sleeps while the master closes gets EIO, later ones the end of file. */
  override read(task: Task, target: IoTarget, _offset: number): number {
    if (this.hungUp) {
      const slept = this.#slept
      this.#slept = false
      if (slept && !this.tty.masterOpen) throw EIO
      return 0
    }
    if (target.remaining === 0) return 0
    const count = this.#read(task, target)
    this.#slept = count === WOULD_BLOCK && !this.nonBlocking
    return count
  }
  #read(task: Task, target: IoTarget): number {
    const { tty } = this
    checkForeground(task, tty, SIGTTIN)
    tty.inputWanted()
    const { lflag, cc } = tty.termios
    const canonical = (lflag & ICANON) !== 0
    if (!canonical && !this.nonBlocking) {
      const min = Math.min(cc[VMIN]!, target.remaining)
      const have = tty.line.available
      if (min > 0 ? have < min : have === 0 && cc[VTIME] !== 0) return WOULD_BLOCK
    }
    if (!canonical && tty.line.available === 0) {
      return this.nonBlocking && cc[VMIN] !== 0 ? WOULD_BLOCK : 0
    }
    const count = tty.line.read(target)
    if (count === undefined) return WOULD_BLOCK
    tty.pump()
    return count
  }

  /** VTIME: with VMIN 0 from the start of the read, else between bytes. */
  override readDeadlineNs(startNs: number): number | undefined {
    const { termios, line } = this.tty
    const { lflag, cc } = termios
    if (lflag & ICANON || cc[VTIME] === 0) return undefined
    const timeoutNs = cc[VTIME]! * DECISECOND_NS
    if (cc[VMIN] === 0) return startNs + timeoutNs
    return line.available > 0 ? Math.max(startNs, line.lastInputNs) + timeoutNs : undefined
  }
  override readTimedOut(_task: Task, target: IoTarget): number {
    const count = this.tty.line.read(target) ?? 0
    this.tty.pump()
    return count
  }

  override write(task: Task, source: IoSource, _offset: number): number {
    const { tty } = this
    if (this.hungUp) throw EIO
    const { termios, output } = tty
    if (termios.lflag & TOSTOP) checkForeground(task, tty, SIGTTOU)
    if (source.remaining === 0) return 0
    if (tty.stopped) return WOULD_BLOCK
    let total = 0
    let full = false
    while (!full && source.remaining > 0 && tty.outgoing.room > 0) {
      const taken = source.take(chunk.subarray(0, Math.min(source.remaining, chunk.length)))
      let put = 0
      while (put < taken && output.put(chunk[put]!, termios)) put++
      if (put < taken) {
        source.untake(taken - put)
        full = true
      }
      total += put
    }
    if (total === 0) return WOULD_BLOCK
    tty.masterQueue.notify(READABLE)
    return total
  }

  override poll(): number {
    const { tty } = this
    if (this.hungUp) return READABLE | WRITABLE | POLLERR | POLLHUP
    tty.inputWanted()
    let ready = tty.line.readable ? READABLE : 0
    if (!tty.stopped && tty.outgoing.room >= 256) ready |= WRITABLE
    return ready
  }

  override ioctl(task: Task, request: number, arg: number): Result {
    if (this.hungUp) return hungUpIoctl(request)
    if (request === TIOCGPTPEER) throw EIO
    return ttyIoctl(task, this.tty, 'slave', request, arg as Addr)
  }
}
