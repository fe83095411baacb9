// Process groups, sessions, stopping and continuing.
// biome-ignore-all lint/correctness/useYield: a guest without system calls is a guest too.
import {
  CLD_CONTINUED,
  CLD_EXITED,
  CLD_STOPPED,
  EACCES,
  ECHILD,
  EPERM,
  ESRCH,
  P_ALL,
  P_PGID,
  P_PID,
  P_PIDFD,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_PDEATHSIG,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIGKILL,
  SIGSTOP,
  SIGTSTP,
  SIGUSR1,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WUNTRACED,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { runGuest, type Sys } from '../../src/testing/index.ts'

function* waitStatus(sys: Sys, pid: number, options = 0) {
  const status = { value: -1 }
  const got = yield* sys.wait4(pid, status, options, null)
  return got > 0 ? status.value : got
}
const infoOf = (info: Uint8Array) => {
  const view = new DataView(info.buffer)
  return {
    signo: view.getInt32(0, true),
    code: view.getInt32(8, true),
    pid: view.getInt32(16, true),
    status: view.getInt32(24, true),
  }
}

describe('stop and continue', () => {
  test('wait reports both, SIGCHLD tells both', () => {
    const codes: number[] = []
    runGuest(function* (sys) {
      yield* sys.handle(
        SIGCHLD,
        function* (sys, _signo, info) {
          codes.push(sys.memory.i32(info + 8))
        },
        { flags: 4 },
      )
      const pid = yield* sys.fork(function* (child) {
        for (;;) yield* child.pause()
      })
      yield* sys.kill(pid, SIGSTOP)
      expect(yield* waitStatus(sys, pid, WUNTRACED)).toBe((SIGSTOP << 8) | 0x7f)
      expect(yield* waitStatus(sys, pid, WUNTRACED | WNOHANG)).toBe(0)
      yield* sys.kill(pid, SIGCONT)
      expect(yield* waitStatus(sys, pid, WCONTINUED)).toBe(0xffff)
      yield* sys.kill(pid, SIGKILL)
      expect(yield* waitStatus(sys, pid)).toBe(SIGKILL)
    })
    expect(codes.slice(0, 2)).toEqual([CLD_STOPPED, CLD_CONTINUED])
  })

  test('all threads stop, none runs on', () => {
    runGuest(function* (sys) {
      const at = sys.alloc(8)
      const pid = yield* sys.clone(0x100 | SIGCHLD, 0, 0, 0, 0, function* (child: Sys) {
        yield* child.thread(function* (thread) {
          for (;;) {
            thread.memory.setU32(at, thread.memory.u32(at) + 1)
            yield* thread.compute(1_000_000)
          }
        })
        for (;;) yield* child.pause()
      })
      yield* sys.nanosleep({ tv_sec: 0, tv_nsec: 20_000_000 }, null)
      yield* sys.kill(pid, SIGSTOP)
      yield* waitStatus(sys, pid, WUNTRACED)
      const then = sys.memory.u32(at)
      expect(then).toBeGreaterThan(5)
      yield* sys.nanosleep({ tv_sec: 1 }, null)
      expect(sys.memory.u32(at)).toBe(then)
      yield* sys.kill(pid, SIGKILL)
      expect(yield* waitStatus(sys, pid)).toBe(SIGKILL)
    })
  })

  test('a call that a stop interrupted goes on after SIGCONT', () => {
    runGuest(function* (sys) {
      const pid = yield* sys.fork(function* (child) {
        return (yield* child.nanosleep({ tv_sec: 5 }, null)) === 0 ? 4 : 5
      })
      yield* sys.nanosleep({ tv_sec: 1 }, null)
      yield* sys.kill(pid, SIGSTOP)
      yield* waitStatus(sys, pid, WUNTRACED)
      yield* sys.nanosleep({ tv_sec: 10 }, null)
      yield* sys.kill(pid, SIGCONT)
      expect(yield* waitStatus(sys, pid)).toBe(4 << 8)
    })
  })

  test('an orphaned job with a stopped member gets SIGHUP and SIGCONT', () => {
    const got: number[] = []
    runGuest(function* (sys) {
      yield* sys.prctl(PR_SET_CHILD_SUBREAPER, 1)
      const shell = yield* sys.fork(function* (shell) {
        yield* shell.setsid()
        const job = yield* shell.fork(function* (job) {
          yield* job.setpgid(0, 0)
          yield* job.handle(SIGHUP, function* (_sys, signo) {
            got.push(signo)
          })
          yield* job.kill(yield* job.getpid(), SIGTSTP)
          return 9
        })
        yield* waitStatus(shell, job, WUNTRACED)
      })
      expect(yield* waitStatus(sys, shell)).toBe(0)
      expect(yield* waitStatus(sys, -1)).toBe(9 << 8)
    })
    expect(got).toEqual([SIGHUP])
  })
})

describe('wait', () => {
  test('waitid: WNOWAIT leaves the zombie; fields; P_PGID, P_PIDFD', () => {
    runGuest(function* (sys) {
      const pid = yield* sys.fork(function* () {
        return 3
      })
      const info = new Uint8Array(128)
      expect(yield* sys.waitid(P_PID, pid, info, WEXITED | WNOWAIT, null)).toBe(0)
      const expected = { signo: SIGCHLD, code: CLD_EXITED, pid, status: 3 }
      expect(infoOf(info)).toEqual(expected)
      const group = yield* sys.getpgrp()
      yield* sys.waitid(P_PGID, group, info.fill(0), WEXITED | WNOWAIT, null)
      expect(infoOf(info)).toEqual(expected)
      const pidfd = yield* sys.pidfd_open(pid, 0)
      expect(pidfd).toBeGreaterThanOrEqual(0)
      yield* sys.waitid(P_PIDFD, pidfd, info.fill(0), WEXITED, null)
      expect(infoOf(info)).toEqual(expected)
      expect(yield* sys.waitid(P_ALL, 0, info, WEXITED, null)).toBe(-ECHILD.code)
      expect(yield* sys.pidfd_send_signal(pidfd, SIGUSR1, null, 0)).toBe(-ESRCH.code)
    })
  })

  test('SIG_IGN for SIGCHLD: no zombie, wait ends with ECHILD', () => {
    runGuest(function* (sys) {
      yield* sys.handle(SIGCHLD, 'ignore')
      yield* sys.fork(function* () {})
      expect(yield* waitStatus(sys, -1)).toBe(-ECHILD.code)
    })
  })

  test('orphans go to init, or to a subreaper; PDEATHSIG', () => {
    const parents: number[] = []
    runGuest(function* (sys) {
      const middle = yield* sys.fork(function* (middle) {
        yield* middle.fork(function* (child) {
          yield* child.prctl(PR_SET_PDEATHSIG, SIGUSR1)
          yield* child.handle(SIGUSR1, function* () {
            parents.push(0)
          })
          yield* child.pause()
          parents.push(yield* child.getppid())
          return 8
        })
        yield* middle.sched_yield()
        yield* middle.nanosleep({ tv_sec: 1 }, null)
      })
      yield* waitStatus(sys, middle)
      expect(yield* waitStatus(sys, -1)).toBe(8 << 8)
    })
    expect(parents).toEqual([0, 1])
  })

  test('the CPU time of a child shows in its rusage', () => {
    runGuest(function* (sys) {
      const pid = yield* sys.fork(function* (child) {
        yield* child.compute(2_500_000_000)
      })
      const usage = { ru_utime: { tv_sec: 0, tv_usec: 0 } }
      yield* sys.wait4(pid, null, 0, usage)
      expect(usage.ru_utime.tv_sec).toBe(2)
      const children = { ru_utime: { tv_sec: 0, tv_usec: 0 } }
      yield* sys.getrusage(-1, children)
      expect(children.ru_utime).toEqual(usage.ru_utime)
    })
  })
})

describe('groups and sessions', () => {
  test('setsid, setpgid and their refusals', () => {
    runGuest(function* (sys) {
      expect(yield* sys.setsid()).toBe(-EPERM.code)
      expect(yield* sys.setpgid(0, 0)).toBe(-EPERM.code)
      const pid = yield* sys.fork(function* (child) {
        expect(yield* child.getsid(0)).toBe(1)
        expect(yield* child.setpgid(0, 77)).toBe(-EPERM.code)
        expect(yield* child.setsid()).toBe(2)
        expect(yield* child.getsid(0)).toBe(2)
        expect(yield* child.getpgid(0)).toBe(2)
        yield* child.pause()
      })
      yield* sys.sched_yield()
      yield* sys.nanosleep({ tv_sec: 1 }, null)
      expect(yield* sys.setpgid(pid, 0)).toBe(-EPERM.code)
      expect(yield* sys.setpgid(99, 0)).toBe(-ESRCH.code)
      expect(EACCES.code).toBe(13)
      yield* sys.kill(-pid, SIGKILL)
      expect(yield* waitStatus(sys, pid)).toBe(SIGKILL)
    })
  })

  test('kill of a group reaches all its members', () => {
    runGuest(function* (sys) {
      const first = yield* sys.fork(function* (child) {
        yield* child.pause()
      })
      const second = yield* sys.fork(function* (child) {
        yield* child.pause()
      })
      expect(yield* sys.setpgid(first, first)).toBe(0)
      expect(yield* sys.setpgid(second, first)).toBe(0)
      expect(yield* sys.getpgid(second)).toBe(first)
      yield* sys.kill(-first, SIGKILL)
      expect(yield* waitStatus(sys, -first)).toBe(SIGKILL)
      expect(yield* waitStatus(sys, -first)).toBe(SIGKILL)
      expect(yield* waitStatus(sys, -first)).toBe(-ECHILD.code)
    })
  })
})

describe('PID namespaces', () => {
  test('the first process is 1 inside, and takes the rest with it', () => {
    runGuest(function* (sys) {
      const inside: number[] = []
      const pid = yield* sys.clone(0x20000000 | SIGCHLD, 0, 0, 0, 0, function* (init: Sys) {
        inside.push(yield* init.getpid(), yield* init.getppid())
        inside.push(
          yield* init.fork(function* (child) {
            inside.push(yield* child.getpid(), yield* child.getppid())
            yield* child.pause()
          }),
        )
        yield* init.nanosleep({ tv_sec: 1 }, null)
      })
      expect(pid).toBe(2)
      expect(yield* sys.kill(3, 0)).toBe(-ESRCH.code)
      expect(yield* waitStatus(sys, pid)).toBe(0)
      expect(inside).toEqual([1, 0, 2, 2, 1])
      expect(yield* sys.kill(3, 0)).toBe(-ESRCH.code)
    })
  })
})
