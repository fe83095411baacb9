// The kernel: one object, one thread, one loop. (kernel core)

import type { Clock, Random } from '../platform/host.ts'
import type { Platform } from '../platform/platform.ts'
import type { Task } from '../task/task.ts'
import { TimerQueue } from '../time/timer-queue.ts'
import type { Blocking, WakeReason } from './blocking.ts'

export interface KernelOptions {
  readonly platform: Platform
  readonly clock: Clock
  readonly random: Random
}

/** A whole Linux kernel. Filled in by the task subsystem. */
export class Kernel {
  readonly platform: Platform
  readonly clock: Clock
  readonly random: Random
  readonly timers = new TimerQueue()
  #ready: { task: Task; blocking: Blocking; why: WakeReason }[] = []

  constructor(options: KernelOptions) {
    this.platform = options.platform
    this.clock = options.clock
    this.random = options.random
  }

  /** Queues a task whose sleep ended; the loop resumes its generator. */
  ready(task: Task, blocking: Blocking, why: WakeReason): void {
    this.#ready.push({ task, blocking, why })
  }
}
