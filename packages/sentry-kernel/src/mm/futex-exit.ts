// What a task that exits or execs leaves in memory for others: robust locks, its cleared id. (mm)
// Linux kernel/futex/core.c: exit_robust_list, handle_futex_death; kernel/fork.c: mm_release.

import {
  type Addr,
  Errno,
  FUTEX_OWNER_DIED,
  FUTEX_TID_MASK,
  FUTEX_WAITERS,
  ROBUST_LIST_LIMIT,
} from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import { abandon, updateWord } from './futex-pi.ts'
import { ownedFutexes, wakeFutex } from './futex-table.ts'

/** Everything at once: for exit, and for execve before the old memory goes. Never throws an Errno. */
export function leaveMemory(task: Task): void {
  if (task.robustList !== 0) exitRobustList(task)
  for (const futex of ownedFutexes(task)) abandon(futex)
  const at = task.clearChildTid
  task.clearChildTid = 0 as Addr
  if (at === 0 || !task.mm.shared) return
  attempt(() => {
    task.mm.writeU32(at, 0)
    wakeFutex(task.mm, at, 'shared', 1)
  })
}

/** Marks the locks on the task's robust list as left by a dead owner. The list is the guest's: bounded, never trusted. */
export function exitRobustList(task: Task): void {
  const head = task.robustList
  task.robustList = 0 as Addr
  attempt(() => {
    const { mm } = task
    let entry = mm.readU64Big(head)
    const offset = Number(BigInt.asIntN(64, mm.readU64Big((head + 8) as Addr)))
    const pending = mm.readU64Big((head + 16) as Addr)
    let left = ROBUST_LIST_LIMIT
    while (Number(entry & ~1n) !== head) {
      // The next pointer comes first: the owner's death may free the entry.
      const at = Number(entry & ~1n)
      const next = attempt(() => mm.readU64Big(at as Addr))
      if (entry !== pending && !bury(task, at + offset, (entry & 1n) === 1n, 'listed')) return
      if (next === undefined || --left === 0) break
      entry = next
    }
    if (pending >> 1n !== 0n)
      bury(task, Number(pending & ~1n) + offset, (pending & 1n) === 1n, 'pending')
  })
}

/** handle_futex_death: false when the walk must end. */
function bury(task: Task, at: number, pi: boolean, state: 'listed' | 'pending'): boolean {
  const { mm } = task
  const addr = at as Addr
  if (at % 4 !== 0 || at < 0) return false
  const tid = task.pid.own
  let mine = true
  const done = attempt(() => {
    const word = updateWord(mm, addr, found => {
      mine = (found & FUTEX_TID_MASK) === tid
      return mine ? (found & FUTEX_WAITERS) | FUTEX_OWNER_DIED : undefined
    })
    const orphan = state === 'pending' && !pi && (word & FUTEX_TID_MASK) === 0
    if (orphan || (mine && !pi && word & FUTEX_WAITERS)) wakeFutex(mm, addr, 'shared', 1)
    return true
  })
  return done === true
}

/** The result, or undefined where guest memory refused. */
function attempt<T>(body: () => T): T | undefined {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return undefined
  }
}
