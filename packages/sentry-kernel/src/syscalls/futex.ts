// Futexes: futex(2), robust lists. (syscalls)

import {
  type Addr,
  CAP_SYS_PTRACE,
  EAGAIN,
  EINVAL,
  ENOSYS,
  EPERM,
  ERESTART_RESTARTBLOCK,
  ERESTARTNOINTR,
  ERESTARTSYS,
  ESRCH,
  ETIMEDOUT,
  FUTEX_BITSET_MATCH_ANY,
  FUTEX_CLOCK_REALTIME,
  FUTEX_CMD_MASK,
  FUTEX_CMP_REQUEUE,
  FUTEX_CMP_REQUEUE_PI,
  FUTEX_LOCK_PI,
  FUTEX_LOCK_PI2,
  FUTEX_PRIVATE_FLAG,
  FUTEX_REQUEUE,
  FUTEX_TRYLOCK_PI,
  FUTEX_UNLOCK_PI,
  FUTEX_WAIT,
  FUTEX_WAIT_BITSET,
  FUTEX_WAIT_REQUEUE_PI,
  FUTEX_WAKE,
  FUTEX_WAKE_BITSET,
  FUTEX_WAKE_OP,
} from '@tsvisor/abi'
import type { Blocking, Result } from '../kernel/blocking.ts'
import { acquire, queueOn, release, updateWord } from '../mm/futex-pi.ts'
import {
  type FutexScope,
  FutexWaiter,
  findFutex,
  futexAt,
  requeue,
  wakeFutex,
} from '../mm/futex-table.ts'
import { wakeOperation } from '../mm/futex-wake-op.ts'
import { hasCapability } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'
import { readTimespecNs } from './time-out.ts'

const SECOND_NS = 1e9

export const futex: Handler<'futex'> = (task, { uaddr, futex_op, val, timeout, uaddr2, val3 }) => {
  const command = futex_op & FUTEX_CMD_MASK
  const scope = futex_op & FUTEX_PRIVATE_FLAG ? 'private' : 'shared'
  const realtime = (futex_op & FUTEX_CLOCK_REALTIME) !== 0
  if (realtime && !TIMED_BY_EITHER_CLOCK.has(command)) throw ENOSYS
  const count = val | 0
  // The register's low half: val2 for the operations without a time-out.
  const second = timeout | 0
  switch (command) {
    case FUTEX_WAIT:
      return wait(task, uaddr, scope, val, FUTEX_BITSET_MATCH_ANY, relative(task, timeout))
    case FUTEX_WAIT_BITSET:
      return wait(task, uaddr, scope, val, val3, absolute(task, timeout, realtime))
    case FUTEX_WAKE:
      return wakeFutex(task.mm, uaddr, scope, count)
    case FUTEX_WAKE_BITSET:
      if (val3 === 0) throw EINVAL
      return wakeFutex(task.mm, uaddr, scope, count, val3)
    case FUTEX_REQUEUE:
      return wakeAndRequeue(task, uaddr, scope, count, uaddr2, second, undefined)
    case FUTEX_CMP_REQUEUE:
      return wakeAndRequeue(task, uaddr, scope, count, uaddr2, second, val3)
    case FUTEX_WAKE_OP:
      return wakeAfterOperation(task, uaddr, scope, count, uaddr2, second, val3)
    case FUTEX_LOCK_PI:
      return lockPi(task, uaddr, scope, absolute(task, timeout, true))
    case FUTEX_LOCK_PI2:
      return lockPi(task, uaddr, scope, absolute(task, timeout, realtime))
    case FUTEX_TRYLOCK_PI:
      acquire(task, task.mm, uaddr, scope, 'try')
      return 0
    case FUTEX_UNLOCK_PI:
      release(task, uaddr, scope)
      return 0
    case FUTEX_WAIT_REQUEUE_PI:
      return waitRequeuePi(task, uaddr, scope, val, val3, uaddr2, absolute(task, timeout, realtime))
    case FUTEX_CMP_REQUEUE_PI:
      return requeuePi(task, uaddr, scope, count, uaddr2, second, val3)
    default:
      throw ENOSYS
  }
}

