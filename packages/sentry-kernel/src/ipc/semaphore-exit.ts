// SEM_UNDO at the end of a process. (ipc)

import type { Task } from '../task/task.ts'
import { ipcOf } from './ipc-namespace.ts'

/** Takes back what the process asked to be undone (exit_sem). Call for its last task. */
export function exitSemaphores(task: Task): void {
  for (const set of ipcOf(task.kernel).semaphores) set.takeBack(task.group)
}
