// Process numbers: who has which number in which namespace. (task)

import { EAGAIN, ENOSPC } from '@tsvisor/abi'
import { WaitQueue } from '../wait-queue.ts'
import type { ProcessGroup } from './process-group.ts'
import type { Session } from './session.ts'
import type { Task } from './task.ts'
import type { ThreadGroup } from './thread-group.ts'
import { UserNamespace } from './user-namespace.ts'

/** Highest process number (Linux's default pid_max on 64-bit machines with many CPUs). */
export const PID_MAX = 4_194_304
/** Numbers below this are not reused when the counter wraps. */
const RESERVED_PIDS = 300
/** MAX_PID_NS_LEVEL */
const DEEPEST = 32

/**
 * A number for a task, process group or session, one for each nested namespace (Linux's struct pid).
 * It stays taken while any of the three uses it.
 */
export class Pid {
  /** From the root namespace inwards. */
  readonly numbers: readonly number[]
  /** The innermost one. */
  readonly namespace: PidNamespace
  task: Task | undefined
  processGroup: ProcessGroup | undefined
  session: Session | undefined
  /** Notified (POLLIN) when the process ends: what a pidfd polls. */
  readonly queue = new WaitQueue()

  constructor(numbers: readonly number[], namespace: PidNamespace) {
    this.numbers = numbers
    this.namespace = namespace
  }

  /** The number as seen from `namespace`; 0 where it is not visible. */
  in(namespace: PidNamespace): number {
    const own = this.numbers[namespace.level]
    if (own === undefined || namespace.find(own) !== this) return this.#gone(namespace)
    return own
  }
  /** The number in the innermost namespace. */
  get own(): number {
    return this.numbers[this.numbers.length - 1]!
  }
  /** Gives the numbers back if nobody uses them any more. */
  releaseIfUnused(): void {
    if (this.task || this.processGroup || this.session) return
    for (let space: PidNamespace | undefined = this.namespace; space; space = space.parent)
      space.forget(this.numbers[space.level]!, this)
  }

  #gone(namespace: PidNamespace): number {
    let space: PidNamespace | undefined = this.namespace
    while (space && space !== namespace) space = space.parent
    return space ? this.numbers[namespace.level]! : 0
  }
}

/** Linux's pid_namespace. Each task has a number in its own namespace and in every outer one. */
export class PidNamespace {
  readonly parent: PidNamespace | undefined
  /** 0 for the root namespace. */
  readonly level: number
  /** The process that reaps orphans and takes the rest with it when it ends. */
  init: ThreadGroup | undefined
  readonly #pids = new Map<number, Pid>()
  #last = 0

  readonly userNamespace: UserNamespace

  /** Errors: ENOSPC (too deep). */
  constructor(parent: PidNamespace | undefined, userNamespace = UserNamespace.FIRST) {
    if (parent !== undefined && parent.level >= DEEPEST) throw ENOSPC
    this.userNamespace = userNamespace
    this.parent = parent
    this.level = parent ? parent.level + 1 : 0
  }

  find(number: number): Pid | undefined {
    return this.#pids.get(number)
  }
  /** The task with this thread id. */
  task(tid: number): Task | undefined {
    return this.#pids.get(tid)?.task
  }
  /** The process with this process id. */
  group(pid: number): ThreadGroup | undefined {
    const task = this.#pids.get(pid)?.task
    return task && task.group.leader === task ? task.group : undefined
  }
  /** Every task that is visible here, by number. */
  *tasks(): Generator<Task> {
    for (const pid of [...this.#pids.values()]) if (pid.task) yield pid.task
  }
  /** Every process that is visible here, zombies included. */
  *groups(): Generator<ThreadGroup> {
    for (const task of this.tasks()) if (task.group.leader === task) yield task.group
  }
  /** The last number handed out (/proc/loadavg, ns_last_pid). */
  get last(): number {
    return this.#last
  }

  /** A new number here and in every outer namespace. Errors: EAGAIN when all are taken. */
  allocate(): Pid {
    const numbers: number[] = []
    for (let space: PidNamespace | undefined = this; space; space = space.parent)
      numbers[space.level] = space.#next()
    const pid = new Pid(numbers, this)
    for (let space: PidNamespace | undefined = this; space; space = space.parent)
      space.#pids.set(numbers[space.level]!, pid)
    return pid
  }
  forget(number: number, pid: Pid): void {
    if (this.#pids.get(number) === pid) this.#pids.delete(number)
  }

  #next(): number {
    for (let tries = 0; tries < PID_MAX; tries++) {
      this.#last = this.#last + 1 >= PID_MAX ? RESERVED_PIDS : this.#last + 1
      if (!this.#pids.has(this.#last)) return this.#last
    }
    throw EAGAIN
  }
}
