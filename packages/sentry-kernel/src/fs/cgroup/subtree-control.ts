// Which controllers the children of a group get. (fs/cgroup)
// Linux kernel/cgroup/cgroup.c: cgroup_subtree_control_write.

import { EBUSY, EINVAL, ENOENT } from '@tsvisor/abi'
import type { Cgroup } from '../../cgroup/cgroup.ts'

/** "+pids -memory". All or nothing. Errors: EINVAL, ENOENT (not here), EBUSY (in use). */
export function delegate(group: Cgroup, text: string): void {
  const wanted = new Set(group.delegated)
  for (const word of text.trim().split(/\s+/)) {
    if (word === '') continue
    const name = word.slice(1)
    if (!/^[+-]/.test(word) || !KNOWN.has(name)) throw EINVAL
    if (word.startsWith('-')) wanted.delete(name)
    else if (group.controllers.includes(name)) wanted.add(name)
    else throw ENOENT
  }
  for (const child of group.children.values())
    for (const name of child.delegated) if (!wanted.has(name)) throw EBUSY
  // A group with members of its own gives its children nothing.
  if (wanted.size > 0 && group.processes().size > 0) {
    const isMore = [...wanted].some(name => !group.delegated.has(name))
    if (isMore) throw EBUSY
  }
  if (!wanted.has('pids'))
    for (const child of group.children.values()) child.maxTasks = Number.POSITIVE_INFINITY
  if (!wanted.has('cpu')) for (const child of group.children.values()) child.cpu.reset()
  if (!wanted.has('memory')) for (const child of group.children.values()) child.memory.reset()
  group.delegated.clear()
  for (const name of wanted) group.delegated.add(name)
}

/** Those that no group has are not there, as on a machine where version 1 has them. */
const KNOWN = new Set(['cpu', 'cpuset', 'hugetlb', 'io', 'memory', 'perf_event', 'pids'])
