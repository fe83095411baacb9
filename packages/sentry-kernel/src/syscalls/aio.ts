// Asynchronous I/O: io_setup(2) and its kin. (syscalls)
// Linux fs/aio.c.

import {
  type Addr,
  EAGAIN,
  EINPROGRESS,
  EINTR,
  EINVAL,
  ENOMEM,
  ERESTARTNOHAND,
  Errno,
  sigset_argpack,
  timespec,
} from '@tsvisor/abi'
import { AIO_MAX_NR, AioContext, AioContexts, aioUsage } from '../aio/context.ts'
import { AioRing, EVENT_BYTES, ringBytes } from '../aio/ring.ts'
import { submit } from '../aio/submit.ts'
import { sysctl } from '../fs/proc/sys/sysctl.ts'
import { type Blocking, sleep, turn } from '../kernel/blocking.ts'
import { MAX_MAP_COUNT } from '../mm/memory-manager.ts'
import { VM_DONTEXPAND, VM_MAYEXEC, VM_MAYREAD, VM_MAYWRITE, VM_SHARED } from '../mm/vma.ts'
import type { Task } from '../task/task.ts'
import { ANY_EVENT } from '../wait-queue.ts'
import type { Handler } from './handler.ts'
import { beginSignalMask, endSignalMask } from './signal-mask.ts'
import { deadlineIn } from './time-out.ts'

const PROT_READ_WRITE = 3
const RING_FLAGS = VM_SHARED | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_DONTEXPAND
const TWO_32 = 2 ** 32
/** Requests that are started in one turn of the loop. */
const MOST_AT_ONCE = 256
/** Events in a ring, as far as Linux goes. */
const MOST_EVENTS = 0x1000_0000 / EVENT_BYTES

/** Errors: EFAULT, EINVAL, EAGAIN (aio-max-nr), ENOMEM. */
export const io_setup: Handler<'io_setup'> = (task, { nr_events, ctx_idp }) => {
  const { mm, kernel } = task
  if (mm.readU64Big(ctx_idp) !== 0n || nr_events === 0) throw EINVAL
  // Linux counts in 32 bits.
  const events = (Math.max(nr_events, kernel.cpus * 4) * 2) % TWO_32
  if (events > MOST_EVENTS) throw EINVAL
  const most = sysctl(kernel, 'fs/aio-max-nr', AIO_MAX_NR)
  if (events === 0 || aioUsage(kernel).requests + nr_events > most) throw EAGAIN
  mm.aio ??= new AioContexts()
  const length = ringBytes(events)
  mm.limits = task.group.limits
  if (mm.vmas.size > MAX_MAP_COUNT) throw ENOMEM
  if (!mm.usage.mayExpand(mm.limits, length, PROT_READ_WRITE, RING_FLAGS)) throw ENOMEM
  const start = mm.place(0, length, 0)
  const memory = kernel.platform.newMemoryFile('aio')
  memory.resize(length)
  const context = new AioContext(kernel, new AioRing(memory, mm.aio.nextId()), nr_events)
  mm.aio.add(context)
  const source = { kind: 'file', file: memory, offset: 0, shared: true } as const
  mm.map(start, length, PROT_READ_WRITE, RING_FLAGS, source, context.ring, 0)
  try {
    mm.settle(start, length, source)
    mm.writeU64(ctx_idp, start)
  } catch (error) {
    destroy(task, context)
    throw error
  }
  return 0
}

/** The context whose ring begins at `id` in the caller's memory. Errors: EINVAL. */
function find(task: Task, id: number): AioContext {
  const vma = task.mm.vmas.find(id)
  const ring = vma?.backing
  if (vma === undefined || vma.start !== id || vma.offset !== 0) throw EINVAL
  const context = ring instanceof AioRing ? task.mm.aio?.get(ring) : undefined
  if (context === undefined) throw EINVAL
  return context
}

function destroy({ mm }: Task, context: AioContext): void {
  for (const vma of mm.vmas.list.filter(vma => vma.backing === context.ring)) {
    try {
      mm.unmap(vma.start, vma.length)
    } catch (error) {
      // Sealed by the guest: the pages stay.
      if (!(error instanceof Errno)) throw error
    }
  }
  mm.aio?.kill(context)
}