const TIMED_BY_EITHER_CLOCK = new Set([FUTEX_WAIT_BITSET, FUTEX_WAIT_REQUEUE_PI, FUTEX_LOCK_PI2])

const relative = (task: Task, timeout: Addr): number | undefined =>
  timeout === 0 ? undefined : task.kernel.clock.monotonicNs() + readTimespecNs(task, timeout)

/** The monotonic deadline of an absolute time on either clock. */
export function absolute(task: Task, timeout: Addr, realtime: boolean): number | undefined {
  if (timeout === 0) return undefined
  const at = readTimespecNs(task, timeout)
  if (!realtime) return at
  const { clock } = task.kernel
  const { sec, nsec } = clock.realtime()
  return clock.monotonicNs() + (at - (sec * SECOND_NS + nsec))
}

function wait(
  task: Task,
  addr: Addr,
  scope: FutexScope,
  value: number,
  bitset: number,
  deadlineNs: number | undefined,
): Result {
  if (bitset === 0) throw EINVAL
  findFutex(task.mm, addr, scope)
  if (task.mm.readU32(addr) !== value) throw EAGAIN
  const futex = futexAt(task.mm, addr, scope)
  const waiter = new FutexWaiter(task, bitset)
  futex.add(waiter)
  return sleepOn(task, waiter, deadlineNs, () => wait(task, addr, scope, value, bitset, deadlineNs))
}

/** Sleeps until woken. Errors: ETIMEDOUT, ERESTARTSYS, or ERESTART_RESTARTBLOCK for `again`. */
function* sleepOn(
  task: Task,
  waiter: FutexWaiter,
  deadlineNs: number | undefined,
  again: () => Result,
): Blocking {
  try {
    const queues = [waiter.queue]
    while (waiter.futex !== undefined) {
      const why = yield { queues, events: -1, deadlineNs, interruptedBy: 'signal' }
      if (waiter.futex === undefined) break
      if (why === 'timeout') throw ETIMEDOUT
      if (why === 'signal') {
        if (deadlineNs === undefined) throw ERESTARTSYS
        task.restartBlock = again
        throw ERESTART_RESTARTBLOCK
      }
    }
    return 0
  } finally {
    waiter.futex?.remove(waiter)
  }
}

/** Wakes some and moves others. Errors: EINVAL, EFAULT, EAGAIN (another word than `expected`). */
export function wakeAndRequeue(
  task: Task,
  addr: Addr,
  scope: FutexScope,
  wakes: number,
  target: Addr,
  moves: number,
  expected: number | undefined,
): number {
  if (wakes < 0 || moves < 0) throw EINVAL
  const { mm } = task
  const futex = findFutex(mm, addr, scope)
  findFutex(mm, target, scope)
  if (expected !== undefined && mm.readU32(addr) !== expected) throw EAGAIN
  if (futex === undefined) return 0
  const woken = wakes === 0 ? 0 : futex.wakeSome(wakes, FUTEX_BITSET_MATCH_ANY)
  return woken + (futex.waiters.size > 0 ? requeue(futex, mm, target, scope, moves) : 0)
}

function wakeAfterOperation(
  task: Task,
  addr: Addr,
  scope: FutexScope,
  wakes: number,
  target: Addr,
  moreWakes: number,
  encoded: number,
): number {
  const { mm } = task
  findFutex(mm, addr, scope)
  findFutex(mm, target, scope)
  const { operate, compare } = wakeOperation(encoded)
  const old = updateWord(mm, target, operate)
  const holds = compare(old | 0)
  const woken = wakeFutex(mm, addr, scope, wakes)
  return woken + (holds ? wakeFutex(mm, target, scope, moreWakes) : 0)
}

function lockPi(task: Task, addr: Addr, scope: FutexScope, deadlineNs: number | undefined): Result {
  const { mm } = task
  const holder = acquire(task, mm, addr, scope, 'wait')
  if (holder === undefined) return 0
  const waiter = new FutexWaiter(task, FUTEX_BITSET_MATCH_ANY)
  queueOn(waiter, mm, addr, scope, holder)
  return sleepForLock(task, waiter, addr, scope, deadlineNs)
}

