// Signals that were sent and not taken yet. (signal)

import { SIGRTMIN } from '@tsvisor/abi'
import { SYNCHRONOUS } from './signal-actions.ts'
import type { SignalInfo } from './signal-info.ts'
import { lowestSignal, SignalSet } from './signal-set.ts'

/** Signals pending for one task or for a whole process. Standard ones once, real-time ones queued. */
export class PendingSignals {
  readonly set = new SignalSet()
  #queue: SignalInfo[] = []

  /** Queued entries, for RLIMIT_SIGPENDING. */
  get length(): number {
    return this.#queue.length
  }
  /** Those with details, in the order in which they came. */
  get entries(): readonly SignalInfo[] {
    return this.#queue
  }
  /** Queues it. False: a standard signal that is pending already. */
  add(info: SignalInfo): boolean {
    if (info.signo < SIGRTMIN && this.set.has(info.signo)) return false
    this.set.add(info.signo)
    this.#queue.push(info)
    return true
  }
  /** Marks it pending without details (queue limit reached). */
  mark(signo: number): void {
    this.set.add(signo)
  }
  /** Takes the first signal that is outside `blocked`: synchronous ones first, then by number. */
  takeOutside(blocked: SignalSet): SignalInfo | undefined {
    const low = this.set.low & ~blocked.low
    const high = this.set.high & ~blocked.high
    if ((low | high) === 0) return undefined
    const urgent = low & SYNCHRONOUS.low
    return this.take(urgent !== 0 ? lowestSignal(urgent, 0) : lowestSignal(low, high))
  }
  /** Takes the first signal of `wanted`. */
  takeFrom(wanted: SignalSet): SignalInfo | undefined {
    const signo = lowestSignal(this.set.low & wanted.low, this.set.high & wanted.high)
    return signo === 0 ? undefined : this.take(signo)
  }
  take(signo: number): SignalInfo {
    const index = this.#queue.findIndex(info => info.signo === signo)
    if (index < 0) {
      this.set.remove(signo)
      return { signo, code: 0, pid: 0, uid: 0 }
    }
    const [info] = this.#queue.splice(index, 1)
    if (!this.#queue.some(other => other.signo === signo)) this.set.remove(signo)
    return info!
  }
  /** Drops every pending signal of `signals`. */
  flush(signals: SignalSet): void {
    if (!this.set.intersects(signals)) return
    this.set.removeAll(signals)
    this.#queue = this.#queue.filter(info => !signals.has(info.signo))
  }
  /** Replaces the queued entry of a timer that fires again before its signal is taken; false if none. */
  update(matches: (info: SignalInfo) => boolean, info: SignalInfo): boolean {
    const index = this.#queue.findIndex(matches)
    if (index < 0) return false
    this.#queue[index] = info
    return true
  }
  remove(matches: (info: SignalInfo) => boolean): void {
    for (const info of this.#queue.filter(matches)) {
      this.#queue.splice(this.#queue.indexOf(info), 1)
      if (!this.#queue.some(other => other.signo === info.signo)) this.set.remove(info.signo)
    }
  }
}
