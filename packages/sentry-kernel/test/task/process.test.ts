// Making, waiting for and ending processes.
// biome-ignore-all lint/correctness/useYield: a guest without system calls is a guest too.
import { CLONE_VM, ECHILD, ERESTARTNOINTR, SIGKILL, SIGUSR1, WNOHANG } from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { cloneTask } from '../../src/task/clone.ts'
import { Harness, RecordingLog, runGuest } from '../../src/testing/index.ts'

describe('processes', () => {
  test('the exit code of init is the result of the run', () => {
    expect(
      runGuest(function* (sys) {
        expect(yield* sys.getpid()).toBe(1)
        expect(yield* sys.getppid()).toBe(0)
        return 7
      }),
    ).toEqual({ status: 7 << 8 })
  })

  test('fork, wait4 and the wait status', () => {
    runGuest(function* (sys) {
      const pid = yield* sys.fork(function* (child) {
        expect(yield* child.getpid()).toBe(2)
        expect(yield* child.getppid()).toBe(1)
        yield* child.exit_group(42)
      })
      expect(pid).toBe(2)
      const status = { value: 0 }
      expect(yield* sys.wait4(-1, status, 0, null)).toBe(2)
      expect(status.value).toBe(42 << 8)
      expect(yield* sys.wait4(-1, status, WNOHANG, null)).toBe(-ECHILD.code)
    })
  })

  test('vfork: the parent waits for the exit of the child', () => {
    const order: string[] = []
    runGuest(function* (sys) {
      yield* sys.vfork(function* (child) {
        order.push('child')
        yield* child.getpid()
        order.push('child ends')
        return 0
      })
      order.push('parent')
    })
    expect(order).toEqual(['child', 'child ends', 'parent'])
  })

  test('nobody is born into a process that is being killed', () => {
    // The call came before the kill was noticed.
    const { kernel } = new Harness().start(function* (sys) {
      for (;;) yield* sys.getpid()
    })
    kernel.step()
    const group = kernel.init!
    group.kill(SIGKILL)
    const request = { flags: CLONE_VM, handlers: 'inherit', exitSignal: 0, stack: 0 } as const
    expect(() =>
      cloneTask(group.leader, { ...request, tls: 0, parentTid: 0, childTid: 0, pidfd: 0 }),
    ).toThrow(ERESTARTNOINTR)
    expect(kernel.run().status).toBe(SIGKILL)
  })

  test('a killed child', () => {
    runGuest(function* (sys) {
      const pid = yield* sys.fork(function* (child) {
        yield* child.pause()
      })
      yield* sys.kill(pid, SIGKILL)
      const status = { value: 0 }
      yield* sys.wait4(pid, status, 0, null)
      expect(status.value).toBe(SIGKILL)
    })
  })

  test('threads share memory; exit_group ends them all', () => {
    runGuest(function* (sys) {
      const at = sys.alloc(8)
      yield* sys.thread(function* (thread) {
        thread.memory.setU32(at, 99)
        yield* thread.pause()
      })
      while (sys.memory.u32(at) === 0) yield* sys.sched_yield()
      return 3
    })
  })

  test('fork copies memory, clone with CLONE_VM does not', () => {
    runGuest(function* (sys) {
      const at = sys.alloc(8)
      const writer = (value: number) =>
        function* (child: typeof sys) {
          child.memory.setU32(at, value)
          yield* child.getpid()
        }
      yield* sys.fork(writer(1))
      yield* sys.wait4(-1, null, 0, null)
      expect(sys.memory.u32(at)).toBe(0)
      yield* sys.clone(CLONE_VM | 17, 0, 0, 0, 0, writer(2))
      yield* sys.wait4(-1, null, 0, null)
      expect(sys.memory.u32(at)).toBe(2)
    })
  })

  test('a handler runs and the call goes on', () => {
    const seen: number[] = []
    runGuest(function* (sys) {
      yield* sys.handle(SIGUSR1, function* (_sys, signo) {
        seen.push(signo)
      })
      const pid = yield* sys.getpid()
      expect(yield* sys.kill(pid, SIGUSR1)).toBe(0)
      expect(seen).toEqual([SIGUSR1])
    })
  })

  test('a bug in a handler kills the process, not the kernel', () => {
    const log = new RecordingLog()
    const harness = new Harness({ log })
    const result = harness.run(function* (sys) {
      yield* sys.getpid()
      harness.kernel.clock.monotonicNs = () => {
        throw new TypeError('broken clock')
      }
      yield* sys.fork(function* () {})
    })
    expect(result.status).toBe(SIGKILL)
    expect(result.message).toContain('broken clock')
    expect(log.lines[0]).toContain('kernel bug in system call fork')
  })
})
