// The signal mask that ppoll, pselect6, epoll_pwait and io_pgetevents set for their duration. (syscalls)
// Linux kernel/signal.c: set_user_sigmask, restore_saved_sigmask_unless.

import { type Addr, EINTR, EINVAL, ERESTARTNOHAND } from '@tsvisor/abi'
import type { Blocking, Result } from '../kernel/blocking.ts'
import type { Task } from '../task/task.ts'
import { readSignalSet, SIGSET_SIZE } from './signal-sets.ts'

/**
 * Runs `body` under the mask at `addr` (0: no change). When it was not cut short by a signal the old
 * mask is back before any signal is looked at. Errors: EINVAL (size), EFAULT.
 */
export function withSignalMask(task: Task, addr: Addr, size: number, body: () => Result): Result {
  if (addr === 0) return body()
  beginSignalMask(task, addr, size)
  let result: Result
  try {
    result = body()
  } catch (error) {
    throw settled(task, error)
  }
  if (typeof result !== 'number') return finish(task, result)
  endSignalMask(task)
  return result
}

function* finish(task: Task, body: Blocking): Blocking {
  try {
    const result = yield* body
    endSignalMask(task)
    return result
  } catch (error) {
    throw settled(task, error)
  }
}

/** The mask stays for the handler if a signal ended the call. */
function settled(task: Task, error: unknown): unknown {
  if (error !== EINTR && error !== ERESTARTNOHAND) endSignalMask(task)
  return error
}

/** Errors: EINVAL (size), EFAULT. */
export function beginSignalMask(task: Task, addr: Addr, size: number): void {
  if (size !== SIGSET_SIZE) throw EINVAL
  task.setTemporaryMask(readSignalSet(task, addr))
}

/** The old mask is back, before any signal is looked at. */
export function endSignalMask(task: Task): void {
  const { saved } = task.signals
  if (saved === undefined) return
  task.signals.saved = undefined
  task.setBlocked(saved)
}
