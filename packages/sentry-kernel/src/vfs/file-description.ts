// Open files: what a file descriptor refers to. (vfs)

import {
  EAGAIN,
  EBADF,
  EINVAL,
  EISDIR,
  ENODEV,
  ENOTDIR,
  ENOTTY,
  ESPIPE,
  IN_CLOSE_NOWRITE,
  IN_CLOSE_WRITE,
  O_PATH,
  S_IFDIR,
} from '@tsvisor/abi'
import type { Result } from '../kernel/blocking.ts'
import type { IoSource, IoTarget } from '../mm/io.ts'
import type { MapSource } from '../platform/platform.ts'
import type { Task } from '../task/task.ts'
import { WaitQueue } from '../wait-queue.ts'
import type { FileOwner } from './file-owner.ts'
import type { Inode } from './inode.ts'
import { isWatched, notifyUse } from './notify.ts'
import type { Path } from './path.ts'

export interface Dirent {
  readonly name: string
  readonly ino: number
  /** DT_* */
  readonly type: number
}

/** Use the description's own position. */
export const CURRENT = -1

/**
 * An open file description (Linux's struct file). Shared by dup, fork and SCM_RIGHTS; counted, and
 * closed when the last reference goes. Operations never sleep: they return WOULD_BLOCK (see
 * kernel/blocking) and the system call sleeps on `queue` (see blocking-io). They throw Errno constants.
 */
export abstract class FileDescription {
  /** O_ACCMODE and status flags; F_SETFL changes some. */
  flags: number
  /** Position for reads and writes with CURRENT, in bytes. */
  position = 0
  /** Where it was opened; undefined for pipes, sockets and the like without a name. */
  readonly path: Path | undefined
  readonly inode: Inode
  /** Notified with POLL* bits when readiness may have changed. Shared by ends that share state. */
  readonly queue: WaitQueue
  #references = 1
  #closeHooks: Set<() => void> | undefined

  constructor(
    inode: Inode,
    path: Path | undefined,
    flags: number,
    queue: WaitQueue = new WaitQueue(),
  ) {
    this.inode = inode
    this.path = path
    this.flags = flags
    this.queue = queue
    if (path !== undefined) {
      path.dentry.pin()
      path.mount.hold()
    }
  }

  /** Who gets SIGIO, once F_SETOWN or F_SETSIG said so. */
  owner: FileOwner | undefined = undefined
  #isWriter = false

  get readable(): boolean {
    return ((this.flags + 1) & 1) !== 0
  }
  get writable(): boolean {
    return ((this.flags + 1) & 2) !== 0
  }
  /** Whether shared mappings may be, or become, writable. */
  get writableMapped(): boolean {
    return this.writable
  }
  get nonBlocking(): boolean {
    return (this.flags & 0o4000) !== 0
  }

