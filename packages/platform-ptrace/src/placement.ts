// Which CPU runs what: a stop costs a fifth when tracer and guest share one. (platform-ptrace)

import { addressOf, cpusIn, currentCpu, getAffinity, setAffinityRaw } from '@tsvisor/host'

/** The masks of a sandbox. All stubs inherit the mask of the thread that clones the master. */
export class Placement {
  /** How many CPUs this process may use. */
  readonly cpus: number
  private readonly everywhere: Uint8Array
  private readonly home: Uint8Array

  constructor() {
    this.everywhere = getAffinity(0)
    const allowed = cpusIn(this.everywhere)
    this.cpus = allowed.length
    const cpu = currentCpu()
    const chosen = allowed.includes(cpu) ? cpu : allowed[0]!
    this.home = new Uint8Array(this.everywhere.length)
    this.home[chosen >> 3] = 1 << (chosen & 7)
    this.pin(0)
  }

  /** Puts a thread (0: the caller) on the home CPU. */
  pin(tid: number): void {
    setAffinityRaw(tid, this.home.length, addressOf(this.home))
  }

  /** Lets a thread run anywhere. */
  free(tid: number): void {
    setAffinityRaw(tid, this.everywhere.length, addressOf(this.everywhere))
  }
}
