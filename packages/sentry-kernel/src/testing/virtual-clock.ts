// A clock that moves only when told: runs are repeatable. (testing)

import type { Clock, Time } from '../platform/host.ts'

const SECOND = 1e9

export class VirtualClock implements Clock {
  #ns: number
  readonly #epochSec: number

  /** Monotonic time starts at `startNs`; real time at `epochSec` (default 2024-01-01). */
  constructor(startNs = SECOND, epochSec = 1_704_067_200) {
    this.#ns = startNs
    this.#epochSec = epochSec
  }
  monotonicNs(): number {
    return this.#ns
  }
  realtime(): Time {
    const sec = Math.floor(this.#ns / SECOND)
    return { sec: this.#epochSec + sec, nsec: this.#ns - sec * SECOND }
  }
  advance(ns: number): void {
    this.#ns += ns
  }
  advanceTo(ns: number): void {
    if (ns > this.#ns) this.#ns = Math.ceil(ns)
  }
}
