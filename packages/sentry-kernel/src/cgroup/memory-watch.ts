// Holds a group to memory.max and memory.high. (cgroup)
// Linux mm/memcontrol.c: try_charge_memcg, mem_cgroup_handle_over_high.
//
// Guests touch their pages without the kernel: what they use is looked at while they run, the sooner the less is
// left. So a group may be over its limit for a moment, by what it can touch within that; a process that ends or
// gives it back in time is not seen. Files in memory are charged when they are written.

import type { Kernel } from '../kernel/kernel.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import type { Timer } from '../time/timer-queue.ts'
import type { MemoryAccount } from './memory-account.ts'
import { MemoryHigh } from './memory-high.ts'
import { killForMemory } from './out-of-memory.ts'
import type { Watch } from './watch.ts'

/** What one CPU may touch a nanosecond, bytes: zeroing huge pages comes near. */
const BYTES_PER_NS = 4
/** Looks are no closer together than this, nor further apart, ns. */
const SOONEST_NS = 1_000_000
const LATEST_NS = 100_000_000
/** Over memory.high, ns. */
const WORSE_NS = 2_000_000
/** They take a tenth of the time at most. */
const TIMES_SPENT = 10
/** How long a process that was killed may take, ns: a tracer can hold it back. */
const PATIENCE_NS = 100_000_000

export class MemoryWatch implements Watch {
  readonly #kernel: Kernel
  readonly #account: MemoryAccount
  #timer: Timer | undefined
  readonly #high = new MemoryHigh()
  #nextNs = SOONEST_NS
  /** Private bytes at the last look. */
  #anonymous = 0
  #killed: ThreadGroup | undefined
  #killedNs = 0

  constructor(kernel: Kernel, account: MemoryAccount) {
    this.#kernel = kernel
    this.#account = account
  }

  noteRun(): void {
    if (this.#timer !== undefined) return
    const { clock, timers } = this.#kernel
    this.#timer = timers.add(clock.monotonicNs() + this.#nextNs, () => this.#fire())
  }

  end(): void {
    if (this.#timer !== undefined) this.#kernel.timers.cancel(this.#timer)
    this.#timer = undefined
  }

  /** Whether what was charged may stay. */
  admits(): boolean {
    const { max, charged } = this.#account
    return charged + this.#anonymous <= max || this.look()
  }

  #fire(): void {
    this.#timer = undefined
    this.look()
    if (!this.#account.group.still) this.noteRun()
  }

  /** Does what is due. False if there is too much and nobody can be killed for it. */
  look(): boolean {
    const { clock } = this.#kernel
    const account = this.#account
    const { max, high } = account
    const startNs = clock.monotonicNs()
    let use = account.use('whole')
    if (use.total > Math.min(max, high)) use = account.use('share')
    const { total } = use
    account.peak = Math.max(account.peak, total)
    this.#anonymous = use.anonymous
    if (total > high) {
      account.note('high')
      this.#high.slow(this.#kernel, account, total)
    }
    const held = total <= max || this.#kill(startNs)
    const nowNs = clock.monotonicNs()
    const soonest = Math.max(SOONEST_NS, (nowNs - startNs) * TIMES_SPENT)
    const latest = held ? Math.min(this.#until(max - total), this.#until(high - total)) : LATEST_NS
    this.#nextNs = Math.max(soonest, latest)
    return held
  }

  /** How soon tasks can have `left` bytes more; over memory.high it can only get worse. */
  #until(left: number): number {
    if (left < 0) return WORSE_NS
    return Math.min(LATEST_NS, left / BYTES_PER_NS / this.#kernel.cpus)
  }

  #kill(nowNs: number): boolean {
    const isDying = this.#killed?.ended === false && nowNs < this.#killedNs + PATIENCE_NS
    if (isDying) return true
    this.#account.note('max')
    this.#account.note('oom')
    this.#killed = killForMemory(this.#kernel, this.#account)
    this.#killedNs = nowNs
    return this.#killed !== undefined
  }
}
