// Figures of version 2 cgroups. (runsc)

import type { CgroupFiles } from './setting.ts'
import type { CpuStats, MemoryEntry, MemoryStats } from './stats-entry.ts'

export function cpuUsageV2(files: CgroupFiles): CpuStats {
  const stat = files.table('cpu.stat')
  const ns = (name: string) => (stat.get(name) ?? 0) * 1000
  return {
    usage: { total: ns('usage_usec'), kernel: ns('system_usec'), user: ns('user_usec') },
    throttling: {
      periods: stat.get('nr_periods') ?? 0,
      throttledPeriods: stat.get('nr_throttled') ?? 0,
      throttledTime: ns('throttled_usec'),
    },
  }
}

const NOTHING: MemoryEntry = { limit: 0, failcnt: 0 }
/** JSON has no infinity; runc prints the greatest 64-bit number, which a double only comes near. */
const NO_LIMIT = 2 ** 64 - 2048

export function memoryV2(files: CgroupFiles): MemoryStats {
  const raw = files.table('memory.stat')
  const memory = entry(files, 'memory', files.table('memory.events').get('max') ?? 0)
  const swap = entry(files, 'memory.swap', 0)
  return {
    cache: raw.get('file') ?? 0,
    usage: memory,
    // As with version 1, what runc counts as swap is memory and swap together.
    swap: {
      limit: Math.min(NO_LIMIT, memory.limit + swap.limit),
      usage: (memory.usage ?? 0) + (swap.usage ?? 0),
      failcnt: memory.failcnt,
    },
    kernel: NOTHING,
    kernelTCP: NOTHING,
    raw: Object.fromEntries(raw),
  }
}

function entry(files: CgroupFiles, name: string, failcnt: number): MemoryEntry {
  const peak = files.number(`${name}.peak`)
  const limit = files.number(`${name}.max`) ?? 0
  return {
    limit: Number.isFinite(limit) ? limit : NO_LIMIT,
    usage: files.number(`${name}.current`) ?? 0,
    ...(peak !== undefined && { max: peak }),
    failcnt,
  }
}
