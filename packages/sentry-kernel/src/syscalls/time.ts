// Clocks, and sleeping on them. (syscalls)
// Linux kernel/time/posix-timers.c, hrtimer.c, posix-cpu-timers.c.

import {
  type Addr,
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_RAW,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  CLOCK_THREAD_CPUTIME_ID,
  EINVAL,
  EOPNOTSUPP,
  EPERM,
  ERESTART_RESTARTBLOCK,
  ERESTARTNOHAND,
  TIMER_ABSTIME,
  timex,
} from '@tsvisor/abi'
import type { Blocking } from '../kernel/blocking.ts'
import type { Time } from '../platform/host.ts'
import type { Task } from '../task/task.ts'
import { clockNs, clockOf, clockTime, type GuestClock, nsUntil } from '../time/clocks.ts'
import { fromNs, readTimespec, toNs, writeTimespec, writeTimeval } from '../time/guest-time.ts'
import type { Handler } from './handler.ts'

/** Resolution of the coarse clocks: one jiffy of 4 ms. */
const JIFFY_NS = 4_000_000
const CPU_POLL_NS = 1_000_000

export const clock_gettime: Handler<'clock_gettime'> = (task, { clockid, tp }) => {
  writeTimespec(task, tp, clockTime(clockOf(task, clockid)))
  return 0
}
export const clock_getres: Handler<'clock_getres'> = (task, { clockid, res }) => {
  const { coarse } = clockOf(task, clockid)
  if (res !== 0) writeTimespec(task, res, { sec: 0, nsec: coarse ? JIFFY_NS : 1 })
  return 0
}
export const gettimeofday: Handler<'gettimeofday'> = (task, { tv, tz }) => {
  if (tv !== 0) writeTimeval(task, tv, task.kernel.clock.realtime())
  if (tz !== 0) task.mm.write(tz, new Uint8Array(8))
  return 0
}
export const time: Handler<'time'> = (task, { tloc }) => {
  const { sec } = task.kernel.clock.realtime()
  if (tloc !== 0) task.mm.writeU64(tloc, sec)
  return sec
}

/** The clock belongs to the host: nobody in here may set it. */
export const settimeofday: Handler<'settimeofday'> = () => {
  throw EPERM
}
export const clock_settime: Handler<'clock_settime'> = (task, { clockid, tp }) => {
  const { kind } = clockOf(task, clockid)
  const { sec, nsec } = readTimespec(task, tp)
  if (sec < 0 || nsec < 0 || nsec >= 1e9) throw EINVAL
  throw kind === 'realtime' && clockid !== CLOCK_REALTIME_ALARM ? EPERM : EINVAL
}
export const adjtimex: Handler<'adjtimex'> = (task, { buf }) => adjust(task, buf)
export const clock_adjtime: Handler<'clock_adjtime'> = (task, { clockid, buf }) => {
  clockOf(task, clockid)
  if (clockid !== CLOCK_REALTIME) throw EOPNOTSUPP
  return adjust(task, buf)
}
/** STA_UNSYNC and TIME_ERROR: nobody disciplines this clock. */
function adjust(task: Task, buf: Addr): number {
  const state = task.mm.readStruct(timex, buf)
  if (state.modes !== 0) throw EPERM
  const now = task.kernel.clock.realtime()
  task.mm.writeStruct(timex, buf, {
    ...state,
    offset: 0,
    freq: 0,
    maxerror: 16_000_000,
    esterror: 16_000_000,
    status: 0x40,
    constant: 7,
    precision: 1,
    tolerance: 32_768_000,
    time: { tv_sec: now.sec, tv_usec: Math.floor(now.nsec / 1000) },
    tick: 10_000,
  })
  return 5
}

export const nanosleep: Handler<'nanosleep'> = (task, { req, rem }) => {
  const ns = toNs(readTimespec(task, req))
  return sleepFor(task, task.kernel.clock.monotonicNs() + ns, rem)
}

export const clock_nanosleep: Handler<'clock_nanosleep'> = (
  task,
  { clockid, flags, request, remain },
) => {
  const clock = clockOf(task, clockid)
  if (clockid === CLOCK_THREAD_CPUTIME_ID) throw EOPNOTSUPP
  if (clock.kind === 'thread-cpu') throw EINVAL
  if (clock.coarse || clockid === CLOCK_MONOTONIC_RAW) throw EOPNOTSUPP
  const time = readTimespec(task, request)
  const absolute = (flags & TIMER_ABSTIME) !== 0
  if (clock.kind === 'process-cpu') return sleepOnCpu(task, clock, time, absolute, remain)
  const now = task.kernel.clock.monotonicNs()
  if (absolute)
    return sleepUntil(clockid === CLOCK_MONOTONIC ? toNs(time) : now + nsUntil(clock, time))
  return sleepFor(task, now + toNs(time), remain)
}

const onTime = (deadlineNs: number) =>
  ({
    queues: [],
    events: -1,
    deadlineNs: deadlineNs === Number.POSITIVE_INFINITY ? undefined : deadlineNs,
    interruptedBy: 'signal',
  }) as const

/** Relative: what is left is told, and restart_syscall goes on to the same deadline. */
function* sleepFor(task: Task, deadlineNs: number, remain: Addr): Blocking {
  if ((yield onTime(deadlineNs)) !== 'signal') return 0
  const left = deadlineNs - task.kernel.clock.monotonicNs()
  if (left <= 0) return 0
  if (remain !== 0) writeTimespec(task, remain, fromNs(Math.min(left, 2 ** 62)))
  task.restartBlock = () => sleepFor(task, deadlineNs, remain)
  throw ERESTART_RESTARTBLOCK
}
function* sleepUntil(deadlineNs: number): Blocking {
  if ((yield onTime(deadlineNs)) === 'signal') throw ERESTARTNOHAND
  return 0
}
function* sleepOnCpu(
  task: Task,
  clock: GuestClock,
  time: Time,
  absolute: boolean,
  remain: Addr,
): Blocking {
  const target = toNs(time) + (absolute ? 0 : clockNs(clock))
  for (;;) {
    const left = target - clockNs(clock)
    if (left <= 0) return 0
    const wait = Math.max(CPU_POLL_NS, left / task.kernel.cpus)
    if ((yield onTime(task.kernel.clock.monotonicNs() + wait)) !== 'signal') continue
    if (absolute) throw ERESTARTNOHAND
    const rest = fromNs(Math.max(0, target - clockNs(clock)))
    if (remain !== 0) writeTimespec(task, remain, rest)
    task.restartBlock = () => sleepOnCpu(task, clock, fromNs(target), true, remain)
    throw ERESTART_RESTARTBLOCK
  }
}