/** Waits for what other threads are at. */
export const io_destroy: Handler<'io_destroy'> = (task, { ctx_id }) => {
  const context = find(task, ctx_id)
  destroy(task, context)
  return context.inFlight === 0 ? 0 : settle(context)
}

function* settle(context: AioContext): Blocking {
  while (context.inFlight > 0)
    yield {
      queues: [context.queue],
      events: ANY_EVENT,
      deadlineNs: undefined,
      interruptedBy: 'kill',
    }
  return 0
}

export const io_submit: Handler<'io_submit'> = (task, { ctx_id, nr, iocbpp }) => {
  if (nr < 0) throw EINVAL
  const context = find(task, ctx_id)
  return submitAll(task, context, Math.min(nr, context.ring.slots), iocbpp)
}

/** How many were started; the first failure counts only if it comes first. */
function* submitAll(task: Task, context: AioContext, count: number, pointers: Addr): Blocking {
  let done = 0
  try {
    for (; done < count; done++) {
      if (done % MOST_AT_ONCE === MOST_AT_ONCE - 1) yield turn(task.kernel.clock.monotonicNs())
      const at = task.mm.readU64((pointers + done * 8) as Addr) as Addr
      const rest = submit(task, context, at)
      if (rest !== undefined) yield* rest
    }
  } catch (error) {
    if (done === 0 || !(error instanceof Errno)) throw error
  }
  return done
}

/** Errors: EINVAL (no such request, or one that cannot be cancelled), EFAULT; EINPROGRESS when it worked. */
export const io_cancel: Handler<'io_cancel'> = (task, { ctx_id, iocb }) => {
  if (task.mm.readU32((iocb + 8) as Addr) !== 0) throw EINVAL
  for (const each of find(task, ctx_id).waiting) {
    if (each.request.iocb !== iocb) continue
    each.cancel()
    // The result comes through the ring, as any other.
    throw EINPROGRESS
  }
  throw EINVAL
}

/** Errors: EINVAL, EFAULT, EINTR (never restarted). */
export const io_getevents: Handler<'io_getevents'> = (
  task,
  { ctx_id, min_nr, nr, events, timeout },
) => getEvents(task, ctx_id, min_nr, nr, events, timeOut(task, timeout), EINTR)

export const io_pgetevents: Handler<'io_pgetevents'> = (
  task,
  { ctx_id, min_nr, nr, events, timeout, usig },
) => {
  const waitNs = timeOut(task, timeout)
  const mask = usig === 0 ? undefined : task.mm.readStruct(sigset_argpack, usig)
  if (mask === undefined || mask.p === 0)
    return getEvents(task, ctx_id, min_nr, nr, events, waitNs, ERESTARTNOHAND)
  beginSignalMask(task, mask.p as Addr, mask.size)
  return underMask(task, getEvents(task, ctx_id, min_nr, nr, events, waitNs, ERESTARTNOHAND))
}

/** The mask stays for a handler that is due, even where there are events to report. */
function* underMask(task: Task, body: Blocking): Blocking {
  try {
    return yield* body
  } finally {
    if (!task.signalPending) endSignalMask(task)
  }
}

/** ns; undefined for no limit. Linux checks nothing, and what is negative overflows to that. Errors: EFAULT. */
function timeOut(task: Task, at: Addr): number | undefined {
  if (at === 0) return undefined
  const { tv_sec, tv_nsec } = task.mm.readStruct(timespec, at)
  const ns = tv_sec * 1e9 + tv_nsec
  return ns < 0 ? undefined : ns
}

function* getEvents(
  task: Task,
  id: number,
  least: number,
  most: number,
  events: Addr,
  waitNs: number | undefined,
  interrupted: Errno,
): Blocking {
  const context = find(task, id)
  if (least > most || least < 0) throw EINVAL
  const deadlineNs = waitNs === undefined ? undefined : deadlineIn(task, waitNs)
  let last = waitNs === 0
  let total = 0
  try {
    for (;;) {
      if (context.dead) throw EINVAL
      const from = total
      total += context.ring.take(most - from, (bytes, before) =>
        task.mm.write((events + (from + before) * EVENT_BYTES) as Addr, bytes),
      )
      if (last || total >= least) break
      last = (yield sleep(context.queue, ANY_EVENT, deadlineNs)) !== 'event'
    }
  } catch (error) {
    if (total === 0 || !(error instanceof Errno)) throw error
  }
  if (total === 0 && task.signalPending) throw interrupted
  return total
}
