// Which processes and threads a control group has, and how others join. (fs/cgroup)
// Linux kernel/cgroup/cgroup.c: cgroup_procs_show, cgroup_procs_write.

import type { Cgroup } from '../../cgroup/cgroup.ts'
import { migrateByText } from '../../cgroup/migrate.ts'
import type { Pid } from '../../task/pid-namespace.ts'
import type { Task } from '../../task/task.ts'
import { type FileNode, knob } from '../kernfs/node.ts'

/** A number a line, in order. Who is not visible to the reader is 0, as in Linux. */
function numbers(reader: Task, pids: Iterable<Pid>): string {
  const list = [...pids].map(pid => pid.in(reader.pidNamespace)).sort((a, b) => a - b)
  return list.map(number => `${number}\n`).join('')
}

/** cgroup.procs: process ids, one a line. */
export const processes = (group: Cgroup): FileNode =>
  knob(
    reader =>
      numbers(
        reader,
        [...group.processes()].map(({ leader }) => leader.pid),
      ),
    (task, text) => migrateByText(task, group, text, 'process'),
  )

/** cgroup.threads and v1's tasks: thread ids. */
export const threads = (group: Cgroup): FileNode =>
  knob(
    reader =>
      numbers(
        reader,
        [...group.tasks()].map(({ pid }) => pid),
      ),
    (task, text) => migrateByText(task, group, text, 'thread'),
  )
