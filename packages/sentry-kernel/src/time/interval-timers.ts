// setitimer's three timers of a process. (time)
// Linux kernel/time/itimer.c.

import { ITIMER_PROF, ITIMER_REAL, SIGALRM, SIGPROF, SIGVTALRM } from '@tsvisor/abi'
import { kernelSignal, sendSignal } from '../signal/send.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import type { Timer } from './timer-queue.ts'

const SIGNALS = [SIGALRM, SIGVTALRM, SIGPROF] as const
/** CPU clocks are looked at no more often than this. */
const CPU_POLL_NS = 1_000_000

interface Armed {
  /** On the timer's own clock, ns. */
  expiresNs: number
  intervalNs: number
  timer: Timer | undefined
}

/** Time left and interval, ns; both 0 when disarmed. */
export interface IntervalState {
  readonly valueNs: number
  readonly intervalNs: number
}

/** ITIMER_REAL runs on the monotonic clock, VIRTUAL and PROF on the process's CPU time. */
export class IntervalTimers {
  readonly #group: ThreadGroup
  readonly #armed: (Armed | undefined)[] = []

  constructor(group: ThreadGroup) {
    this.#group = group
  }

  get(which: number): IntervalState {
    const armed = this.#armed[which]
    if (!armed) return { valueNs: 0, intervalNs: 0 }
    // An armed timer never shows zero.
    const left = Math.max(1000, armed.expiresNs - this.#now(which))
    return { valueNs: left, intervalNs: armed.intervalNs }
  }
  set(which: number, valueNs: number, intervalNs: number): IntervalState {
    const old = this.get(which)
    this.#disarm(which)
    if (valueNs > 0) {
      const armed: Armed = { expiresNs: this.#now(which) + valueNs, intervalNs, timer: undefined }
      this.#armed[which] = armed
      this.#schedule(which, armed)
    }
    return old
  }
  cancel(): void {
    for (const which of [0, 1, ITIMER_PROF]) this.#disarm(which)
  }

  #disarm(which: number): void {
    const timer = this.#armed[which]?.timer
    if (timer) this.#group.leader.kernel.timers.cancel(timer)
    this.#armed[which] = undefined
  }
  #now(which: number): number {
    const { kernel } = this.#group.leader
    return which === ITIMER_REAL ? kernel.clock.monotonicNs() : this.#group.cpuNs()
  }
  #schedule(which: number, armed: Armed): void {
    const { kernel } = this.#group.leader
    const left = armed.expiresNs - this.#now(which)
    const wait = which === ITIMER_REAL ? left : Math.max(CPU_POLL_NS, left / kernel.cpus)
    armed.timer = kernel.timers.add(kernel.clock.monotonicNs() + wait, () =>
      this.#due(which, armed),
    )
  }
  #due(which: number, armed: Armed): void {
    if (this.#armed[which] !== armed) return
    const now = this.#now(which)
    if (now >= armed.expiresNs) {
      if (armed.intervalNs > 0) {
        const missed = Math.floor((now - armed.expiresNs) / armed.intervalNs)
        armed.expiresNs += (missed + 1) * armed.intervalNs
      } else this.#armed[which] = undefined
      sendSignal(this.#group, kernelSignal(SIGNALS[which]!))
    }
    if (this.#armed[which] === armed) this.#schedule(which, armed)
  }
}
