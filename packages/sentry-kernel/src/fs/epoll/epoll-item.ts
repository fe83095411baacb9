// One entry of an epoll set: a descriptor and what to report about it. (fs/epoll)
// Linux fs/eventpoll.c: struct epitem, ep_poll_callback.

import {
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLONESHOT,
  EPOLLWAKEUP,
} from '@tsvisor/abi'
import type { FileDescription } from '../../vfs/file-description.ts'
import type { Waiter } from '../../wait-queue.ts'
import type { Epoll } from './epoll.ts'

/** Bits of epoll_event.events that are no poll events (EP_PRIVATE_BITS). */
const PRIVATE = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE | 0

export class EpollItem implements Waiter {
  readonly epoll: Epoll
  readonly file: FileDescription
  readonly fd: number
  /** As given, with POLLERR and POLLHUP; private bits only once a one-shot entry fired. */
  events = 0
  /** The caller's 64 bits of data. */
  dataLow = 0
  dataHigh = 0
  /** Poll bits that wake it. */
  mask = 0
  /** In the ready list, whose next entry is `next`. */
  queued = false
  next: EpollItem | undefined
  removed = false
  readonly #unhook: () => void

  constructor(epoll: Epoll, file: FileDescription, fd: number) {
    this.epoll = epoll
    this.file = file
    this.fd = fd
    this.#unhook = file.onClose(() => epoll.forget(this))
  }

  set(events: number, dataLow: number, dataHigh: number): void {
    this.events = events | EPOLLERR | EPOLLHUP
    this.dataLow = dataLow
    this.dataHigh = dataHigh
    this.mask = this.events & ~PRIVATE
  }
  /** A one-shot entry was reported: silent until EPOLL_CTL_MOD. */
  disarm(): void {
    this.events &= PRIVATE
    this.mask = 0
  }
  get edgeTriggered(): boolean {
    return (this.events & EPOLLET) !== 0
  }
  get oneShot(): boolean {
    return (this.events & EPOLLONESHOT) !== 0
  }
  get exclusive(): boolean {
    return (this.events & EPOLLEXCLUSIVE) !== 0
  }

  wake(_events: number): void {
    this.epoll.markReady(this)
  }
  /** What the file has ready of what was asked. */
  ready(): number {
    return this.mask === 0 ? 0 : this.file.poll() & this.mask
  }
  detach(): void {
    this.removed = true
    this.file.queue.remove(this)
    this.#unhook()
  }
}