  /** One more reference (dup, fork, a blocked call, a message in flight). */
  hold(): this {
    this.#references++
    return this
  }
  /** One fewer; the last one closes. */
  release(): void {
    if (--this.#references !== 0) return
    if (this.#closeHooks) for (const hook of [...this.#closeHooks]) hook()
    const { inode, path } = this
    inode.locks?.releaseDescription(this)
    if (this.#isWriter) this.#changeWriters(-1)
    if (isWatched(this) && !(this.flags & O_PATH))
      notifyUse(this, this.writable ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE)
    try {
      this.close()
    } finally {
      // Last: an unmounted file system goes with its last open file.
      if (path !== undefined) {
        path.dentry.unpin()
        path.mount.drop()
      }
    }
  }
  /** Counts it until it closes among what keeps the file from being executed, and the mount from becoming read-only. */
  countAsWriter(): void {
    this.#isWriter = true
    this.#changeWriters(1)
  }
  #changeWriters(by: 1 | -1): void {
    this.inode.writers += by
    this.path?.mount.changeWriters(by)
  }
  get references(): number {
    return this.#references
  }
  /** Runs `hook` when the last reference goes, before the file closes (epoll entries). Undo by calling the result. */
  onClose(hook: () => void): () => void {
    this.#closeHooks ??= new Set()
    this.#closeHooks.add(hook)
    return () => this.#closeHooks?.delete(hook)
  }
  /** The last reference is gone. */
  protected close(): void {}

  /**
   * Reads into `target`; `offset` in bytes, or CURRENT. Returns bytes read (0: end of file) or
   * WOULD_BLOCK. The caller has checked `readable`.
   */
  read(_task: Task, _target: IoTarget, _offset: number): number {
    throw this.inode.type === S_IFDIR ? EISDIR : EINVAL
  }
  /** Writes from `source`; returns bytes written or WOULD_BLOCK. O_APPEND is the file's duty. */
  write(_task: Task, _source: IoSource, _offset: number): number {
    throw EINVAL
  }
  /**
   * When a blocking read that began at `startNs` gives up (SO_RCVTIMEO, VTIME); asked before each sleep.
   * Monotonic ns; undefined for never.
   */
  readDeadlineNs(_startNs: number): number | undefined {
    return undefined
  }
  /** What a read answers whose deadline passed. */
  readTimedOut(_task: Task, _target: IoTarget): number {
    throw EAGAIN
  }
  /** As readDeadlineNs, for writes (SO_SNDTIMEO), which then fail with EAGAIN. */
  writeDeadlineNs(_startNs: number): number | undefined {
    return undefined
  }
  /**
   * Whether a blocking write(2) sleeps until everything is taken (pipes, stream sockets, terminals)
   * instead of returning the first short count.
   */
  get writesAll(): boolean {
    return false
  }
  /** Whether there is anything to read or write at all (FMODE_CAN_READ); else EINVAL. */
  get transfers(): boolean {
    return true
  }
  /** Whether reads and writes at an offset make sense (else ESPIPE). */
  get seekable(): boolean {
    return false
  }
  /** The new position. */
  seek(_task: Task, _offset: number, _whence: number): number {
    throw ESPIPE
  }
  /** POLL* bits that are ready now. */
  poll(): number {
    return 0x145 // POLLIN|POLLOUT|POLLRDNORM|POLLWRNORM: regular files are always ready
  }
  /** Whether epoll takes it, where `poll` is there for some files of a kind only. */
  get canPoll(): boolean {
    return true
  }
  /** Whether O_ASYNC has effect (there is f_op->fasync). */
  get signalsReadiness(): boolean {
    return false
  }
  ioctl(_task: Task, _request: number, _arg: number): Result {
    throw ENOTTY
  }
  /** Without pages of its own, yet private mappings get a copy (files of fs-like objects). */
  get mapsByCopy(): boolean {
    return false
  }
  /** What to map for mmap of `length` bytes at `offset`. */
  mmap(
    _task: Task,
    _offset: number,
    _length: number,
    _prot: number,
    _shared: 'shared' | 'private',
  ): MapSource {
    throw ENODEV
  }
  /**
   * Hands directory entries to `emit` from the current position until it answers false (buffer
   * full: the entry is not consumed) or the end. Includes "." and "..". `next` is the position after
   * the entry, as d_off.
   */
  iterate(_task: Task, _emit: (entry: Dirent, next: number) => boolean): void {
    throw ENOTDIR
  }
  sync(_task: Task, _dataOnly: 'data' | 'all'): void {
    throw EINVAL
  }
  truncate(_task: Task, _size: number): void {
    throw EINVAL
  }
  allocate(_task: Task, _mode: number, _offset: number, _length: number): void {
    throw ENODEV
  }
  /** F_GETPIPE_SZ, bytes. */
  pipeSize(): number {
    throw EBADF
  }
  /** F_SETPIPE_SZ; the size set. */
  setPipeSize(_task: Task, _bytes: number): number {
    throw EBADF
  }
  /** F_GET_SEALS. */
  seals(): number {
    throw EINVAL
  }
  /** F_ADD_SEALS. Errors: EPERM, EBUSY. */
  addSeals(_seals: number): void {
    throw EINVAL
  }
  /** Called for each close(2) of a descriptor (flush), not only the last. */
  flush(_task: Task): void {}
  /** Text of /proc/PID/fd/N when there is no path: "pipe:[7]", "socket:[9]", "anon_inode:[eventfd]". */
  label(): string {
    return 'anon_inode:[unknown]'
  }
  /** Extra lines of /proc/PID/fdinfo/N. */
  fdinfo(): string {
    return ''
  }
  protected badDescriptor(): never {
    throw EBADF
  }
}
