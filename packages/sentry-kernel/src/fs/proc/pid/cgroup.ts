// /proc/PID/cgroup: where a task is in each hierarchy, as the reader's cgroup namespace has it. (fs/proc)
// Linux kernel/cgroup/cgroup.c: proc_cgroup_show; cgroups(7).

import type { Hierarchy } from '../../../cgroup/hierarchy.ts'
import type { Task } from '../../../task/task.ts'

export function cgroup({ cgroups }: Task, { namespaces }: Task): string {
  const { hierarchies, unified, unifiedShown } = cgroups.groups
  const line = (each: Hierarchy) =>
    `${each.id}:${each.version === 1 ? each.controllers.join(',') : ''}:${namespaces.cgroup.shown(cgroups.in(each))}\n`
  // The latest first, version 2 last.
  const all = [...hierarchies.toReversed(), ...(unifiedShown ? [unified] : [])]
  return all.map(line).join('')
}
