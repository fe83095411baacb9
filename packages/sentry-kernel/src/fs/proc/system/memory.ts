// /proc/meminfo and /proc/vmstat: the guest's memory as far as it is counted. (fs/proc)
// Linux fs/proc/meminfo.c: meminfo_proc_show.

import type { Kernel } from '../../../kernel/kernel.ts'
import type { MemoryManager } from '../../../mm/memory-manager.ts'
import { PAGE_SIZE } from '../../../platform/platform.ts'

/** Every live address space once. */
export function addressSpaces(kernel: Kernel): Set<MemoryManager> {
  const spaces = new Set<MemoryManager>()
  for (const task of kernel.rootPidNamespace.tasks()) if (task.state !== 'dead') spaces.add(task.mm)
  return spaces
}

/** Bytes that processes hold; what they share counts in each. */
export function residentBytes(kernel: Kernel): number {
  let total = 0
  for (const mm of addressSpaces(kernel)) total += mm.space.residentBytes()
  return Math.min(total, kernel.memoryBytes)
}

export function meminfo(kernel: Kernel): string {
  const kb = (bytes: number) => Math.floor(bytes / 1024)
  const total = kb(kernel.memoryBytes)
  const used = kb(residentBytes(kernel))
  let committed = 0
  let locked = 0
  for (const mm of addressSpaces(kernel)) {
    committed += kb(mm.usage.data + mm.usage.stack)
    locked += kb(mm.usage.locked)
  }
  const free = total - used
  const lines: readonly (readonly [string, number])[] = [
    ['MemTotal', total],
    ['MemFree', free],
    ['MemAvailable', free],
    ['Buffers', 0],
    ['Cached', 0],
    ['SwapCached', 0],
    ['Active', used],
    ['Inactive', 0],
    ['Active(anon)', used],
    ['Inactive(anon)', 0],
    ['Active(file)', 0],
    ['Inactive(file)', 0],
    ['Unevictable', locked],
    ['Mlocked', locked],
    ['SwapTotal', 0],
    ['SwapFree', 0],
    ['Dirty', 0],
    ['Writeback', 0],
    ['AnonPages', used],
    ['Mapped', used],
    ['Shmem', 0],
    ['KReclaimable', 0],
    ['Slab', 0],
    ['SReclaimable', 0],
    ['SUnreclaim', 0],
    ['KernelStack', 0],
    ['PageTables', 0],
    ['NFS_Unstable', 0],
    ['Bounce', 0],
    ['WritebackTmp', 0],
    ['CommitLimit', Math.floor(total / 2)],
    ['Committed_AS', committed],
    ['VmallocTotal', 34_359_738_367],
    ['VmallocUsed', 0],
    ['VmallocChunk', 0],
    ['Percpu', 0],
    ['AnonHugePages', 0],
    ['ShmemHugePages', 0],
    ['ShmemPmdMapped', 0],
    ['FileHugePages', 0],
    ['FilePmdMapped', 0],
  ]
  let text = ''
  for (const [name, value] of lines)
    text += `${`${name}:`.padEnd(16)}${String(value).padStart(8)} kB\n`
  for (const name of ['Total', 'Free', 'Rsvd', 'Surp'])
    text += `${`HugePages_${name}:`.padEnd(16)}${'0'.padStart(8)}\n`
  return `${text}Hugepagesize:       2048 kB\nHugetlb:               0 kB\n`
}

export function vmstat(kernel: Kernel): string {
  const used = Math.floor(residentBytes(kernel) / PAGE_SIZE)
  const values: Readonly<Record<string, number>> = {
    nr_free_pages: Math.floor(kernel.memoryBytes / PAGE_SIZE) - used,
    nr_inactive_anon: 0,
    nr_active_anon: used,
    nr_inactive_file: 0,
    nr_active_file: 0,
    nr_anon_pages: used,
    nr_mapped: used,
    nr_file_pages: 0,
    nr_dirty: 0,
    nr_writeback: 0,
    pgpgin: 0,
    pgpgout: 0,
    pswpin: 0,
    pswpout: 0,
    pgfault: 0,
    pgmajfault: 0,
  }
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')
}
