// Futexes: who sleeps on which word of memory. (mm)

import { type Addr, EFAULT, EINVAL, FUTEX_BITSET_MATCH_ANY } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import { WaitQueue } from '../wait-queue.ts'
import type { MemoryManager } from './memory-manager.ts'
import { USER_END } from './user-memory.ts'

/** Whether the caller promises that only its own process uses the word (FUTEX_PRIVATE_FLAG). */
export type FutexScope = 'private' | 'shared'

/** One sleeper on one futex. */
export class FutexWaiter {
  readonly task: Task
  bitset: number
  /** The futex that it is queued on; requeuing changes it; undefined once woken. */
  futex: Futex | undefined
  readonly queue: WaitQueue
  /** For FUTEX_WAIT_REQUEUE_PI: the address it may be moved to, else 0. */
  requeueTo = 0
  /** A PI lock was handed over to it. */
  owns = false

  constructor(task: Task, bitset: number, queue: WaitQueue = new WaitQueue()) {
    this.task = task
    this.bitset = bitset
    this.queue = queue
  }
}

/** A word with sleepers, in arrival order. */
export class Futex {
  readonly waiters = new Set<FutexWaiter>()
  /** For PI futexes with sleepers: who holds the lock. */
  owner: Task | undefined
  /** Where its owner wrote to it last: to hand it on when the owner dies. */
  address = 0 as Addr
  mm: MemoryManager | undefined
  readonly table: Map<number, Futex>
  readonly offset: number

  constructor(table: Map<number, Futex>, offset: number) {
    this.table = table
    this.offset = offset
  }

  add(waiter: FutexWaiter): void {
    waiter.futex = this
    this.waiters.add(waiter)
  }
  remove(waiter: FutexWaiter): void {
    waiter.futex = undefined
    this.waiters.delete(waiter)
    if (this.waiters.size === 0) {
      this.setOwner(undefined)
      this.table.delete(this.offset)
    }
  }
  wake(waiter: FutexWaiter): void {
    this.remove(waiter)
    waiter.queue.notify()
  }
  /** Wakes up to `count` sleepers (at least one, as Linux) whose bitset meets `bitset`. */
  wakeSome(count: number, bitset: number): number {
    let woken = 0
    for (const waiter of this.waiters) {
      if (!(waiter.bitset & bitset)) continue
      this.wake(waiter)
      if (++woken >= count) break
    }
    return woken
  }

  setOwner(owner: Task | undefined): void {
    if (this.owner === owner) return
    if (this.owner !== undefined) ownedBy.get(this.owner)?.delete(this)
    this.owner = owner
    if (owner === undefined) return
    let owned = ownedBy.get(owner)
    if (owned === undefined) ownedBy.set(owner, (owned = new Set()))
    owned.add(this)
  }
}

/** Contended PI futexes by the task that holds them (pi_state_list). */
const ownedBy = new WeakMap<Task, Set<Futex>>()
export const ownedFutexes = (task: Task): readonly Futex[] => [...(ownedBy.get(task) ?? [])]

/** Futexes of private memory by address, and of shared memory by offset: keyed on whose pages they are. */
const tables = new WeakMap<object, Map<number, Futex>>()

function tableOf(identity: object): Map<number, Futex> {
  let table = tables.get(identity)
  if (table === undefined) tables.set(identity, (table = new Map()))
  return table
}

let keyTable: Map<number, Futex>
let keyOffset = 0

/** Sets keyTable and keyOffset. Errors: EINVAL (unaligned), EFAULT. */
function locate(mm: MemoryManager, addr: number, scope: FutexScope): void {
  if (addr % 4 !== 0) throw EINVAL
  if (addr >= USER_END) throw EFAULT
  keyOffset = addr
  if (scope === 'shared') {
    const vma = mm.vmas.find(addr)
    if (vma === undefined) mm.readU32(addr as Addr)
    else if (vma.shared) {
      keyTable = tableOf(vma.backing!.identity)
      keyOffset = vma.offsetOf(addr)
      return
    }
  }
  keyTable = tableOf(mm)
}

/** The futex at `addr` if anybody sleeps on it. Errors: EINVAL, EFAULT. */
export function findFutex(mm: MemoryManager, addr: number, scope: FutexScope): Futex | undefined {
  locate(mm, addr, scope)
  return keyTable.get(keyOffset)
}

/** The futex at `addr`, for a task that is about to sleep. Errors: EINVAL, EFAULT. */
export function futexAt(mm: MemoryManager, addr: number, scope: FutexScope): Futex {
  locate(mm, addr, scope)
  let futex = keyTable.get(keyOffset)
  if (futex === undefined) keyTable.set(keyOffset, (futex = new Futex(keyTable, keyOffset)))
  return futex
}

/** FUTEX_WAKE. Errors: EINVAL, EFAULT. */
export function wakeFutex(
  mm: MemoryManager,
  addr: number,
  scope: FutexScope,
  count: number,
  bitset: number = FUTEX_BITSET_MATCH_ANY,
): number {
  return findFutex(mm, addr, scope)?.wakeSome(count, bitset) ?? 0
}

/** Moves up to `count` sleepers of one futex to another; returns how many. */
export function requeue(
  from: Futex,
  mm: MemoryManager,
  addr: number,
  scope: FutexScope,
  count: number,
): number {
  if (count <= 0) return 0
  locate(mm, addr, scope)
  if (keyTable === from.table && keyOffset === from.offset)
    return Math.min(count, from.waiters.size)
  const to = futexAt(mm, addr, scope)
  let moved = 0
  for (const waiter of from.waiters) {
    if (moved === count) break
    from.remove(waiter)
    to.add(waiter)
    moved++
  }
  if (to.waiters.size === 0) to.table.delete(to.offset)
  return moved
}
