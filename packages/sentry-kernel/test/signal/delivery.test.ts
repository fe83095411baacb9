// Signals: frames, masks, queues, restarts, default actions.
// biome-ignore-all lint/correctness/useYield: a guest without system calls is a guest too.
import {
  EAGAIN,
  EINTR,
  MINSIGSTKSZ,
  RLIMIT_CORE,
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SA_SIGINFO,
  SEGV_MAPERR,
  SI_QUEUE,
  SI_TKILL,
  SI_USER,
  SIG_BLOCK,
  SIG_UNBLOCK,
  SIGABRT,
  SIGALRM,
  SIGCHLD,
  SIGKILL,
  SIGPIPE,
  SIGSEGV,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_ONSTACK,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { Harness, runGuest, type Sys } from '../../src/testing/index.ts'

const bit = (signo: number) => 1n << BigInt(signo - 1)
const set = (...signals: number[]) => {
  const data = new Uint8Array(8)
  new DataView(data.buffer).setBigUint64(
    0,
    signals.reduce((all, s) => all | bit(s), 0n),
    true,
  )
  return data
}
/** si_code, si_pid and si_uid at an address. */
const sender = (sys: Sys, info: number) => ({
  code: sys.memory.i32(info + 8),
  pid: sys.memory.i32(info + 16),
  uid: sys.memory.u32(info + 20),
})

describe('the signal frame', () => {
  test('siginfo, mask, ucontext and return', () => {
    const seen: unknown[] = []
    runGuest(function* (sys) {
      yield* sys.handle(
        SIGUSR1,
        function* (sys, signo, info, ucontext) {
          const mask = new Uint8Array(8)
          yield* sys.rt_sigprocmask(SIG_BLOCK, null, mask, 8)
          seen.push(signo, sender(sys, info), mask[1])
          // uc_flags: FP state, SS kept; REG_RAX in mcontext is the result of kill.
          seen.push(sys.memory.u32(ucontext), sys.memory.u64(ucontext + 40 + 8 * 13))
          const fpstate = sys.memory.u64(ucontext + 40 + 184)
          seen.push(fpstate % 64, sys.memory.u32(fpstate + 464).toString(16))
          const size = sys.memory.u32(fpstate + 480)
          seen.push(sys.memory.u32(fpstate + size).toString(16))
        },
        { flags: SA_SIGINFO, mask: [SIGUSR2] },
      )
      expect(yield* sys.kill(1, SIGUSR1)).toBe(0)
      const mask = new Uint8Array(8)
      yield* sys.rt_sigprocmask(SIG_BLOCK, null, mask, 8)
      expect(mask).toEqual(new Uint8Array(8))
    })
    expect(seen).toEqual([
      SIGUSR1,
      { code: SI_USER, pid: 1, uid: 0 },
      (1 << (SIGUSR1 - 9)) | (1 << (SIGUSR2 - 9)),
      7,
      0,
      0,
      '46505853',
      '46505845',
    ])
  })

  test('FPU registers are initial in a handler, and survive it', () => {
    const harness = new Harness()
    const fpu = (pid: number) => {
      const { thread } = harness.kernel.rootPidNamespace.task(pid)!
      return (thread as unknown as { fpu: Uint8Array }).fpu
    }
    harness.run(function* (sys) {
      fpu(1)[160] = 77
      yield* sys.handle(SIGUSR1, function* (sys) {
        expect(fpu(1)[160]).toBe(0)
        fpu(1)[160] = 1
        yield* sys.getpid()
      })
      yield* sys.kill(1, SIGUSR1)
      expect(fpu(1)[160]).toBe(77)
    })
  })

  test('a broken frame on return is a segmentation fault', () => {
    const result = runGuest(function* (sys) {
      const pid = yield* sys.fork(function* (child) {
        yield* child.handle(SIGUSR1, function* (sys, _signo, _info, ucontext) {
          // XSAVE header with a reserved bit: the CPU would refuse it.
          const fpstate = sys.memory.u64(ucontext + 40 + 184)
          sys.memory.setU32(fpstate + 512 + 16, 1)
        })
        yield* child.tgkill(2, 2, SIGUSR1)
      })
      const status = { value: 0 }
      yield* sys.wait4(pid, status, 0, null)
      return status.value
    })
    expect(result.status).toBe(SIGSEGV << 8)
  })

  test('no room for the frame is a segmentation fault', () => {
    runGuest(function* (sys) {
      const pid = yield* sys.clone(0x100 | SIGCHLD, 16, 0, 0, 0, function* (child: Sys) {
        yield* child.handle(SIGUSR1, function* () {
          yield* child.exit_group(1)
        })
        yield* child.kill(2, SIGUSR1)
      })
      const status = { value: 0 }
      yield* sys.wait4(pid, status, 0, null)
      expect(status.value).toBe(SIGSEGV)
    })
  })

  test('alternate stack: used with SA_ONSTACK, shown while on it', () => {
    runGuest(function* (sys) {
      const size = 16_384
      const base = sys.alloc(size)
      expect(yield* sys.sigaltstack({ ss_sp: base, ss_flags: 0, ss_size: 1024 }, null)).toBe(-12)
      expect(yield* sys.sigaltstack({ ss_sp: base, ss_flags: 0, ss_size: size }, null)).toBe(0)
      let on = 0
      const inside = { ss_flags: 0 }
      yield* sys.handle(
        SIGUSR1,
        function* (sys, _signo, info) {
          on = info > base && info < base + size ? 1 : 0
          yield* sys.sigaltstack(null, inside)
          expect(yield* sys.sigaltstack({ ss_flags: SS_DISABLE }, null)).toBe(-1)
        },
        { flags: SA_ONSTACK },
      )
      yield* sys.kill(1, SIGUSR1)
      expect(on).toBe(1)
      expect(inside.ss_flags).toBe(SS_ONSTACK)
      const after = { ss_flags: 9, ss_sp: 0 }
      yield* sys.sigaltstack(null, after)
      expect(after).toMatchObject({ ss_flags: 0, ss_sp: base })
      expect(MINSIGSTKSZ).toBe(2048)
    })
  })

  test('SS_AUTODISARM: disabled in the handler, back afterwards', () => {
    runGuest(function* (sys) {
      const base = sys.alloc(16_384)
      const flags = SS_AUTODISARM | 0
      yield* sys.sigaltstack({ ss_sp: base, ss_flags: flags, ss_size: 16_384 }, null)
      const inside = { ss_flags: 0, ss_size: 1 }
      yield* sys.handle(
        SIGUSR1,
        function* (sys) {
          yield* sys.sigaltstack(null, inside)
        },
        { flags: SA_ONSTACK },
      )
      yield* sys.kill(1, SIGUSR1)
      expect(inside).toMatchObject({ ss_flags: SS_DISABLE, ss_size: 0 })
      const after = { ss_flags: 0, ss_sp: 0 }
      yield* sys.sigaltstack(null, after)
      expect(after).toMatchObject({ ss_flags: flags, ss_sp: base })
    })
  })

  test('a fault tells its address, code, trap number and error', () => {
    const seen: number[] = []
    runGuest(function* (sys) {
      yield* sys.handle(
        SIGSEGV,
        function* (sys, signo, info, ucontext) {
          seen.push(signo, sys.memory.i32(info + 8), sys.memory.u64(info + 16))
          seen.push(sys.memory.u64(ucontext + 40 + 152), sys.memory.u64(ucontext + 40 + 160))
          seen.push(sys.memory.u64(ucontext + 40 + 176))
          yield* sys.exit_group(5)
        },
        { flags: SA_SIGINFO },
      )
      yield* sys.touch(0x1234, 'write')
    })
    expect(seen).toEqual([SIGSEGV, SEGV_MAPERR, 0x1234, 6, 14, 0x1234])
  })

  test('a blocked fault kills, even init', () => {
    const result = runGuest(function* (sys) {
      yield* sys.handle(SIGSEGV, function* () {})
      yield* sys.rt_sigprocmask(SIG_BLOCK, set(SIGSEGV), null, 8)
      yield* sys.touch(0x1234, 'read')
    })
    expect(result.status).toBe(SIGSEGV)
  })
})

describe('masks and queues', () => {
  test('standard signals once, real-time ones queued in order with values', () => {
    const values: number[] = []
    let usr1 = 0
    runGuest(function* (sys) {
      yield* sys.handle(SIGUSR1, function* () {
        usr1++
      })
      yield* sys.handle(
        40,
        function* (sys, _signo, info) {
          expect(sys.memory.i32(info + 8)).toBe(SI_QUEUE)
          values.push(sys.memory.u32(info + 24))
        },
        { flags: SA_SIGINFO },
      )
      const both = set(SIGUSR1, 40)
      yield* sys.rt_sigprocmask(SIG_BLOCK, both, null, 8)
      for (const value of [1, 2, 3]) {
        yield* sys.kill(1, SIGUSR1)
        const info = new Uint8Array(128)
        const view = new DataView(info.buffer)
        view.setInt32(0, 40, true)
        view.setInt32(8, SI_QUEUE, true)
        view.setInt32(24, value, true)
        expect(yield* sys.rt_sigqueueinfo(1, 40, info)).toBe(0)
      }
      const pending = new Uint8Array(8)
      yield* sys.rt_sigpending(pending, 8)
      expect(pending).toEqual(both)
      yield* sys.rt_sigprocmask(SIG_UNBLOCK, both, null, 8)
    })
    expect(usr1).toBe(1)
    expect(values).toEqual([1, 2, 3])
  })

  test('RLIMIT_SIGPENDING: sigqueue answers EAGAIN', () => {
    runGuest(function* (sys) {
      yield* sys.rt_sigprocmask(SIG_BLOCK, set(40), null, 8)
      yield* sys.setrlimit(11, { rlim_cur: 2, rlim_max: 2 })
      const info = new Uint8Array(128)
      new DataView(info.buffer).setInt32(8, SI_QUEUE, true)
      expect(yield* sys.rt_sigqueueinfo(1, 40, info)).toBe(0)
      expect(yield* sys.rt_sigqueueinfo(1, 40, info)).toBe(0)
      expect(yield* sys.rt_sigqueueinfo(1, 40, info)).toBe(-EAGAIN.code)
    })
  })

  test('SA_RESETHAND, SA_NODEFER', () => {
    let depth = 0
    let deepest = 0
    const result = runGuest(function* (sys) {
      const pid = yield* sys.fork(function* (child) {
        yield* child.handle(
          SIGUSR1,
          function* (sys) {
            deepest = Math.max(deepest, ++depth)
            if (depth < 3) yield* sys.kill(2, SIGUSR1)
            depth--
          },
          { flags: SA_NODEFER },
        )
        yield* child.kill(2, SIGUSR1)
        yield* child.handle(SIGUSR2, function* () {}, { flags: SA_RESETHAND })
        yield* child.kill(2, SIGUSR2)
        yield* child.kill(2, SIGUSR2)
      })
      const status = { value: 0 }
      yield* sys.wait4(pid, status, 0, null)
      return status.value
    })
    expect(deepest).toBe(3)
    expect(result.status).toBe(SIGUSR2 << 8)
  })

  test('sigsuspend: the temporary mask lets a signal in, the old one is back after', () => {
    let ran = 0
    runGuest(function* (sys) {
      yield* sys.handle(SIGUSR1, function* () {
        ran++
      })
      yield* sys.rt_sigprocmask(SIG_BLOCK, set(SIGUSR1), null, 8)
      yield* sys.kill(1, SIGUSR1)
      expect(ran).toBe(0)
      expect(yield* sys.rt_sigsuspend(new Uint8Array(8), 8)).toBe(-EINTR.code)
      expect(ran).toBe(1)
      const mask = new Uint8Array(8)
      yield* sys.rt_sigprocmask(SIG_BLOCK, null, mask, 8)
      expect(mask).toEqual(set(SIGUSR1))
    })
  })

  test('sigtimedwait: takes a pending one, waits for one, times out', () => {
    runGuest(function* (sys) {
      yield* sys.rt_sigprocmask(SIG_BLOCK, set(SIGUSR1), null, 8)
      yield* sys.kill(1, SIGUSR1)
      const info = new Uint8Array(128)
      expect(yield* sys.rt_sigtimedwait(set(SIGUSR1), info, null, 8)).toBe(SIGUSR1)
      const pid = yield* sys.fork(function* (child) {
        yield* child.nanosleep({ tv_sec: 1 }, null)
        yield* child.kill(1, SIGUSR1)
      })
      expect(yield* sys.rt_sigtimedwait(set(SIGUSR1), info, null, 8)).toBe(SIGUSR1)
      expect(new DataView(info.buffer).getInt32(16, true)).toBe(pid)
      expect(yield* sys.rt_sigtimedwait(set(SIGUSR1), info, { tv_sec: 0, tv_nsec: 1000 }, 8)).toBe(
        -EAGAIN.code,
      )
    })
  })

  test('tgkill to a thread reaches that thread', () => {
    const who: number[] = []
    runGuest(function* (sys) {
      yield* sys.handle(
        SIGUSR1,
        function* (sys, _signo, info) {
          who.push(yield* sys.gettid(), sender(sys, info).code)
        },
        { flags: SA_SIGINFO },
      )
      const tid = yield* sys.thread(function* (thread) {
        yield* thread.pause()
      })
      yield* sys.sched_yield()
      expect(yield* sys.tgkill(1, tid, SIGUSR1)).toBe(0)
      while (who.length === 0) yield* sys.sched_yield()
    })
    expect(who).toEqual([2, SI_TKILL])
  })
})

describe('interrupted system calls', () => {
  const interrupted = (flags: number) => {
    let result = 1
    runGuest(function* (sys) {
      yield* sys.handle(SIGUSR1, function* () {}, { flags })
      const main = yield* sys.getpid()
      yield* sys.fork(function* (child) {
        yield* child.nanosleep({ tv_sec: 1 }, null)
        yield* child.kill(main, SIGUSR1)
        yield* child.nanosleep({ tv_sec: 1 }, null)
      })
      result = yield* sys.wait4(-1, null, 0, null)
    })
    return result
  }
  test('without SA_RESTART: EINTR', () => expect(interrupted(0)).toBe(-EINTR.code))
  test('with SA_RESTART the call starts again', () => expect(interrupted(SA_RESTART)).toBe(2))

  test('nanosleep tells what is left', () => {
    runGuest(function* (sys) {
      yield* sys.handle(SIGALRM, function* () {}, { flags: SA_RESTART })
      yield* sys.alarm(2)
      const rem = { tv_sec: 0, tv_nsec: 0 }
      expect(yield* sys.nanosleep({ tv_sec: 5 }, rem)).toBe(-EINTR.code)
      expect(rem.tv_sec + rem.tv_nsec / 1e9).toBeCloseTo(3, 3)
    })
  })
})

describe('default actions', () => {
  const statusOf = (main: (sys: Sys) => ReturnType<Sys['getpid']>) => {
    let value = 0
    runGuest(function* (sys) {
      const pid = yield* sys.fork(function* (child) {
        return yield* main(child)
      })
      const status = { value: 0 }
      yield* sys.wait4(pid, status, 0, null)
      value = status.value
    })
    return value
  }
  test('terminate', () =>
    expect(
      statusOf(function* (sys) {
        return yield* sys.kill(2, SIGPIPE)
      }),
    ).toBe(SIGPIPE))
  test('core bit only when a core may be dumped', () => {
    expect(
      statusOf(function* (sys) {
        return yield* sys.kill(2, SIGABRT)
      }),
    ).toBe(SIGABRT)
    expect(
      statusOf(function* (sys) {
        yield* sys.setrlimit(RLIMIT_CORE, { rlim_cur: 1e6, rlim_max: 1e6 })
        return yield* sys.kill(2, SIGABRT)
      }),
    ).toBe(SIGABRT | 0x80)
  })
  test('init takes no fatal signal from inside, but from outside', () => {
    const harness = new Harness()
    harness.start(function* (sys) {
      expect(yield* sys.kill(1, SIGKILL)).toBe(0)
      expect(yield* sys.kill(1, SIGTERM)).toBe(0)
      yield* sys.fork(function* () {
        harness.kernel.sendSignalToInit(SIGTERM)
        harness.kernel.sendSignalToInit(SIGKILL)
      })
      yield* sys.pause()
    })
    expect(harness.kernel.run().status).toBe(SIGKILL)
  })
})
