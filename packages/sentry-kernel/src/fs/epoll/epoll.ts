// An epoll instance: interest set and ready list. (fs/epoll)
// Linux fs/eventpoll.c: ep_insert, ep_modify, ep_send_events, ep_eventpoll_poll; epoll(7).

import { EEXIST, EINVAL, ELOOP, ENOENT } from '@tsvisor/abi'
import type { FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import { AnonFile } from '../anon/anon-file.ts'
import { READABLE } from '../poll-events.ts'
import { EpollItem } from './epoll-item.ts'

/** EP_MAX_NESTS: epolls inside epolls. */
const MAX_NESTS = 4

/** Receives reported events; false when there is no more room. */
export type ReportEvent = (events: number, dataLow: number, dataHigh: number) => boolean

export class Epoll extends AnonFile {
  /** A descriptor number may stand for several files over time, a file for several descriptors. */
  readonly #items = new Map<FileDescription, Map<number, EpollItem>>()
  #head: EpollItem | undefined
  #tail: EpollItem | undefined

  constructor(inode: Inode) {
    super(inode, undefined, 2)
  }

  protected override close(): void {
    for (const item of this.#all()) item.detach()
    this.#items.clear()
    this.#head = this.#tail = undefined
  }

  override get transfers(): boolean {
    return false
  }
  override ioctl(): number {
    throw EINVAL
  }

  find(file: FileDescription, fd: number): EpollItem | undefined {
    return this.#items.get(file)?.get(fd)
  }

  /** EPOLL_CTL_ADD. Errors: EEXIST, ELOOP. */
  add(file: FileDescription, fd: number, events: number, dataLow: number, dataHigh: number): void {
    if (this.find(file, fd)) throw EEXIST
    if (file instanceof Epoll && (file.#reaches(this, 0) || this.#depth(file) > MAX_NESTS)) {
      throw ELOOP
    }
    const item = new EpollItem(this, file, fd)
    item.set(events, dataLow, dataHigh)
    let byFd = this.#items.get(file)
    if (byFd === undefined) this.#items.set(file, (byFd = new Map()))
    byFd.set(fd, item)
    file.queue.add(item)
    if (item.ready() !== 0) this.markReady(item)
  }

  /** EPOLL_CTL_MOD, which also arms a one-shot entry again. Errors: ENOENT. */
  modify(item: EpollItem, events: number, dataLow: number, dataHigh: number): void {
    item.set(events, dataLow, dataHigh)
    if (item.ready() !== 0) this.markReady(item)
  }

  /** EPOLL_CTL_DEL. Errors: ENOENT. */
  remove(file: FileDescription, fd: number): void {
    const item = this.find(file, fd)
    if (item === undefined) throw ENOENT
    this.forget(item)
  }
  /** Takes an entry out: deleted, or its file was closed. */
  forget(item: EpollItem): void {
    item.detach()
    const byFd = this.#items.get(item.file)
    byFd?.delete(item.fd)
    if (byFd?.size === 0) this.#items.delete(item.file)
  }

  /** Appends to the ready list and wakes who waits. */
  markReady(item: EpollItem): void {
    if (!item.queued) this.#append(item)
    this.queue.notify(READABLE)
  }
  #append(item: EpollItem): void {
    item.queued = true
    item.next = undefined
    if (this.#tail) this.#tail.next = item
    else this.#head = item
    this.#tail = item
  }
  #shift(): EpollItem | undefined {
    const item = this.#head
    if (item === undefined) return undefined
    this.#head = item.next
    if (this.#head === undefined) this.#tail = undefined
    item.next = undefined
    item.queued = false
    return item
  }

  /**
   * Reports what is ready, each entry at most once, until `report` answers false. Level-triggered
   * entries go to the end of the list, so that a small buffer sees all in turn. Returns how many.
   */
  collect(report: ReportEvent): number {
    const last = this.#tail
    let count = 0
    while (last) {
      const item = this.#shift()
      if (item === undefined) break
      const events = item.removed ? 0 : item.ready()
      if (events !== 0) {
        const more = report(events, item.dataLow, item.dataHigh)
        count++
        if (item.oneShot) item.disarm()
        else if (!item.edgeTriggered) this.#append(item)
        if (!more) break
      }
      if (item === last) break
    }
    return count
  }

  /** Whether some entry is ready; forgets those that no longer are. */
  get hasReady(): boolean {
    for (let item = this.#head; item; item = this.#head) {
      if (!item.removed && item.ready() !== 0) return true
      this.#shift()
    }
    return false
  }
  override poll(): number {
    return this.hasReady ? READABLE : 0
  }

  *#all(): Generator<EpollItem> {
    for (const byFd of this.#items.values()) yield* byFd.values()
  }
  #reaches(target: Epoll, depth: number): boolean {
    if (this === target) return true
    if (depth > MAX_NESTS) return true
    for (const file of this.#items.keys()) {
      if (file instanceof Epoll && file.#reaches(target, depth + 1)) return true
    }
    return false
  }
  /** How deep the epolls below and including `file` are nested, with this one on top. */
  #depth(file: Epoll): number {
    let below = 0
    for (const inner of file.#items.keys()) {
      if (inner instanceof Epoll) below = Math.max(below, file.#depth(inner))
    }
    return below + 1
  }

  override label(): string {
    return 'anon_inode:[eventpoll]'
  }
  override fdinfo(): string {
    let text = ''
    for (const item of this.#all()) {
      const data = ((BigInt(item.dataHigh) << 32n) | BigInt(item.dataLow)).toString(16)
      const attr = item.file.inode
      text +=
        `tfd: ${String(item.fd).padStart(8)} events: ${(item.events >>> 0).toString(16).padStart(8)} ` +
        `data: ${data.padStart(16)}  pos:${item.file.position} ino:${attr.attr().ino.toString(16)} ` +
        `sdev:${attr.fs.dev.toString(16)}\n`
    }
    return text
  }
}
