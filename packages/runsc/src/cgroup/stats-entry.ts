// What versions 1 and 2 of cgroups both tell of CPU time and memory. (runsc)

export interface MemoryEntry {
  readonly limit: number
  readonly usage?: number
  readonly max?: number
  readonly failcnt: number
}

export interface MemoryStats {
  readonly cache?: number
  readonly usage: MemoryEntry
  readonly swap: MemoryEntry
  readonly kernel: MemoryEntry
  readonly kernelTCP: MemoryEntry
  readonly raw: Readonly<Record<string, number>>
}

/** Nanoseconds. */
export interface CpuStats {
  readonly usage: {
    readonly total: number
    readonly percpu?: readonly number[]
    readonly kernel: number
    readonly user: number
  }
  readonly throttling: {
    readonly periods?: number
    readonly throttledPeriods?: number
    readonly throttledTime?: number
  }
}
