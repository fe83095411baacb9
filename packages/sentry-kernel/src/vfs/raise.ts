// Signals that file operations send to the calling task. (vfs)

import type { Task } from '../task/task.ts'

/** Sends a signal to the calling task, as the kernel. */
export function raise(_task: Task, _signo: number): void {}
