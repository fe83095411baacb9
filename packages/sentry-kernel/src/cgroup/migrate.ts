// Moving tasks from one control group to another. (cgroup)
// Linux kernel/cgroup/cgroup.c: __cgroup_procs_write, cgroup_attach_permissions; cgroup-v1.c.

import { CAP_SYS_NICE, EACCES, EBADF, EBUSY, EINVAL, EOPNOTSUPP, ESRCH } from '@tsvisor/abi'
import { hasCapability } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import type { Inode } from '../vfs/inode.ts'
import { MAY_WRITE, permits } from '../vfs/permission.ts'
import type { Cgroup } from './cgroup.ts'
import type { CgroupSet } from './cgroup-set.ts'
import { thawTask } from './thaw-task.ts'

/** What a number in cgroup.procs or cgroup.threads (v1: tasks) brings along. */
export type Extent = 'process' | 'thread'

/** Moves what `text` names, for `task`. Errors: EINVAL, ESRCH, EACCES, EBUSY, EOPNOTSUPP. */
export function migrateByText(task: Task, to: Cgroup, text: string, extent: Extent): void {
  const match = /^\s*(\d{1,10})\s*$/.exec(text)
  if (match === null) throw EINVAL
  const number = Number(match[1])
  // 0 is the writer itself.
  const found = number === 0 ? task : task.pidNamespace.task(number)
  if (found === undefined || found.state === 'dead') throw ESRCH
  // The processes of another container are in other groups altogether.
  if (found.cgroups.groups !== to.hierarchy.groups) throw EACCES
  if (to.hierarchy.version === 1) checkOwner(task, found)
  const tasks = extent === 'process' ? [...found.group.tasks] : [found]
  const from = found.cgroups.in(to.hierarchy)
  if (to.hierarchy.version === 2 && from !== to) checkAttach(task, from, to, extent)
  for (const each of tasks) migrate(each, to)
}

/** The set of a child that `task` makes in a group of version 2. Errors: EBADF, EACCES, EBUSY, EOPNOTSUPP. */
export function setForChild(task: Task, to: Cgroup, extent: Extent): CgroupSet {
  const { cgroups } = task
  if (to.hierarchy.version !== 2) throw EBADF
  if (cgroups.groups !== to.hierarchy.groups || !mayWrite(task, to)) throw EACCES
  checkAttach(task, cgroups.in(to.hierarchy), to, extent)
  return cgroups.with(to)
}

function checkAttach(task: Task, from: Cgroup, to: Cgroup, extent: Extent): void {
  checkAncestor(task, from, to)
  // Threads of one process are in one group of version 2: no group is "threaded".
  if (extent === 'thread' && from !== to) throw EOPNOTSUPP
  checkMembers(to)
}

/** Whatever it is; it must not be dead. */
export function migrate(task: Task, to: Cgroup): void {
  const set = task.cgroups.with(to)
  if (set === task.cgroups) return
  const { holds } = task.cgroups
  const used = task.cpuNs()
  task.cgroups.remove(task, used)
  task.cgroups = set
  set.add(task, used)
  if (set.holds) task.alert('hold')
  else if (holds) thawTask(task)
}

/** Groups with controllers for their children have no members. Errors: EBUSY. */
export function checkMembers(group: Cgroup): void {
  if (group.hierarchy.version === 2 && group.delegated.size > 0) throw EBUSY
}

/** A task is handed over by who could take it from both sides. Errors: EACCES. */
function checkAncestor(task: Task, from: Cgroup, to: Cgroup): void {
  let ancestor = from
  while (ancestor.parent !== undefined && !to.isWithin(ancestor)) ancestor = ancestor.parent
  if (!mayWrite(task, ancestor)) throw EACCES
}

function mayWrite(task: Task, group: Cgroup): boolean {
  const procs = directoryOf(group)?.lookup('cgroup.procs')
  return procs !== undefined && permits(task.creds, procs, MAY_WRITE)
}

/** Undefined before the first mount. */
function directoryOf({ hierarchy, path }: Cgroup): Inode | undefined {
  let inode = hierarchy.fs?.root
  for (const name of path.split('/')) if (name !== '') inode = inode?.lookup(name)
  return inode
}

function checkOwner(task: Task, target: Task): void {
  const { euid } = task.creds
  if (euid === 0 || hasCapability(task.creds, CAP_SYS_NICE)) return
  if (euid !== target.creds.uid && euid !== target.creds.suid) throw EACCES
}
