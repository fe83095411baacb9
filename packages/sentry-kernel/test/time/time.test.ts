// Clocks, sleeping, interval and POSIX timers, on virtual time.
// biome-ignore-all lint/correctness/useYield: a guest without system calls is a guest too.
import {
  CLOCK_MONOTONIC,
  CLOCK_PROCESS_CPUTIME_ID,
  CLOCK_REALTIME,
  CLOCK_THREAD_CPUTIME_ID,
  EINVAL,
  EPERM,
  ITIMER_PROF,
  ITIMER_REAL,
  RLIMIT_CPU,
  SIG_BLOCK,
  SIG_UNBLOCK,
  SIGALRM,
  SIGEV_THREAD_ID,
  SIGKILL,
  SIGPROF,
  SIGUSR1,
  SIGXCPU,
  TIMER_ABSTIME,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { runGuest, type Sys } from '../../src/testing/index.ts'

function* now(sys: Sys, clock: number) {
  const time = { tv_sec: 0, tv_nsec: 0 }
  expect(yield* sys.clock_gettime(clock, time)).toBe(0)
  return time.tv_sec * 1e9 + time.tv_nsec
}
const usr1 = Uint8Array.of(0, 2, 0, 0, 0, 0, 0, 0)

describe('clocks', () => {
  test('real time, monotonic time, CPU time', () => {
    runGuest(function* (sys) {
      const real = yield* now(sys, CLOCK_REALTIME)
      expect(real / 1e9).toBeCloseTo(1_704_067_201, 1)
      expect(yield* sys.time(null)).toBe(Math.floor(real / 1e9))
      const before = yield* now(sys, CLOCK_MONOTONIC)
      const cpu = yield* now(sys, CLOCK_PROCESS_CPUTIME_ID)
      yield* sys.nanosleep({ tv_sec: 3, tv_nsec: 5 }, null)
      yield* sys.compute(50_000_000)
      expect((yield* now(sys, CLOCK_MONOTONIC)) - before).toBeGreaterThan(3_050_000_000)
      const used = (yield* now(sys, CLOCK_THREAD_CPUTIME_ID)) - cpu
      expect(used).toBeGreaterThanOrEqual(50_000_000)
      expect(used).toBeLessThan(51_000_000)
      expect(yield* sys.clock_gettime(99, {})).toBe(-EINVAL.code)
      expect(yield* sys.settimeofday({ tv_sec: 1 }, null)).toBe(-EPERM.code)
      expect(yield* sys.nanosleep({ tv_sec: 0, tv_nsec: 1e9 }, null)).toBe(-EINVAL.code)
    })
  })

  test('clock_nanosleep until a point in real time', () => {
    runGuest(function* (sys) {
      const start = yield* now(sys, CLOCK_REALTIME)
      const until = { tv_sec: Math.floor(start / 1e9) + 2, tv_nsec: 0 }
      expect(yield* sys.clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, until, null)).toBe(0)
      const after = yield* now(sys, CLOCK_REALTIME)
      expect(after / 1e9).toBeCloseTo(until.tv_sec, 4)
    })
  })
})

describe('timers', () => {
  test('setitimer with an interval; getitimer; alarm shares the timer', () => {
    let fired = 0
    runGuest(function* (sys) {
      yield* sys.handle(SIGALRM, function* () {
        fired++
      })
      const value = { it_value: { tv_sec: 1 }, it_interval: { tv_sec: 2 } }
      yield* sys.setitimer(ITIMER_REAL, value, null)
      for (let i = 0; i < 3; i++) yield* sys.pause()
      const left = { it_value: { tv_sec: 0 }, it_interval: { tv_sec: 0 } }
      yield* sys.getitimer(ITIMER_REAL, left)
      expect(left).toMatchObject({ it_value: { tv_sec: 1 }, it_interval: { tv_sec: 2 } })
      expect(yield* sys.alarm(0)).toBe(2)
      yield* sys.getitimer(ITIMER_REAL, left)
      expect(left).toMatchObject({ it_value: { tv_sec: 0 }, it_interval: { tv_sec: 0 } })
    })
    expect(fired).toBe(3)
  })

  test('ITIMER_PROF counts CPU time only', () => {
    let fired = 0
    runGuest(function* (sys) {
      yield* sys.handle(SIGPROF, function* () {
        fired++
      })
      yield* sys.setitimer(ITIMER_PROF, { it_value: { tv_sec: 0, tv_usec: 100_000 } }, null)
      yield* sys.nanosleep({ tv_sec: 1 }, null)
      expect(fired).toBe(0)
      yield* sys.compute(150_000_000)
      expect(fired).toBe(1)
    })
  })

  test('a POSIX timer: overruns while its signal is blocked', () => {
    const seen: number[] = []
    runGuest(function* (sys) {
      yield* sys.handle(
        SIGUSR1,
        function* (sys, _signo, info) {
          seen.push(sys.memory.i32(info + 8), sys.memory.i32(info + 20), sys.memory.u32(info + 24))
        },
        { flags: 4 },
      )
      const id = { value: -1 }
      const event = { sigev_signo: SIGUSR1, sigev_notify: 0, sigev_value: 5n }
      expect(yield* sys.timer_create(CLOCK_MONOTONIC, event, id)).toBe(0)
      yield* sys.rt_sigprocmask(SIG_BLOCK, usr1, null, 8)
      const every = { it_value: { tv_nsec: 10_000_000 }, it_interval: { tv_nsec: 10_000_000 } }
      expect(yield* sys.timer_settime(id.value, 0, every, null)).toBe(0)
      yield* sys.nanosleep({ tv_nsec: 55_000_000 }, null)
      yield* sys.rt_sigprocmask(SIG_UNBLOCK, usr1, null, 8)
      expect(yield* sys.timer_getoverrun(id.value)).toBe(4)
      expect(yield* sys.timer_delete(id.value)).toBe(0)
      expect(yield* sys.timer_getoverrun(id.value)).toBe(-EINVAL.code)
    })
    expect(seen).toEqual([-2, 4, 5])
  })

  test('SIGEV_THREAD_ID goes to that thread', () => {
    let who = 0
    runGuest(function* (sys) {
      yield* sys.handle(SIGUSR1, function* (sys) {
        who = yield* sys.gettid()
      })
      const tid = yield* sys.thread(function* (thread) {
        for (;;) yield* thread.pause()
      })
      const id = { value: -1 }
      yield* sys.timer_create(
        CLOCK_REALTIME,
        {
          sigev_signo: SIGUSR1,
          sigev_notify: SIGEV_THREAD_ID,
          sigev_notify_thread_id: tid,
        },
        id,
      )
      yield* sys.timer_settime(id.value, 0, { it_value: { tv_sec: 1 } }, null)
      yield* sys.nanosleep({ tv_sec: 2 }, null)
    })
    expect(who).toBe(2)
  })

  test('RLIMIT_CPU: SIGXCPU each second from the soft limit on, SIGKILL at the hard one', () => {
    let warnings = 0
    let status = 0
    runGuest(function* (sys) {
      const pid = yield* sys.fork(function* (child) {
        yield* child.handle(SIGXCPU, function* () {
          warnings++
        })
        yield* child.setrlimit(RLIMIT_CPU, { rlim_cur: 1, rlim_max: 3 })
        yield* child.compute(10_000_000_000)
      })
      const ended = { value: 0 }
      yield* sys.wait4(pid, ended, 0, null)
      status = ended.value
    })
    expect([warnings, status]).toEqual([2, SIGKILL])
  })
})
