// POSIX timers: timer_create and what it makes. (time)
// Linux kernel/time/posix-timers.c.

import { SI_TIMER, SIGEV_NONE, SIGEV_THREAD_ID } from '@tsvisor/abi'
import type { Time } from '../platform/host.ts'
import { sendSignal } from '../signal/send.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import { type GuestClock, nsUntil } from './clocks.ts'
import type { Timer } from './timer-queue.ts'

/** DELAYTIMER_MAX */
const OVERRUN_MAX = 0x7fff_ffff
const CPU_POLL_NS = 1_000_000

/** What happens when it expires. */
export interface TimerEvent {
  readonly notify: number
  readonly signo: number
  readonly value: bigint
  /** For SIGEV_THREAD_ID. */
  readonly thread: Task | undefined
}

export class PosixTimer {
  readonly id: number
  readonly clock: GuestClock
  readonly event: TimerEvent
  readonly #group: ThreadGroup
  #timer: Timer | undefined
  /** Expiry as ns left when last computed, and when that was, on the timer's clock. */
  #expiresNs: number | undefined
  #intervalNs = 0
  #queued = false
  #overrun = 0
  /** As timer_getoverrun shows it: of the last signal taken. */
  lastOverrun = 0

  constructor(id: number, group: ThreadGroup, clock: GuestClock, event: TimerEvent) {
    this.id = id
    this.#group = group
    this.clock = clock
    this.event = event
  }

  /** Time left and interval, ns. */
  get(): { valueNs: number; intervalNs: number } {
    if (this.#expiresNs === undefined) return { valueNs: 0, intervalNs: this.#intervalNs }
    this.#catchUp()
    const left = (this.#expiresNs ?? 0) - this.#now()
    const value = this.event.notify === SIGEV_NONE ? Math.max(0, left) : Math.max(1, left)
    return { valueNs: this.#expiresNs === undefined ? 0 : value, intervalNs: this.#intervalNs }
  }
  /** Arms it `valueNs` from now, or disarms it with undefined. */
  set(valueNs: number | undefined, intervalNs: number): void {
    this.cancel()
    this.#intervalNs = intervalNs
    this.#overrun = 0
    this.#queued = false
    if (valueNs === undefined) {
      this.#intervalNs = intervalNs
      return
    }
    this.#expiresNs = this.#now() + valueNs
    this.#schedule()
  }
  /** ns until an absolute time of its clock; never negative. */
  until(time: Time): number {
    return Math.max(0, nsUntil(this.clock, time))
  }
  cancel(): void {
    if (this.#timer) this.#group.leader.kernel.timers.cancel(this.#timer)
    this.#timer = undefined
    this.#expiresNs = undefined
  }
  /** Its queued signal was taken: the overruns counted so far become visible. */
  taken(): void {
    this.#queued = false
    this.lastOverrun = this.#overrun
    this.#overrun = 0
  }

  #now(): number {
    const { kernel } = this.#group.leader
    if (this.clock.kind === 'process-cpu') return this.clock.task.group.cpuNs()
    if (this.clock.kind === 'thread-cpu') return this.clock.task.cpuNs()
    return kernel.clock.monotonicNs()
  }
  get #onCpu(): boolean {
    return this.clock.kind === 'process-cpu' || this.clock.kind === 'thread-cpu'
  }
  #schedule(): void {
    const { kernel } = this.#group.leader
    if (this.#expiresNs === undefined || this.event.notify === SIGEV_NONE) return
    const left = this.#expiresNs - this.#now()
    const wait = this.#onCpu ? Math.max(CPU_POLL_NS, left / kernel.cpus) : left
    this.#timer = kernel.timers.add(kernel.clock.monotonicNs() + wait, () => this.#due())
  }
  #due(): void {
    this.#timer = undefined
    if (this.#expiresNs !== undefined && this.#now() >= this.#expiresNs) {
      const times = this.#catchUp()
      this.#fire(times)
    }
    this.#schedule()
  }
  /** Moves the expiry past now; returns how often it expired. */
  #catchUp(): number {
    const now = this.#now()
    if (this.#expiresNs === undefined || now < this.#expiresNs) return 0
    if (this.#intervalNs === 0) {
      this.#expiresNs = undefined
      return 1
    }
    const times = 1 + Math.floor((now - this.#expiresNs) / this.#intervalNs)
    this.#expiresNs += times * this.#intervalNs
    return times
  }
  #fire(times: number): void {
    const { event } = this
    const more = this.#queued ? times : times - 1
    this.#overrun = Math.min(OVERRUN_MAX, this.#overrun + more)
    const info = {
      signo: event.signo,
      code: SI_TIMER,
      timerid: this.id,
      overrun: this.#overrun,
      value: event.value,
    }
    const target = event.notify === SIGEV_THREAD_ID ? event.thread : this.#group
    if (!target) return
    if (this.#queued) {
      const queue =
        event.notify === SIGEV_THREAD_ID ? event.thread!.signals.pending : this.#group.pending
      if (queue.update(other => other.timerid === this.id, info)) return
    }
    this.#queued = sendSignal(target, info) === 'sent'
  }
}
