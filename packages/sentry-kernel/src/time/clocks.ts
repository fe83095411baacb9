// The clocks that programs can name. (time)
// Linux kernel/time/posix-timers.c, posix-cpu-timers.c: negative ids name CPU clocks of a process or thread.

import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_PROCESS_CPUTIME_ID,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  CLOCK_REALTIME_COARSE,
  CLOCK_TAI,
  CLOCK_THREAD_CPUTIME_ID,
  EINVAL,
} from '@tsvisor/abi'
import type { Time } from '../platform/host.ts'
import type { Task } from '../task/task.ts'

const SECOND = 1e9

export type ClockKind = 'realtime' | 'monotonic' | 'process-cpu' | 'thread-cpu'

/** A clock as a program named it. `task`: whose CPU time. */
export interface GuestClock {
  readonly kind: ClockKind
  readonly task: Task
  readonly coarse: boolean
}

/** Errors: EINVAL for unknown ids and for processes that do not exist; one that was not waited for does. */
export function clockOf(task: Task, id: number): GuestClock {
  switch (id) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
      return { kind: 'realtime', task, coarse: false }
    case CLOCK_REALTIME_COARSE:
      return { kind: 'realtime', task, coarse: true }
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
      return { kind: 'monotonic', task, coarse: false }
    case CLOCK_MONOTONIC_COARSE:
      return { kind: 'monotonic', task, coarse: true }
    case CLOCK_PROCESS_CPUTIME_ID:
      return { kind: 'process-cpu', task, coarse: false }
    case CLOCK_THREAD_CPUTIME_ID:
      return { kind: 'thread-cpu', task, coarse: false }
  }
  if (id >= 0 || (id & 3) === 3) throw EINVAL
  const number = ~(id >> 3)
  const perThread = (id & 4) !== 0
  const other = number === 0 ? task : task.pidNamespace.task(number)
  if (!other) throw EINVAL
  if (perThread) {
    if (other.group !== task.group || other.state === 'dead') throw EINVAL
    return { kind: 'thread-cpu', task: other, coarse: false }
  }
  if (number !== 0 && !other.isLeader) throw EINVAL
  return { kind: 'process-cpu', task: other, coarse: false }
}

/** Nanoseconds of a clock other than realtime. */
export function clockNs(clock: GuestClock): number {
  if (clock.kind === 'process-cpu') return clock.task.group.cpuNs()
  if (clock.kind === 'thread-cpu') return clock.task.cpuNs()
  return clock.task.kernel.clock.monotonicNs()
}
export function clockTime(clock: GuestClock): Time {
  if (clock.kind === 'realtime') return clock.task.kernel.clock.realtime()
  const ns = clockNs(clock)
  const sec = Math.floor(ns / SECOND)
  return { sec, nsec: Math.floor(ns - sec * SECOND) }
}

/** ns until `time` on the clock (negative: past). Realtime differences are taken before they get large. */
export function nsUntil(clock: GuestClock, time: Time): number {
  const now = clockTime(clock)
  return (time.sec - now.sec) * SECOND + (time.nsec - now.nsec)
}
