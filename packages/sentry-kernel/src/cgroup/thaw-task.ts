// A task that was held may go on. (cgroup)

import type { Task } from '../task/task.ts'

/** Lets a task go on, unless something else holds it. */
export function thawTask(task: Task): void {
  if (!task.delayed && !task.cgroups.holds && task.container?.holds(task) !== true) task.release()
}
