// What the tasks of a group use: the numbers behind the controllers' files. (fs/cgroup)

import type { Cgroup } from '../../cgroup/cgroup.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { residentBytes } from '../proc/system/memory.ts'

/** CPU time, ns. In the root of live processes and those that were waited for; else what was used in it and below. */
export function cpuNs(kernel: Kernel, group: Cgroup): number {
  if (group.parent !== undefined) return group.cpuNs()
  let total = 0
  for (const each of kernel.rootPidNamespace.groups()) total += each.cpuNs() + each.waited.cpuNs
  return total
}

/** Resident bytes; what processes share counts in each. */
export function memoryBytes(kernel: Kernel, group: Cgroup): number {
  if (group.parent === undefined) return residentBytes(kernel)
  let total = 0
  for (const mm of new Set([...group.tasksBelow()].map(task => task.mm)))
    total += mm.space.residentBytes()
  return total
}
