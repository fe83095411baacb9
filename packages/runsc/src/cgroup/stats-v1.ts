// Figures of version 1 cgroups. (runsc)

import type { CgroupFiles } from './setting.ts'
import type { CpuStats, MemoryEntry, MemoryStats } from './stats-entry.ts'

/** Linux prints cpuacct.stat in ticks of a hundredth of a second. */
const NS_PER_TICK = 10_000_000

export function cpuUsageV1(cpuacct: CgroupFiles, cpu: CgroupFiles): CpuStats {
  const ticks = cpuacct.table('cpuacct.stat')
  const percpu = (cpuacct.read('cpuacct.usage_percpu') ?? '').trim().split(' ').filter(Boolean)
  const throttling = cpu.table('cpu.stat')
  return {
    usage: {
      total: cpuacct.number('cpuacct.usage') ?? 0,
      ...(percpu.length > 0 && { percpu: percpu.map(Number) }),
      kernel: (ticks.get('system') ?? 0) * NS_PER_TICK,
      user: (ticks.get('user') ?? 0) * NS_PER_TICK,
    },
    throttling: {
      periods: throttling.get('nr_periods') ?? 0,
      throttledPeriods: throttling.get('nr_throttled') ?? 0,
      throttledTime: throttling.get('throttled_time') ?? 0,
    },
  }
}

export function memoryV1(files: CgroupFiles): MemoryStats {
  const raw = files.table('memory.stat')
  const entry = (name: string): MemoryEntry => ({
    limit: files.number(`${name}.limit_in_bytes`) ?? 0,
    usage: files.number(`${name}.usage_in_bytes`) ?? 0,
    max: files.number(`${name}.max_usage_in_bytes`) ?? 0,
    failcnt: files.number(`${name}.failcnt`) ?? 0,
  })
  return {
    cache: raw.get('cache') ?? 0,
    usage: entry('memory'),
    swap: entry('memory.memsw'),
    kernel: entry('memory.kmem'),
    kernelTCP: entry('memory.kmem.tcp'),
    raw: Object.fromEntries(raw),
  }
}
