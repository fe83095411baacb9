// What all processes together use: the numbers behind the controllers' files. (fs/cgroup)

import type { Kernel } from '../../kernel/kernel.ts'

/** CPU time of live processes and of those that were waited for, ns. */
export function cpuNs(kernel: Kernel): number {
  let total = 0
  for (const group of kernel.rootPidNamespace.groups()) total += group.cpuNs() + group.waited.cpuNs
  return total
}

export function taskCount(kernel: Kernel): number {
  let count = 0
  for (const task of kernel.rootPidNamespace.tasks()) if (task.state !== 'dead') count++
  return count
}
