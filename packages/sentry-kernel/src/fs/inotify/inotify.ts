// inotify: file events as something to read. (fs/inotify)
// Linux fs/notify/inotify/inotify_user.c; inotify(7).

import {
  type Addr,
  EEXIST,
  EINVAL,
  ENOSPC,
  ENOTTY,
  FIONREAD,
  IN_DELETE_SELF,
  IN_EXCL_UNLINK,
  IN_IGNORED,
  IN_ISDIR,
  IN_MASK_ADD,
  IN_MASK_CREATE,
  IN_ONESHOT,
  IN_Q_OVERFLOW,
  IN_UNMOUNT,
} from '@tsvisor/abi'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { IoTarget } from '../../mm/io.ts'
import type { Task } from '../../task/task.ts'
import type { Inode } from '../../vfs/inode.ts'
import { unwatch, type Watcher, watch } from '../../vfs/notify.ts'
import { AnonFile } from '../anon/anon-file.ts'
import { READABLE } from '../poll-events.ts'

/** sizeof(struct inotify_event), to whose multiple names are padded. */
const HEADER = 16
/** fs.inotify.max_queued_events, max_user_watches. */
const MAX_EVENTS = 16_384
const MAX_WATCHES = 65_536
/** Bits that no watch asks for and each gets. */
const ALWAYS = IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW

interface FileEvent {
  readonly wd: number
  readonly mask: number
  readonly cookie: number
  readonly name: string | undefined
}
const sizeOf = ({ name }: FileEvent): number =>
  name === undefined ? HEADER : HEADER + Math.ceil((name.length + 1) / HEADER) * HEADER

class Watch implements Watcher {
  readonly inotify: Inotify
  readonly wd: number
  readonly inode: Inode
  mask: number

  constructor(inotify: Inotify, wd: number, inode: Inode, mask: number) {
    this.inotify = inotify
    this.wd = wd
    this.inode = inode
    this.mask = mask
  }
  onFileEvent(mask: number, name: string | undefined, cookie: number): void {
    if (mask & this.mask & IN_EXCL_UNLINK) return
    const hit = mask & ~(IN_ISDIR | IN_EXCL_UNLINK) & (this.mask | ALWAYS)
    if (hit !== 0)
      this.inotify.queueEvent({ wd: this.wd, mask: hit | (mask & IN_ISDIR), cookie, name })
    if ((hit !== 0 && this.mask & IN_ONESHOT) || mask & (IN_DELETE_SELF | IN_UNMOUNT))
      this.inotify.remove(this)
  }
}

export class Inotify extends AnonFile {
  readonly #watches = new Map<number, Watch>()
  readonly #byInode = new Map<Inode, Watch>()
  #events: FileEvent[] = []
  #bytes = 0
  #lastWd = 0

  constructor(inode: Inode, flags: number) {
    super(inode, undefined, flags)
  }
  protected override close(): void {
    for (const one of this.#watches.values()) unwatch(one.inode, one)
    this.#watches.clear()
    this.#byInode.clear()
    this.#events = []
  }

  /** inotify_add_watch. Returns the watch descriptor. Errors: EEXIST, ENOSPC. */
  add(inode: Inode, mask: number): number {
    const wanted = mask & ~(IN_MASK_ADD | IN_MASK_CREATE)
    const old = this.#byInode.get(inode)
    if (old) {
      if (mask & IN_MASK_CREATE) throw EEXIST
      old.mask = mask & IN_MASK_ADD ? old.mask | wanted : wanted
      return old.wd
    }
    if (this.#watches.size >= MAX_WATCHES) throw ENOSPC
    const one = new Watch(this, ++this.#lastWd, inode, wanted)
    this.#watches.set(one.wd, one)
    this.#byInode.set(inode, one)
    watch(inode, one)
    return one.wd
  }
  /** inotify_rm_watch. Errors: EINVAL. */
  removeByNumber(wd: number): void {
    const one = this.#watches.get(wd)
    if (one === undefined) throw EINVAL
    this.remove(one)
  }
  remove(one: Watch): void {
    if (!this.#watches.delete(one.wd)) return
    this.#byInode.delete(one.inode)
    unwatch(one.inode, one)
    this.queueEvent({ wd: one.wd, mask: IN_IGNORED, cookie: 0, name: undefined })
  }

  /** Adds an event, unless it repeats the last one. */
  queueEvent(event: FileEvent): void {
    const last = this.#events[this.#events.length - 1]
    const repeats =
      last !== undefined &&
      last.wd === event.wd &&
      last.mask === event.mask &&
      last.cookie === event.cookie &&
      last.name === event.name
    if (repeats) return
    if (this.#events.length >= MAX_EVENTS) {
      if (last?.mask === IN_Q_OVERFLOW) return
      this.#push({ wd: -1, mask: IN_Q_OVERFLOW, cookie: 0, name: undefined })
    } else this.#push(event)
    this.queue.notify(READABLE)
  }
  #push(event: FileEvent): void {
    this.#events.push(event)
    this.#bytes += sizeOf(event)
  }

  override get signalsReadiness(): boolean {
    return true
  }

  /** As many events as fit. Errors: EINVAL when not even one does. */
  override read(_task: Task, target: IoTarget, _offset: number): number {
    if (this.#events.length === 0) return WOULD_BLOCK
    let total = 0
    let taken = 0
    for (const event of this.#events) {
      const size = sizeOf(event)
      if (size > target.remaining) break
      target.put(encode(event, size))
      total += size
      taken++
    }
    if (taken === 0) throw EINVAL
    this.#events.splice(0, taken)
    this.#bytes -= total
    return total
  }
  override poll(): number {
    return this.#events.length > 0 ? READABLE : 0
  }
  override ioctl(task: Task, request: number, arg: number): number {
    if (request !== FIONREAD) throw ENOTTY
    task.mm.writeU32(arg as Addr, this.#bytes)
    return 0
  }
  override label(): string {
    return 'anon_inode:inotify'
  }
  override fdinfo(): string {
    let text = ''
    for (const { wd, inode, mask } of this.#watches.values()) {
      const ino = inode.attr().ino.toString(16)
      const shown = ((mask & ~IN_EXCL_UNLINK) >>> 0).toString(16)
      text += `inotify wd:${wd.toString(16)} ino:${ino} sdev:${inode.fs.dev.toString(16)} mask:${shown} ignored_mask:0\n`
    }
    return text
  }
}

function encode(event: FileEvent, size: number): Uint8Array {
  const data = new Uint8Array(size)
  const view = new DataView(data.buffer)
  view.setInt32(0, event.wd, true)
  view.setUint32(4, event.mask >>> 0, true)
  view.setUint32(8, event.cookie, true)
  view.setUint32(12, size - HEADER, true)
  const name = event.name ?? ''
  for (let i = 0; i < name.length; i++) data[HEADER + i] = name.charCodeAt(i)
  return data
}
