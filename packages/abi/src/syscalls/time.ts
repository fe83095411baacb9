// System calls on clocks, timers and sleeping. (abi, pure)

import { clockIds, itimerWhich, timerFlags } from '../constants/time.ts'
import { i32, i64 } from '../struct.ts'
import { sigevent } from '../structs/signal.ts'
import { itimerspec, itimerval, timespec, timeval, timex, timezone } from '../structs/time.ts'
import { flags, int, oneOf, ptr, ptrTo, sys, uint } from '../syscall.ts'

export const timeSyscalls = {
  nanosleep: sys(35, () => ({ req: ptr('in', timespec), rem: ptr('out', timespec) })),
  getitimer: sys(36, () => ({ which: oneOf(itimerWhich), curr_value: ptr('out', itimerval) })),
  alarm: sys(37, () => ({ seconds: uint })),
  setitimer: sys(38, () => ({
    which: oneOf(itimerWhich),
    new_value: ptr('in', itimerval),
    old_value: ptr('out', itimerval),
  })),
  gettimeofday: sys(96, () => ({ tv: ptr('out', timeval), tz: ptr('out', timezone) })),
  adjtimex: sys(159, () => ({ buf: ptr('inout', timex) })),
  settimeofday: sys(164, () => ({ tv: ptr('in', timeval), tz: ptr('in', timezone) })),
  time: sys(201, () => ({ tloc: ptrTo('out', i64) })),
  timer_create: sys(222, () => ({
    clockid: oneOf(clockIds),
    sevp: ptr('in', sigevent),
    timerid: ptrTo('out', i32),
  })),
  timer_settime: sys(223, () => ({
    timerid: int,
    flags: flags(timerFlags),
    new_value: ptr('in', itimerspec),
    old_value: ptr('out', itimerspec),
  })),
  timer_gettime: sys(224, () => ({ timerid: int, curr_value: ptr('out', itimerspec) })),
  timer_getoverrun: sys(225, () => ({ timerid: int })),
  timer_delete: sys(226, () => ({ timerid: int })),
  clock_settime: sys(227, () => ({ clockid: oneOf(clockIds), tp: ptr('in', timespec) })),
  clock_gettime: sys(228, () => ({ clockid: oneOf(clockIds), tp: ptr('out', timespec) })),
  clock_getres: sys(229, () => ({ clockid: oneOf(clockIds), res: ptr('out', timespec) })),
  clock_nanosleep: sys(230, () => ({
    clockid: oneOf(clockIds),
    flags: flags(timerFlags),
    request: ptr('in', timespec),
    remain: ptr('out', timespec),
  })),
  clock_adjtime: sys(305, () => ({ clockid: oneOf(clockIds), buf: ptr('inout', timex) })),
}