function* sleepForLock(
  task: Task,
  waiter: FutexWaiter,
  addr: Addr,
  scope: FutexScope,
  deadlineNs: number | undefined,
): Blocking {
  try {
    const queues = [waiter.queue]
    for (;;) {
      while (waiter.futex !== undefined) {
        const why = yield { queues, events: -1, deadlineNs, interruptedBy: 'signal' }
        if (waiter.futex === undefined) break
        if (why === 'timeout') throw ETIMEDOUT
        if (why === 'signal') throw ERESTARTNOINTR
      }
      if (waiter.owns) return 0
      const holder = acquire(task, task.mm, addr, scope, 'wait')
      if (holder === undefined) return 0
      queueOn(waiter, task.mm, addr, scope, holder)
    }
  } finally {
    waiter.futex?.remove(waiter)
  }
}

function waitRequeuePi(
  task: Task,
  addr: Addr,
  scope: FutexScope,
  value: number,
  bitset: number,
  target: Addr,
  deadlineNs: number | undefined,
): Result {
  if (bitset === 0 || addr === target) throw EINVAL
  findFutex(task.mm, target, scope)
  if (task.mm.readU32(addr) !== value) throw EAGAIN
  const waiter = new FutexWaiter(task, bitset)
  waiter.requeueTo = target
  futexAt(task.mm, addr, scope).add(waiter)
  return sleepThenLock(task, waiter, target, scope, deadlineNs)
}

function* sleepThenLock(
  task: Task,
  waiter: FutexWaiter,
  target: Addr,
  scope: FutexScope,
  deadlineNs: number | undefined,
): Blocking {
  try {
    const queues = [waiter.queue]
    while (waiter.futex !== undefined) {
      const why = yield { queues, events: -1, deadlineNs, interruptedBy: 'signal' }
      if (waiter.futex === undefined) break
      if (why === 'timeout') throw ETIMEDOUT
      // Once requeued it is as good as woken: the caller looks at its condition again.
      if (why === 'signal') throw waiter.requeueTo === 0 ? ERESTARTNOINTR : EAGAIN
    }
    if (waiter.owns) return 0
  } finally {
    waiter.futex?.remove(waiter)
  }
  return yield* driveResult(lockPi(task, target, scope, deadlineNs))
}

function* driveResult(result: Result): Blocking {
  return typeof result === 'number' ? result : yield* result
}

function requeuePi(
  task: Task,
  addr: Addr,
  scope: FutexScope,
  wakes: number,
  target: Addr,
  moves: number,
  expected: number,
): number {
  if (wakes !== 1 || moves < 0 || addr === target) throw EINVAL
  const { mm } = task
  const futex = findFutex(mm, addr, scope)
  findFutex(mm, target, scope)
  if (mm.readU32(addr) !== expected) throw EAGAIN
  if (futex === undefined) return 0
  let done = 0
  for (const waiter of futex.waiters) {
    if (done > moves) break
    if (waiter.requeueTo !== target) throw EINVAL
    const holder = acquire(waiter.task, mm, target, scope, 'wait')
    waiter.requeueTo = 0
    done++
    if (holder === undefined) {
      waiter.owns = true
      futex.wake(waiter)
    } else {
      futex.remove(waiter)
      queueOn(waiter, mm, target, scope, holder)
    }
  }
  return done
}

/** sizeof(struct robust_list_head) */
const ROBUST_HEAD_BYTES = 24

export const set_robust_list: Handler<'set_robust_list'> = (task, { head, len }) => {
  if (len !== ROBUST_HEAD_BYTES) throw EINVAL
  task.robustList = head
  return 0
}

export const get_robust_list: Handler<'get_robust_list'> = (task, { pid, head_ptr, len_ptr }) => {
  const target = pid === 0 ? task : task.pidNamespace.task(pid)
  if (target === undefined) throw ESRCH
  if (target.creds.uid !== task.creds.euid && !hasCapability(task.creds, CAP_SYS_PTRACE))
    throw EPERM
  task.mm.writeU64(len_ptr, ROBUST_HEAD_BYTES)
  task.mm.writeU64(head_ptr, target.robustList)
  return 0
}
