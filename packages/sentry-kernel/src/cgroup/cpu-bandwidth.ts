// Holds a group to cpu.max: who has used up the quota of a period goes on in the next. (cgroup)
// Linux kernel/sched/fair.c: do_sched_cfs_period_timer, throttle_cfs_rq; Documentation/scheduler/sched-bwc.rst.
//
// The host tells what tasks have used when it is asked: when the quota may be used up, and at the end of a period. What
// was too much is owed in the periods to come. Work of this kernel for the tasks does not count.

import type { Kernel } from '../kernel/kernel.ts'
import type { Timer } from '../time/timer-queue.ts'
import type { Cgroup } from './cgroup.ts'
import type { Watch } from './watch.ts'

const US = 1000
const DEFAULT_PERIOD_US = 100_000
/** Looks are no closer together than this, ns. */
const SOONEST_NS = 1_000_000

/** Linux's cfs_bandwidth. */
export class CpuBandwidth implements Watch {
  /** Infinity: no limit. */
  quotaUs = Number.POSITIVE_INFINITY
  periodUs = DEFAULT_PERIOD_US
  /** cpu.stat's nr_periods and nr_throttled. */
  periods = 0
  throttledPeriods = 0
  readonly #group: Cgroup
  #kernel: Kernel | undefined
  #timer: Timer | undefined
  #startNs = 0
  /** What may still be used in this period; below 0 what is owed. */
  #leftNs = 0
  /** What had been used at the last look, and in this period up to it. */
  #seenNs = 0
  #ranNs = 0
  #throttledNs = 0
  #throttledSince: number | undefined

  constructor(group: Cgroup) {
    this.#group = group
  }

  /** cpu.max is written. */
  limit(kernel: Kernel, quotaUs: number, periodUs: number): void {
    this.reset()
    this.#kernel = kernel
    this.quotaUs = quotaUs
    this.periodUs = periodUs
    if (quotaUs === Number.POSITIVE_INFINITY) return
    this.#startNs = kernel.clock.monotonicNs()
    this.#leftNs = quotaUs * US
    this.#seenNs = this.#group.cpuNs()
    this.#group.setWatch('cpu', this)
    this.noteRun()
  }

  /** No limit any more. */
  reset(): void {
    if (this.#timer !== undefined) this.#kernel?.timers.cancel(this.#timer)
    this.#timer = undefined
    this.#unthrottle()
    this.quotaUs = Number.POSITIVE_INFINITY
    this.periodUs = DEFAULT_PERIOD_US
    this.#group.setWatch('cpu', undefined)
  }

  /** How long its tasks were kept from running, µs. */
  get throttledUs(): number {
    const since = this.#throttledSince
    const now = since === undefined ? 0 : this.#kernel!.clock.monotonicNs() - since
    return Math.floor((this.#throttledNs + now) / US)
  }

  noteRun(): void {
    if (this.#timer !== undefined) return
    const kernel = this.#kernel!
    const nowNs = kernel.clock.monotonicNs()
    const passed = this.#passed(nowNs)
    // The first period after some without a task begins with it.
    if (passed > 0) this.#startNs = nowNs
    this.#refill(passed)
    this.#arm(kernel, nowNs)
  }

  #passed(nowNs: number): number {
    return Math.floor((nowNs - this.#startNs) / (this.periodUs * US))
  }

  #refill(periods: number): void {
    const quotaNs = this.quotaUs * US
    this.#leftNs = Math.min(quotaNs, this.#leftNs + periods * quotaNs)
  }

  #arm(kernel: Kernel, nowNs: number): void {
    let atNs = this.#startNs + this.periodUs * US
    if (this.#throttledSince === undefined) {
      const running = Math.min(kernel.cpus, Math.max(1, this.#group.running))
      atNs = Math.min(atNs, nowNs + Math.max(SOONEST_NS, this.#leftNs / running))
    }
    this.#timer = kernel.timers.add(atNs, () => this.#look(kernel))
  }

  #look(kernel: Kernel): void {
    this.#timer = undefined
    const nowNs = kernel.clock.monotonicNs()
    const usedNs = this.#group.cpuNs()
    this.#leftNs -= usedNs - this.#seenNs
    this.#ranNs += usedNs - this.#seenNs
    this.#seenNs = usedNs
    const passed = this.#passed(nowNs)
    if (passed > 0) {
      this.periods += passed
      this.#startNs += passed * this.periodUs * US
      const isThrottled = this.#throttledSince !== undefined
      if (isThrottled) this.throttledPeriods += passed
      else if (this.#ranNs === 0 && this.#group.still) return
      this.#ranNs = 0
      this.#refill(passed)
      if (this.#leftNs > 0) this.#unthrottle()
    }
    if (this.#leftNs <= 0 && this.#throttledSince === undefined) {
      this.#throttledSince = nowNs
      this.#group.throttle()
    }
    this.#arm(kernel, nowNs)
  }

  #unthrottle(): void {
    if (this.#throttledSince === undefined) return
    this.#throttledNs += this.#kernel!.clock.monotonicNs() - this.#throttledSince
    this.#throttledSince = undefined
    this.#group.unthrottle()
  }
}
