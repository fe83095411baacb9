// SEM_UNDO at the end of a process. (ipc)

import type { Task } from '../task/task.ts'
import { ipcNamespaces } from './ipc-namespace.ts'

/** Takes back what the process asked to be undone, wherever its threads are (exit_sem). Call for its last task. */
export function exitSemaphores(task: Task): void {
  for (const { semaphores } of ipcNamespaces(task.kernel).all)
    for (const set of semaphores) set.takeBack(task.group)
}
