// A process: the tasks that share a PID. (task)

import type { Task } from './task.ts'

/** Linux's signal_struct, gVisor's ThreadGroup. Filled in by the task subsystem. */
export class ThreadGroup {
  readonly pid: number
  readonly tasks = new Set<Task>()
  constructor(pid: number) {
    this.pid = pid
  }
}
