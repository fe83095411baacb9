// How a system call sleeps: it is a generator, and each `yield` is a point where its task sleeps. (kernel core)

import { ERESTARTSYS } from '@tsvisor/abi'
import { ANY_EVENT, type WaitQueue } from '../wait-queue.ts'

/** Why a task woke. A fatal signal never resumes the generator: it is closed (`finally` blocks run). */
export type WakeReason = 'event' | 'timeout' | 'signal'

/** What a task sleeps on. */
export interface Sleep {
  readonly queues: readonly WaitQueue[]
  /** POLL* bits that should wake it. */
  readonly events: number
  /** Monotonic ns, or undefined for no time-out. */
  readonly deadlineNs: number | undefined
  /**
   * What may cut the sleep short: any unblocked signal, or only a fatal one. `nothing`: the task is
   * dying already, and stops for its tracer once more.
   */
  readonly interruptedBy: 'signal' | 'kill' | 'nothing'
}

/** A system call (or part of one) that may sleep. Resumed with the reason. */
export type Blocking<T = number> = Generator<Sleep, T, WakeReason>

/** What a handler returns: the result at once, or a generator that will return it. */
export type Result = number | Blocking<number>

/**
 * What a kernel object returns instead of a count when it cannot go on now. No errno has this value
 * as a result; the caller sleeps on the object's wait queue, or answers EAGAIN when non-blocking.
 */
export const WOULD_BLOCK = -1

/** A sleep on one or more queues, interruptible by signals. Use as `const why = yield sleep(queue)`. */
export const sleep = (
  queue: WaitQueue | readonly WaitQueue[],
  events: number = ANY_EVENT,
  deadlineNs?: number,
): Sleep => ({
  queues: Array.isArray(queue) ? queue : [queue as WaitQueue],
  events,
  deadlineNs,
  interruptedBy: 'signal',
})

/**
 * No sleep at all: lets others have their turn in the middle of a call that a guest can make as long
 * as it likes. Only a fatal signal ends the call there.
 */
export const turn = (nowNs: number): Sleep => ({
  queues: [],
  events: 0,
  deadlineNs: nowNs,
  interruptedBy: 'kill',
})

/**
 * Sleeps until the queue is notified or the deadline passes.
 * Errors: ERESTARTSYS when a signal cut it short.
 */
export function* waitFor(
  queue: WaitQueue | readonly WaitQueue[],
  events: number = ANY_EVENT,
  deadlineNs?: number,
): Blocking<'event' | 'timeout'> {
  const why = yield sleep(queue, events, deadlineNs)
  if (why === 'signal') throw ERESTARTSYS
  return why
}

/**
 * Runs `attempt` until it answers something else than WOULD_BLOCK, sleeping on `queue` in between.
 * Errors: ERESTARTSYS on a signal; ETIMEDOUT is the caller's to define: it gets WOULD_BLOCK back.
 */
export function* retry(
  queue: WaitQueue,
  events: number,
  attempt: () => number,
  deadlineNs?: number,
): Blocking<number> {
  for (;;) {
    const result = attempt()
    if (result !== WOULD_BLOCK) return result
    if ((yield* waitFor(queue, events, deadlineNs)) === 'timeout') return WOULD_BLOCK
  }
}

/**
 * Result of a call that has set the registers itself (rt_sigreturn), or whose task will not return
 * to user mode (exit): the dispatcher leaves rax alone.
 */
export const KEEP_REGISTERS = -0x1_0000
