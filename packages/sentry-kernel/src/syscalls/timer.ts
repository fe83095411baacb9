// Interval timers and POSIX timers. (syscalls)

import {
  type Addr,
  CAP_WAKE_ALARM,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC_RAW,
  CLOCK_REALTIME_ALARM,
  EAGAIN,
  EINVAL,
  EOPNOTSUPP,
  EPERM,
  ITIMER_PROF,
  ITIMER_REAL,
  RLIMIT_SIGPENDING,
  SIGALRM,
  SIGEV_NONE,
  SIGEV_SIGNAL,
  SIGEV_THREAD,
  SIGEV_THREAD_ID,
  sigevent,
  TIMER_ABSTIME,
} from '@tsvisor/abi'
import { SIGNAL_MAX } from '../signal/signal-actions.ts'
import { hasCapability } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { clockOf } from '../time/clocks.ts'
import {
  fromNs,
  readTimespec,
  readTimeval,
  toNs,
  writeTimespec,
  writeTimeval,
} from '../time/guest-time.ts'
import { PosixTimer, type TimerEvent } from '../time/posix-timer.ts'
import type { Handler } from './handler.ts'

interface State {
  readonly valueNs: number
  readonly intervalNs: number
}
const PART = 16

export const getitimer: Handler<'getitimer'> = (task, { which, curr_value }) => {
  if (which < ITIMER_REAL || which > ITIMER_PROF) throw EINVAL
  writeItimerval(task, curr_value, task.group.intervals.get(which))
  return 0
}
export const setitimer: Handler<'setitimer'> = (task, { which, new_value, old_value }) => {
  // Linux takes NULL as zeros.
  const interval = new_value === 0 ? 0 : toNs(readTimeval(task, new_value))
  const value = new_value === 0 ? 0 : toNs(readTimeval(task, (new_value + PART) as Addr))
  if (which < ITIMER_REAL || which > ITIMER_PROF) throw EINVAL
  const old = task.group.intervals.set(which, value, interval)
  if (old_value !== 0) writeItimerval(task, old_value, old)
  return 0
}
function writeItimerval(task: Task, at: Addr, { valueNs, intervalNs }: State): void {
  writeTimeval(task, at, fromNs(intervalNs))
  writeTimeval(task, (at + PART) as Addr, fromNs(valueNs))
}

export const alarm: Handler<'alarm'> = (task, { seconds }) => {
  const old = task.group.intervals.set(ITIMER_REAL, seconds * 1e9, 0)
  if (old.valueNs === 0) return 0
  // Rounded, but an armed timer never shows zero.
  return Math.max(1, Math.round(old.valueNs / 1e9))
}

export const timer_create: Handler<'timer_create'> = (task, { clockid, sevp, timerid }) => {
  const clock = clockOf(task, clockid)
  if (clock.coarse || clockid === CLOCK_MONOTONIC_RAW) throw EOPNOTSUPP
  if (clockid === CLOCK_REALTIME_ALARM || clockid === CLOCK_BOOTTIME_ALARM)
    if (!hasCapability(task.creds, CAP_WAKE_ALARM)) throw EPERM
  const { timers, limits } = task.group
  if (timers.size >= limits.soft(RLIMIT_SIGPENDING)) throw EAGAIN
  const id = task.group.nextTimerId++
  const timer = new PosixTimer(id, task.group, clock, eventOf(task, sevp, id))
  task.mm.writeU32(timerid, id)
  timers.set(id, timer)
  return 0
}

/** Errors: EFAULT, EINVAL (good_sigevent). */
function eventOf(task: Task, sevp: Addr, id: number): TimerEvent {
  if (sevp === 0)
    return { notify: SIGEV_SIGNAL, signo: SIGALRM, value: BigInt(id), thread: undefined }
  const given = task.mm.readStruct(sigevent, sevp)
  const notify = given.sigev_notify
  const signo = given.sigev_signo
  const event = { notify, signo, value: given.sigev_value, thread: undefined }
  if (notify === SIGEV_NONE) return event
  const valid = signo >= 1 && signo <= SIGNAL_MAX
  if (notify === SIGEV_THREAD_ID) {
    const thread = task.pidNamespace.task(given.sigev_notify_thread_id)
    if (thread?.group !== task.group || !valid) throw EINVAL
    return { ...event, thread }
  }
  if ((notify !== SIGEV_SIGNAL && notify !== SIGEV_THREAD) || !valid) throw EINVAL
  return event
}

/** Errors: EINVAL. */
function timerOf(task: Task, id: number): PosixTimer {
  const timer = task.group.timers.get(id)
  if (!timer) throw EINVAL
  return timer
}

export const timer_settime: Handler<'timer_settime'> = (task, args) => {
  const { timerid, flags, new_value, old_value } = args
  if (new_value === 0) throw EINVAL
  const interval = readTimespec(task, new_value)
  const value = readTimespec(task, (new_value + PART) as Addr)
  const timer = timerOf(task, timerid)
  const old = timer.get()
  if (value.sec === 0 && value.nsec === 0) timer.set(undefined, 0)
  else timer.set((flags & TIMER_ABSTIME) !== 0 ? timer.until(value) : toNs(value), toNs(interval))
  if (old_value !== 0) writeItimerspec(task, old_value, old)
  return 0
}
export const timer_gettime: Handler<'timer_gettime'> = (task, { timerid, curr_value }) => {
  writeItimerspec(task, curr_value, timerOf(task, timerid).get())
  return 0
}
function writeItimerspec(task: Task, at: Addr, { valueNs, intervalNs }: State): void {
  writeTimespec(task, at, fromNs(intervalNs))
  writeTimespec(task, (at + PART) as Addr, fromNs(valueNs))
}
export const timer_getoverrun: Handler<'timer_getoverrun'> = (task, { timerid }) =>
  timerOf(task, timerid).lastOverrun

export const timer_delete: Handler<'timer_delete'> = (task, { timerid }) => {
  const timer = timerOf(task, timerid)
  timer.cancel()
  task.group.timers.delete(timerid)
  return 0
}
