// Signals that file operations send to the calling task. (vfs)

import { kernelSignal, sendSignal } from '../signal/send.ts'
import type { Task } from '../task/task.ts'

/** Sends a signal to the calling task, as from the kernel. */
export function raise(task: Task, signo: number): void {
  sendSignal(task, kernelSignal(signo))
}
