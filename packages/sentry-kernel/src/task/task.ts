// A task: one guest thread and what it owns or shares. (task)

import type { Blocking, Sleep, WakeReason } from '../kernel/blocking.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { MemoryManager } from '../mm/memory-manager.ts'
import type { Thread } from '../platform/platform.ts'
import type { Timer } from '../time/timer-queue.ts'
import type { FdTable } from '../vfs/fd-table.ts'
import type { MountNamespace } from '../vfs/mount-namespace.ts'
import type { Waiter } from '../wait-queue.ts'
import type { Credentials } from './credentials.ts'
import type { FsContext } from './fs-context.ts'
import type { ThreadGroup } from './thread-group.ts'

/**
 * `running`: guest code runs, or will at the next return to user mode. `sleeping`: inside a system
 * call's generator. `stopped`: job control or ptrace. `dead`: exited (the group may be a zombie).
 */
export type TaskState = 'running' | 'sleeping' | 'stopped' | 'dead'

/** Linux's task_struct, gVisor's kernel.Task. */
export class Task implements Waiter {
  readonly kernel: Kernel
  /** In the root PID namespace; `group.pids` translate. */
  readonly tid: number
  group: ThreadGroup
  thread: Thread
  mm: MemoryManager
  fds: FdTable
  fs: FsContext
  mounts: MountNamespace
  creds: Credentials
  /** comm: at most 15 bytes. */
  name: string
  state: TaskState = 'running'

  /** The system call being answered, or -1. */
  syscall = -1
  #blocking: Blocking | undefined
  #sleep: Sleep | undefined
  #timer: Timer | undefined
  mask = -1

  constructor(parts: {
    kernel: Kernel
    tid: number
    group: ThreadGroup
    thread: Thread
    mm: MemoryManager
    fds: FdTable
    fs: FsContext
    mounts: MountNamespace
    creds: Credentials
    name: string
  }) {
    this.kernel = parts.kernel
    this.tid = parts.tid
    this.group = parts.group
    this.thread = parts.thread
    this.mm = parts.mm
    this.fds = parts.fds
    this.fs = parts.fs
    this.mounts = parts.mounts
    this.creds = parts.creds
    this.name = parts.name
    this.thread.owner = this
  }

  /** Goes to sleep inside `blocking`, which yielded `sleep`. */
  block(blocking: Blocking, sleep: Sleep): void {
    this.#blocking = blocking
    this.#sleep = sleep
    this.mask = sleep.events
    this.state = 'sleeping'
    for (const queue of sleep.queues) queue.add(this)
    if (sleep.deadlineNs !== undefined) {
      this.#timer = this.kernel.timers.add(sleep.deadlineNs, () => this.#rouse('timeout'))
    }
  }

  /** Waiter: something it sleeps on happened. */
  wake(_events: number): void {
    this.#rouse('event')
  }

  /** A signal arrived for a sleeping task. */
  interruptSleep(severity: 'signal' | 'kill'): void {
    if (this.#sleep && (severity === 'kill' || this.#sleep.interruptedBy === 'signal'))
      this.#rouse('signal')
  }

  #rouse(why: WakeReason): void {
    const sleep = this.#sleep
    if (!sleep) return
    for (const queue of sleep.queues) queue.remove(this)
    if (this.#timer) this.kernel.timers.cancel(this.#timer)
    this.#sleep = undefined
    this.#timer = undefined
    const blocking = this.#blocking!
    this.#blocking = undefined
    this.kernel.ready(this, blocking, why)
  }
}
