// What the exit of a task writes to its memory. (task)

import type { Task } from './task.ts'

/** CLONE_CHILD_CLEARTID (mm_release): zeroes the thread id and wakes who joins on it. */
export function exitMemory(task: Task): void {
  const at = task.clearChildTid
  task.clearChildTid = 0 as typeof at
  if (at !== 0 && task.mm.shared) task.mm.space.write(at, new Uint8Array(4))
}
