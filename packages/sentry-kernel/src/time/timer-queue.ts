// Kernel timers: a binary heap of deadlines. (time)

/** A scheduled callback. `cancelled` timers stay in the heap until they surface. */
export interface Timer {
  readonly deadlineNs: number
  readonly fire: () => void
  cancelled: boolean
}

/** Deadlines on the monotonic scale, earliest first. */
export class TimerQueue {
  readonly #heap: Timer[] = []

  add(deadlineNs: number, fire: () => void): Timer {
    const timer: Timer = { deadlineNs, fire, cancelled: false }
    const heap = this.#heap
    let i = heap.push(timer) - 1
    while (i > 0) {
      const up = (i - 1) >> 1
      if (heap[up]!.deadlineNs <= deadlineNs) break
      heap[i] = heap[up]!
      i = up
    }
    heap[i] = timer
    return timer
  }

  cancel(timer: Timer): void {
    timer.cancelled = true
  }

  /** The earliest live deadline, ns. */
  next(): number | undefined {
    while (this.#heap[0]?.cancelled) this.#pop()
    return this.#heap[0]?.deadlineNs
  }

  /** Fires everything due at `nowNs`. */
  expire(nowNs: number): void {
    for (;;) {
      const next = this.next()
      if (next === undefined || next > nowNs) return
      this.#pop().fire()
    }
  }

  #pop(): Timer {
    const heap = this.#heap
    const top = heap[0]!
    const last = heap.pop()!
    if (heap.length > 0) {
      let i = 0
      for (;;) {
        let child = 2 * i + 1
        if (child >= heap.length) break
        if (child + 1 < heap.length && heap[child + 1]!.deadlineNs < heap[child]!.deadlineNs)
          child++
        if (heap[child]!.deadlineNs >= last.deadlineNs) break
        heap[i] = heap[child]!
        i = child
      }
      heap[i] = last
    }
    return top
  }
}
