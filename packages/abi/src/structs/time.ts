// Time values and timers. (abi, pure)

import { array, i32, i64, pad, struct, u32 } from '../struct.ts'

export const timespec = struct('timespec', { tv_sec: i64, tv_nsec: i64 })
export const timeval = struct('timeval', { tv_sec: i64, tv_usec: i64 })
export const itimerspec = struct('itimerspec', { it_interval: timespec, it_value: timespec })
export const itimerval = struct('itimerval', { it_interval: timeval, it_value: timeval })
export const timezone = struct('timezone', { tz_minuteswest: i32, tz_dsttime: i32 })
export const utimbuf = struct('utimbuf', { actime: i64, modtime: i64 })
/** Clock ticks (USER_HZ). */
export const tms = struct('tms', {
  tms_utime: i64,
  tms_stime: i64,
  tms_cutime: i64,
  tms_cstime: i64,
})
/** Access and modification time, as utimes(2) takes them. */
export const timevalPair = array(timeval, 2)
/** Access and modification time, as utimensat(2) takes them. */
export const timespecPair = array(timespec, 2)
/** adjtimex(2). */
export const timex = struct('timex', {
  modes: u32,
  offset: i64,
  freq: i64,
  maxerror: i64,
  esterror: i64,
  status: i32,
  constant: i64,
  precision: i64,
  tolerance: i64,
  time: timeval,
  tick: i64,
  ppsfreq: i64,
  jitter: i64,
  shift: i32,
  stabil: i64,
  jitcnt: i64,
  calcnt: i64,
  errcnt: i64,
  stbcnt: i64,
  tai: i32,
  __reserved: pad(44),
})
