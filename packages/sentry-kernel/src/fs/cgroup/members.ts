// Which processes and threads a control group has: all of them. (fs/cgroup)
// Linux kernel/cgroup/cgroup.c: cgroup_procs_show, cgroup_procs_write.

import { EINVAL, ESRCH } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { type FileNode, knob } from '../kernfs/node.ts'

/** The pid that was written, which must exist; it is in this group already. Errors: EINVAL, ESRCH. */
function join(task: Task, text: string): void {
  const match = /^\s*(\d{1,10})\s*$/.exec(text)
  if (match === null) throw EINVAL
  const number = Number(match[1])
  // 0 is the writer itself.
  if (number !== 0 && task.pidNamespace.task(number) === undefined) throw ESRCH
}

/** cgroup.procs: process ids, one a line. */
export const processes = (): FileNode =>
  knob(({ pidNamespace }) => {
    let text = ''
    for (const group of pidNamespace.groups())
      if (!group.ended) text += `${group.leader.pid.in(pidNamespace)}\n`
    return text
  }, join)

/** cgroup.threads and v1's tasks: thread ids. */
export const threads = (): FileNode =>
  knob(({ pidNamespace }) => {
    let text = ''
    for (const task of pidNamespace.tasks())
      if (task.state !== 'dead') text += `${task.pid.in(pidNamespace)}\n`
    return text
  }, join)
