// The in-process platform: guests are JavaScript generators, time is virtual. (testing)

import type { Addr } from '@tsvisor/abi'
import type { AddressSpace, MemoryFile, Platform, PlatformEvent } from '../platform/platform.ts'
import { ByteFile } from './byte-file.ts'
import { ByteSpace } from './byte-space.ts'
import type { GuestFunction } from './guest.ts'
import type { GuestThread } from './guest-thread.ts'
import { SeededRandom } from './seeded-random.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** Where guest functions get their addresses. */
const CODE_START = 0x7e80_0000_0000
const CODE_STEP = 16

/** Nobody can run, no timer is set: the guests wait for each other, or for nothing. */
export class Deadlock extends Error {
  override readonly name = 'Deadlock'
}

export interface InProcessOptions {
  readonly clock: VirtualClock
  /** Virtual time that a piece of guest code takes up to its next system call, ns. Default 1000. */
  readonly stepNs?: number
  /**
   * Picks which runnable thread goes next, and whether an interrupt comes before what the thread does, to
   * explore interleavings. Default: first come, first served, interrupts first.
   */
  readonly scheduleSeed?: number
}

/** Runs one thread at a time, in a repeatable order. */
export class InProcessPlatform implements Platform {
  readonly name = 'in-process'
  readonly clock: VirtualClock
  readonly #stepNs: number
  readonly #random: SeededRandom | undefined
  readonly #runnable: GuestThread[] = []
  readonly #addresses = new Map<GuestFunction, number>()
  readonly #functions: GuestFunction[] = []
  #lastPc = 0

  constructor(options: InProcessOptions) {
    this.clock = options.clock
    this.#stepNs = options.stepNs ?? 1000
    this.#random =
      options.scheduleSeed === undefined ? undefined : new SeededRandom(options.scheduleSeed)
  }

  newAddressSpace(): AddressSpace {
    return new ByteSpace(this)
  }
  newMemoryFile(label: string): MemoryFile {
    return new ByteFile(label)
  }
  /** The address of a guest function: for handlers, clone and program entries. */
  codeAddress(code: GuestFunction): Addr {
    let at = this.#addresses.get(code)
    if (at === undefined) {
      at = CODE_START + this.#functions.push(code) * CODE_STEP
      this.#addresses.set(code, at)
    }
    return at as Addr
  }
  functionAt(at: number): GuestFunction | undefined {
    const index = (at - CODE_START) / CODE_STEP
    return Number.isInteger(index) ? this.#functions[index - 1] : undefined
  }
  /** A program counter of its own for a running piece of guest code. */
  newPc(): number {
    this.#lastPc += CODE_STEP
    return 0x7f00_0000_0008 + this.#lastPc
  }
  enqueue(thread: GuestThread): void {
    this.#runnable.push(thread)
  }
  dequeue(thread: GuestThread): void {
    const index = this.#runnable.indexOf(thread)
    if (index >= 0) this.#runnable.splice(index, 1)
  }

  wait(deadlineNs: number | undefined): PlatformEvent {
    for (;;) {
      if (deadlineNs !== undefined && this.clock.monotonicNs() >= deadlineNs)
        if (this.#runnable.length === 0 || deadlineNs > 0) return { kind: 'wakeup' }
      const thread = this.#next()
      if (!thread) {
        if (deadlineNs === undefined)
          throw new Deadlock('every guest sleeps and no timer is set: nothing can ever happen')
        this.clock.advanceTo(deadlineNs)
        return { kind: 'wakeup' }
      }
      if (thread.interrupted && this.#interruptIsFirst()) {
        thread.takeInterrupt()
        return { kind: 'interrupted', thread }
      }
      const ns = thread.sliceNs(this.#stepNs)
      this.clock.advance(ns)
      thread.cpuNs += ns
      const event = thread.run()
      if (event) return event
      this.#runnable.push(thread)
      if (deadlineNs === 0) return { kind: 'wakeup' }
    }
  }
  shutdown(): void {
    for (const thread of [...this.#runnable]) thread.release()
  }

  /** A thread that is told to stop may be quicker, and come with an event of its own. */
  #interruptIsFirst(): boolean {
    return this.#random === undefined || this.#random.next() % 2 === 0
  }

  #next(): GuestThread | undefined {
    if (!this.#random || this.#runnable.length < 2) return this.#runnable.shift()
    const index = this.#random.next() % this.#runnable.length
    return this.#runnable.splice(index, 1)[0]
  }
}
