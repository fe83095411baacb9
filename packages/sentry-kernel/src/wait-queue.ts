// Wait queues: who wants to know when something becomes ready. (kernel core)

/** Something that waits. `wake` must not run guest-visible work at once; it marks or schedules. */
export interface Waiter {
  /** Events of interest, as POLL* bits. */
  readonly mask: number
  wake(events: number): void
}

/** All POLL* bits: wakes every waiter, whatever its mask. */
export const ANY_EVENT = 0xffff_ffff | 0

/**
 * Waiters in arrival order. Kernel objects notify it when their readiness may have changed; waiters
 * look again. There are no lost wake-ups: nothing else runs between a check and the registration.
 */
export class WaitQueue {
  /** Made by the first waiter: every open file has a queue, few are ever waited for. */
  #waiters: Set<Waiter> | undefined

  add(waiter: Waiter): void {
    this.#waiters ??= new Set()
    this.#waiters.add(waiter)
  }
  remove(waiter: Waiter): void {
    this.#waiters?.delete(waiter)
  }
  get empty(): boolean {
    return this.#waiters === undefined || this.#waiters.size === 0
  }
  /** Wakes every waiter whose mask meets `events`. */
  notify(events: number = ANY_EVENT): void {
    if (this.#waiters === undefined || this.#waiters.size === 0) return
    if (this.#waiters.size === 1) {
      for (const waiter of this.#waiters) {
        if (waiter.mask & events) waiter.wake(events)
        return
      }
    }
    for (const waiter of [...this.#waiters]) if (waiter.mask & events) waiter.wake(events)
  }
}
