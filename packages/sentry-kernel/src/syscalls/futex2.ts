// The newer futex calls: futex_waitv, futex_wake, futex_wait, futex_requeue. (syscalls)
// Linux kernel/futex/syscalls.c.

import {
  type Addr,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  EAGAIN,
  EINVAL,
  ERESTARTSYS,
  ETIMEDOUT,
  FUTEX_BITSET_MATCH_ANY,
  FUTEX_WAITV_MAX,
  FUTEX2_PRIVATE,
  FUTEX2_SIZE_MASK,
  FUTEX2_SIZE_U32,
} from '@tsvisor/abi'
import type { Blocking } from '../kernel/blocking.ts'
import { type FutexScope, FutexWaiter, findFutex, futexAt } from '../mm/futex-table.ts'
import type { Task } from '../task/task.ts'
import { WaitQueue } from '../wait-queue.ts'
import { absolute, wakeAndRequeue } from './futex.ts'
import type { Handler } from './handler.ts'

const WAITV_BYTES = 24
const MAX_32 = 0xffff_ffffn

/** One word to wait for. */
interface Wanted {
  readonly addr: Addr
  readonly value: number
  readonly scope: FutexScope
}

/** Errors: EINVAL: other flags, other sizes than 32 bits. */
function scopeOf(flags: number): FutexScope {
  const size = flags & FUTEX2_SIZE_MASK
  if (flags & ~(FUTEX2_SIZE_MASK | FUTEX2_PRIVATE) || size !== FUTEX2_SIZE_U32) throw EINVAL
  return flags & FUTEX2_PRIVATE ? 'private' : 'shared'
}

/** A value or mask for 32 bits. Errors: EINVAL. */
function word(value: bigint): number {
  if (value > MAX_32) throw EINVAL
  return Number(value)
}

/** Errors: EINVAL (the clock), EFAULT. */
function deadline(task: Task, timeout: Addr, clock: number): number | undefined {
  if (timeout === 0) return undefined
  if (clock !== CLOCK_MONOTONIC && clock !== CLOCK_REALTIME) throw EINVAL
  return absolute(task, timeout, clock === CLOCK_REALTIME)
}

/** Errors: EFAULT, EINVAL. */
function readWaitv({ mm }: Task, at: Addr, count: number): Wanted[] {
  const data = mm.readBytes(at, count * WAITV_BYTES)
  const view = new DataView(data.buffer)
  const wanted: Wanted[] = []
  for (let i = 0; i < data.length; i += WAITV_BYTES) {
    const scope = scopeOf(view.getUint32(i + 16, true))
    if (view.getUint32(i + 20, true) !== 0) throw EINVAL
    wanted.push({
      addr: Number(view.getBigUint64(i + 8, true)) as Addr,
      value: word(view.getBigUint64(i, true)),
      scope,
    })
  }
  return wanted
}

export const futex_waitv: Handler<'futex_waitv'> = (
  task,
  { waiters, nr_futexes, flags, timeout, clockid },
) => {
  if (flags !== 0 || nr_futexes === 0 || nr_futexes > FUTEX_WAITV_MAX || waiters === 0) throw EINVAL
  const deadlineNs = deadline(task, timeout, clockid)
  const wanted = readWaitv(task, waiters, nr_futexes)
  return wait(task, wanted, FUTEX_BITSET_MATCH_ANY, deadlineNs)
}

export const futex_wait: Handler<'futex_wait'> = (
  task,
  { uaddr, val, mask, flags, timeout, clockid },
) => {
  const scope = scopeOf(flags)
  const wanted = { addr: uaddr, value: word(val), scope }
  const bitset = word(mask)
  const deadlineNs = deadline(task, timeout, clockid)
  if (bitset === 0) throw EINVAL
  return wait(task, [wanted], bitset, deadlineNs)
}

export const futex_wake: Handler<'futex_wake'> = (task, { uaddr, mask, nr, flags }) => {
  const scope = scopeOf(flags)
  const bitset = word(mask)
  if (bitset === 0) throw EINVAL
  const futex = findFutex(task.mm, uaddr, scope)
  return nr === 0 || futex === undefined ? 0 : futex.wakeSome(nr, bitset)
}

export const futex_requeue: Handler<'futex_requeue'> = (
  task,
  { waiters, flags, nr_wake, nr_requeue },
) => {
  if (flags !== 0 || waiters === 0) throw EINVAL
  const [from, to] = readWaitv(task, waiters, 2) as [Wanted, Wanted]
  const { addr, value, scope } = from
  // Linux wants both alike, for now.
  if (to.scope !== scope) throw EINVAL
  return wakeAndRequeue(task, addr, scope, nr_wake, to.addr, nr_requeue, value)
}

/** Sleeps on all of them; the index of one that was woken. Errors: EAGAIN, EFAULT, ETIMEDOUT, ERESTARTSYS. */
function wait(
  task: Task,
  wanted: readonly Wanted[],
  bitset: number,
  deadlineNs: number | undefined,
): Blocking {
  const { mm } = task
  for (const { addr, scope, value } of wanted) {
    findFutex(mm, addr, scope)
    if (mm.readU32(addr) !== value) throw EAGAIN
  }
  const queue = new WaitQueue()
  const sleepers = wanted.map(({ addr, scope }) => {
    const waiter = new FutexWaiter(task, bitset, queue)
    futexAt(mm, addr, scope).add(waiter)
    return waiter
  })
  return sleepOnAny(sleepers, queue, deadlineNs)
}

/** The index of a woken one. Errors: ETIMEDOUT, ERESTARTSYS. */
function* sleepOnAny(
  sleepers: readonly FutexWaiter[],
  queue: WaitQueue,
  deadlineNs: number | undefined,
): Blocking {
  try {
    const queues = [queue]
    for (;;) {
      const why = yield { queues, events: -1, deadlineNs, interruptedBy: 'signal' }
      // As Linux (futex_unqueue_multiple): the last one that was woken.
      const woken = sleepers.findLastIndex(waiter => waiter.futex === undefined)
      if (woken >= 0) return woken
      if (why === 'timeout') throw ETIMEDOUT
      if (why === 'signal') throw ERESTARTSYS
    }
  } finally {
    for (const waiter of sleepers) waiter.futex?.remove(waiter)
  }
}
