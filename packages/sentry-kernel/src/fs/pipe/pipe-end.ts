// An open pipe or FIFO: one end, or both for O_RDWR. (fs/pipe)
// Linux fs/pipe.c: pipe_poll, pipe_release, pipe_ioctl, pipe_fcntl.

import {
  type Addr,
  CAP_SYS_RESOURCE,
  ENOTTY,
  EPERM,
  EPIPE,
  FIONREAD,
  O_DIRECT,
  POLLERR,
  POLLHUP,
  SIGPIPE,
} from '@tsvisor/abi'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import { raise } from '../../signal/raise.ts'
import { hasCapability } from '../../task/credentials.ts'
import type { Task } from '../../task/task.ts'
import { FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import { READABLE, WRITABLE } from '../poll-events.ts'
import { PIPE_MAX_SIZE, type Pipe } from './pipe.ts'

export class PipeEnd extends FileDescription {
  readonly pipe: Pipe
  /** `writerOpens` when a FIFO was opened without a writer: no POLLHUP until one came. */
  readonly #opensSeen: number | undefined
  readonly #released: (() => void) | undefined

  /** Counts itself in as reader, writer or both. `released` runs after it counted itself out. */
  constructor(
    pipe: Pipe,
    inode: Inode,
    path: Path | undefined,
    flags: number,
    released?: () => void,
  ) {
    super(inode, path, flags, pipe.queue)
    this.pipe = pipe
    this.#released = released
    if (this.readable) {
      pipe.readers++
      pipe.readerOpens++
    }
    if (this.writable) {
      pipe.writers++
      pipe.writerOpens++
    }
    this.#opensSeen = path && !this.writable && pipe.writers === 0 ? pipe.writerOpens : undefined
  }

  protected override close(): void {
    const { pipe } = this
    if (this.readable) pipe.readers--
    if (this.writable) pipe.writers--
    if (pipe.readers === 0 && pipe.writers === 0) pipe.clear()
    else if ((pipe.readers === 0) !== (pipe.writers === 0)) {
      pipe.queue.notify(READABLE | WRITABLE | POLLERR | POLLHUP)
    }
    this.#released?.()
  }

  override get writesAll(): boolean {
    return true
  }

  override read(_task: Task, target: IoTarget, _offset: number): number {
    return target.remaining === 0 ? 0 : this.pipe.read(target)
  }

  /** Errors: EPIPE, with SIGPIPE to the task. */
  override write(task: Task, source: IoSource, _offset: number): number {
    if (source.remaining === 0) return 0
    if (this.pipe.readers === 0) {
      raise(task, SIGPIPE)
      throw EPIPE
    }
    return this.pipe.write(source, (this.flags & O_DIRECT) !== 0 ? 'packet' : 'stream')
  }

  override poll(): number {
    const { pipe } = this
    let ready = 0
    if (this.readable) {
      if (!pipe.isEmpty) ready |= READABLE
      if (pipe.writers === 0 && pipe.writerOpens !== this.#opensSeen) ready |= POLLHUP
    }
    if (this.writable) {
      if (!pipe.isFull) ready |= WRITABLE
      if (pipe.readers === 0) ready |= POLLERR
    }
    return ready
  }

  override ioctl(task: Task, request: number, arg: number): number {
    if (request !== FIONREAD) throw ENOTTY
    task.mm.writeU32(arg as Addr, this.pipe.size)
    return 0
  }

  override get signalsReadiness(): boolean {
    return true
  }

  override pipeSize(): number {
    return this.pipe.capacity
  }
  /** F_SETPIPE_SZ. Errors: EPERM past the limit for the unprivileged, EBUSY, EINVAL. */
  override setPipeSize(task: Task, bytes: number): number {
    const privileged = hasCapability(task.creds, CAP_SYS_RESOURCE)
    if (bytes > PIPE_MAX_SIZE && bytes > this.pipe.capacity && !privileged) throw EPERM
    return this.pipe.setCapacity(bytes)
  }

  override label(): string {
    return `pipe:[${this.inode.attr().ino}]`
  }
}
