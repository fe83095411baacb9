// System V semaphores: sets of counters changed all at once or not at all. (ipc)
// Linux ipc/sem.c.

import { EAGAIN, EIDRM, ERANGE, type Errno, IPC_NOWAIT, SEM_UNDO, SEMVMX } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import { WaitQueue } from '../wait-queue.ts'
import { type IpcBase, IpcObject } from './ipc-table.ts'

/** One struct sembuf. */
export interface SemOp {
  readonly sem_num: number
  readonly sem_op: number
  readonly sem_flg: number
}

/** Largest adjustment kept for one semaphore (SEMAEM). */
const MOST_UNDO = 32767

/** A task that sleeps in semop. */
export class SemWaiter {
  readonly task: Task
  readonly operations: readonly SemOp[]
  readonly queue = new WaitQueue()
  /** 0 once done for it, or why it failed. */
  result: 0 | Errno | undefined
  /** The operation that it waits for. */
  blockedOn: SemOp

  constructor(task: Task, operations: readonly SemOp[], blockedOn: SemOp) {
    this.task = task
    this.operations = operations
    this.blockedOn = blockedOn
  }
}

export class SemaphoreSet extends IpcObject {
  readonly values: Uint16Array
  /** Who changed each last. */
  readonly pids: Int32Array
  readonly waiters = new Set<SemWaiter>()
  /** What SEM_UNDO takes back when a process ends. */
  readonly undo = new Map<ThreadGroup, Int32Array>()
  operationTime = 0

  constructor(base: IpcBase, count: number) {
    super(base)
    this.values = new Uint16Array(count)
    this.pids = new Int32Array(count)
  }

  /**
   * Does all operations, or none. Returns the one that has to wait, or undefined when done.
   * Errors: EAGAIN (IPC_NOWAIT), ERANGE.
   */
  attempt(task: Task, operations: readonly SemOp[]): SemOp | undefined {
    const { values } = this
    const undo = this.undo.get(task.group)
    let done = 0
    let blocked: SemOp | undefined
    let failure: Errno | undefined
    for (; done < operations.length; done++) {
      const each = operations[done]!
      const value = values[each.sem_num]!
      const next = value + each.sem_op
      if (each.sem_op === 0 ? value !== 0 : next < 0) {
        blocked = each
        if (each.sem_flg & IPC_NOWAIT) failure = EAGAIN
        break
      }
      if (next > SEMVMX) failure = ERANGE
      else if (each.sem_flg & SEM_UNDO) {
        const adjustment = (undo?.[each.sem_num] ?? 0) - each.sem_op
        if (adjustment < -MOST_UNDO - 1 || adjustment > MOST_UNDO) failure = ERANGE
        else if (undo) undo[each.sem_num] = adjustment
      }
      if (failure !== undefined) break
      values[each.sem_num] = next
    }
    if (blocked === undefined && failure === undefined) {
      for (const each of operations) this.pids[each.sem_num] = task.group.pid
      return undefined
    }
    while (--done >= 0) {
      const each = operations[done]!
      values[each.sem_num]! -= each.sem_op
      if (undo && each.sem_flg & SEM_UNDO) undo[each.sem_num]! += each.sem_op
    }
    if (failure !== undefined) throw failure
    return blocked
  }
  /** Makes room for SEM_UNDO before the first attempt. */
  prepareUndo(group: ThreadGroup): void {
    if (!this.undo.has(group)) this.undo.set(group, new Int32Array(this.values.length))
  }

  /** Values changed: does what sleepers asked for as far as it can be done, in arrival order. */
  settle(): void {
    for (let again = true; again; ) {
      again = false
      for (const waiter of this.waiters) {
        let result: SemWaiter['result'] = 0
        try {
          const blocked = this.attempt(waiter.task, waiter.operations)
          if (blocked !== undefined) {
            waiter.blockedOn = blocked
            continue
          }
        } catch (error) {
          result = error as Errno
        }
        this.#finish(waiter, result)
        if (result === 0 && waiter.operations.some(each => each.sem_op !== 0)) again = true
      }
    }
  }
  #finish(waiter: SemWaiter, result: 0 | Errno): void {
    this.waiters.delete(waiter)
    waiter.result = result
    waiter.queue.notify()
  }
  /** IPC_RMID: nobody waits for it any more. */
  dissolve(): void {
    for (const waiter of this.waiters) this.#finish(waiter, EIDRM)
    this.undo.clear()
  }
  /** A process ends: its SEM_UNDO operations are taken back, within bounds. */
  takeBack(group: ThreadGroup): void {
    const undo = this.undo.get(group)
    if (undo === undefined) return
    this.undo.delete(group)
    let changed = false
    undo.forEach((adjustment, i) => {
      if (adjustment === 0) return
      this.values[i] = Math.min(SEMVMX, Math.max(0, this.values[i]! + adjustment))
      this.pids[i] = group.pid
      changed = true
    })
    if (changed) this.settle()
  }
  /** SETVAL and SETALL forget what was to be undone. */
  forgetUndo(index: number): void {
    for (const undo of this.undo.values()) undo[index] = 0
  }
  /** GETNCNT, GETZCNT: sleepers whose blocking operation is on semaphore `index`. */
  waiting(index: number, what: 'increase' | 'zero'): number {
    let count = 0
    for (const { blockedOn } of this.waiters)
      if (blockedOn.sem_num === index && (blockedOn.sem_op === 0) === (what === 'zero')) count++
    return count
  }
}
