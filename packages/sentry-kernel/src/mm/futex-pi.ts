// Priority-inheritance futexes: locks whose owner the kernel knows. (mm)
// Priorities themselves are not inherited: there is one class of guest thread.

import {
  type Addr,
  EAGAIN,
  EDEADLK,
  EINVAL,
  EPERM,
  ESRCH,
  FUTEX_OWNER_DIED,
  FUTEX_TID_MASK,
  FUTEX_WAITERS,
} from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import { type Futex, type FutexScope, type FutexWaiter, findFutex, futexAt } from './futex-table.ts'
import type { MemoryManager } from './memory-manager.ts'

/** Changes the word atomically; `next` answers undefined to leave it. Returns the word found. */
export function updateWord(
  mm: MemoryManager,
  addr: Addr,
  next: (word: number) => number | undefined,
): number {
  let word = mm.readU32(addr)
  for (;;) {
    const value = next(word)
    if (value === undefined) return word
    const found = mm.compareExchange32(addr, word, value >>> 0)
    if (found === word) return word
    word = found
  }
}

/**
 * Takes the lock for `task` if it is free. When it is not, marks it contended and returns the owner.
 * Errors: EFAULT, EDEADLK (its own), ESRCH (an owner that does not exist), EINVAL, EAGAIN (`try`).
 */
export function acquire(
  task: Task,
  mm: MemoryManager,
  addr: Addr,
  scope: FutexScope,
  mode: 'wait' | 'try',
): Task | undefined {
  const tid = task.pid.own
  const waiting = findFutex(mm, addr, scope)
  const word = updateWord(mm, addr, found => {
    const owner = found & FUTEX_TID_MASK
    if (owner === tid) throw EDEADLK
    if (owner !== 0) return mode === 'try' ? undefined : found | FUTEX_WAITERS
    if (waiting !== undefined && waiting.owner === undefined) throw EINVAL
    return (found & FUTEX_OWNER_DIED) | tid | (waiting === undefined ? 0 : FUTEX_WAITERS)
  })
  const owner = word & FUTEX_TID_MASK
  if (owner === 0) {
    waiting?.setOwner(task)
    return undefined
  }
  if (mode === 'try') throw EAGAIN
  const holder = task.pidNamespace.task(owner)
  if (holder === undefined || holder.state === 'dead') throw ESRCH
  return holder
}

/** Queues a sleeper on a contended lock. Errors: EINVAL when ordinary sleepers use the same word. */
export function queueOn(
  waiter: FutexWaiter,
  mm: MemoryManager,
  addr: Addr,
  scope: FutexScope,
  holder: Task,
): void {
  const futex = futexAt(mm, addr, scope)
  if (futex.waiters.size > 0 && futex.owner === undefined) throw EINVAL
  futex.setOwner(holder)
  futex.address = addr
  futex.mm = mm
  futex.add(waiter)
}

/** FUTEX_UNLOCK_PI. Errors: EPERM (not the owner), EFAULT, EINVAL. */
export function release(task: Task, addr: Addr, scope: FutexScope): void {
  const { mm } = task
  const futex = findFutex(mm, addr, scope)
  if ((mm.readU32(addr) & FUTEX_TID_MASK) !== task.pid.own) throw EPERM
  if (futex === undefined) {
    updateWord(mm, addr, word => ((word & FUTEX_TID_MASK) === task.pid.own ? 0 : undefined))
    return
  }
  if (futex.owner === undefined) throw EINVAL
  handOver(futex, mm, addr, 0)
}

/** Gives the lock to the longest sleeper, with `mark` (FUTEX_OWNER_DIED) kept in the word. */
function handOver(futex: Futex, mm: MemoryManager, addr: Addr, mark: number): void {
  const [next] = futex.waiters
  if (next === undefined) return
  const more = futex.waiters.size > 1 ? FUTEX_WAITERS : 0
  updateWord(mm, addr, () => next.task.pid.own | more | mark)
  next.owns = true
  futex.setOwner(next.task)
  futex.wake(next)
}

/** The holder of contended locks exits: each goes to its longest sleeper (exit_pi_state_list). */
export function abandon(futex: Futex): void {
  const { mm, address } = futex
  if (mm === undefined) return
  try {
    handOver(futex, mm, address, FUTEX_OWNER_DIED)
  } catch {
    // The memory is gone: nobody gets the lock, and the sleepers find out by trying again.
    for (const waiter of futex.waiters) futex.wake(waiter)
  }
}
