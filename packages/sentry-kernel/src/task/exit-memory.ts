// What the exit of a task writes to its memory. (task)

import { leaveMemory } from '../mm/futex-exit.ts'
import type { Task } from './task.ts'

/** Robust locks, contended PI locks, CLONE_CHILD_CLEARTID (mm_release). */
export function exitMemory(task: Task): void {
  leaveMemory(task)
}
