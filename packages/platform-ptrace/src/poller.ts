// The poller stub: waits in epoll for the sandbox process and tells by stopping. (platform-ptrace)

import {
  Batch,
  ENTRY_SIZE,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLLET,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  epollCreate,
  epollCtl,
  kill,
  NR,
  PTRACE,
  ptrace,
  timerfdCreate,
  timerfdSet,
} from '@tsvisor/host'
import { CODE_OFFSET, POLLER_OFFSET } from './stub-code.ts'
import { StubDied } from './tracer.ts'
import type { Tracing } from './tracing.ts'

const PAGE = 4096
const MAP_SHARED_FIXED = 0x11
const EVENTS_OFFSET = ENTRY_SIZE
/** struct epoll_event is packed on x86-64. */
const EVENT_SIZE = 12
const MAX_EVENTS = 128
const TIMER = 0

type Notify = (events: number) => void

export class Poller {
  pid = 0
  private readonly tracing: Tracing
  private readonly epoll = epollCreate()
  private readonly timer = timerfdCreate()
  private readonly watchers = new Map<number, Notify>()
  private nextId = 1
  /** When the timer will fire; undefined once it has. */
  private armed: number | undefined
  private readonly view: DataView

  constructor(tracing: Tracing) {
    this.tracing = tracing
    const { shared } = tracing.tracer
    this.view = new DataView(shared.bytes.buffer, POLLER_OFFSET, PAGE)
    epollCtl(this.epoll, EPOLL_CTL_ADD, this.timer, EPOLLIN | EPOLLET, TIMER)
    this.start()
  }

  private start(): void {
    const { tracer } = this.tracing
    this.pid = this.tracing.cloneMaster()
    // The one before may have taken the timer's event with it.
    this.armed = undefined
    const page = new Batch()
    const at = tracer.areaBase + POLLER_OFFSET
    page.push(NR.mmap, at, PAGE, 3, MAP_SHARED_FIXED, tracer.fd, POLLER_OFFSET)
    const failure = tracer.run(this.pid, page)
    if (failure !== undefined) throw failure
    const wait = new Batch()
    wait.push(NR.epoll_wait, this.epoll, at + EVENTS_OFFSET, MAX_EVENTS, -1, 0, 0)
    const { shared } = tracer
    wait.copyTo(new Uint32Array(shared.bytes.buffer, POLLER_OFFSET, ENTRY_SIZE / 4), 0)
    this.again()
  }

  private again(): void {
    const { tracer } = this.tracing
    const base = tracer.areaBase
    tracer.start(this.pid, base + CODE_OFFSET, base + POLLER_OFFSET, 1)
  }

  /** Handles a stop or death of the poller; true if watchers were called. */
  stopped(status: number): boolean {
    const { tracer } = this.tracing
    try {
      if ((status & 0x7f) !== 0x7f) {
        this.start()
        return false
      }
      if (!tracer.finished(this.pid, status, tracer.areaBase + CODE_OFFSET)) {
        ptrace(PTRACE.CONT, this.pid, 0, 0)
        return false
      }
      const count = tracer.lastResult
      const called = this.deliver(count)
      this.again()
      return called
    } catch (error) {
      if (!(error instanceof StubDied)) throw error
      // Killed at this very moment; its exit is reported next.
      return false
    }
  }

  private deliver(count: number): boolean {
    let called = false
    for (let i = 0; i < count; i++) {
      const offset = EVENTS_OFFSET + i * EVENT_SIZE
      const events = this.view.getUint32(offset, true)
      const id = this.view.getUint32(offset + 4, true)
      if (id === TIMER) {
        this.armed = undefined
        continue
      }
      const notify = this.watchers.get(id)
      if (notify === undefined) continue
      notify(events & 0xffff)
      called = true
    }
    return called
  }

  /** Makes the poller stop at `deadlineNs` at the latest. */
  arm(deadlineNs: number, now: number): void {
    // A timer that fires too early costs one stop; setting it for each wait would cost more.
    const { armed } = this
    if (armed !== undefined && armed <= deadlineNs && armed > now) return
    timerfdSet(this.timer, deadlineNs)
    this.armed = deadlineNs
  }

  /** Calls `notify` from the wait loop at each readiness edge of `fd`. Throws EPERM for regular files. */
  watch(fd: number, notify: Notify): () => void {
    return this.add(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, notify)
  }

  /** The same when the far end of `fd` is gone, or it failed: what can be read from it wakes nobody. */
  watchHangup(fd: number, notify: Notify): () => void {
    return this.add(fd, EPOLLET, notify)
  }

  private add(fd: number, events: number, notify: Notify): () => void {
    const id = this.nextId++
    epollCtl(this.epoll, EPOLL_CTL_ADD, fd, events, id)
    this.watchers.set(id, notify)
    return () => {
      if (!this.watchers.delete(id)) return
      epollCtl(this.epoll, EPOLL_CTL_DEL, fd, 0, 0)
    }
  }

  shutdown(): void {
    kill(this.pid, 9)
  }
}
