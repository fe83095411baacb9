// Tracing, where no machine is needed to see it. What Linux answers: runsc/test/oracle/ptrace.c.

import {
  __WALL,
  ESRCH,
  PTRACE_CONT,
  PTRACE_EVENT_STOP,
  PTRACE_GETREGS,
  PTRACE_INTERRUPT,
  PTRACE_O_TRACEEXIT,
  PTRACE_O_TRACESYSGOOD,
  PTRACE_SEIZE,
  PTRACE_SETOPTIONS,
  PTRACE_SETREGS,
  PTRACE_SYSCALL,
  PTRACE_TRACEME,
  SIGKILL,
  SIGSTOP,
  SIGTRAP,
} from '@tsvisor/abi'
import { expect, test } from 'vitest'
import { REGISTERS_SIZE, Reg } from '../../src/platform/registers.ts'
import { Harness, runGuest } from '../../src/testing/index.ts'

const stoppedBy = (signo: number) => (signo << 8) | 0x7f

test('a tracer gives a call of its child another result', () => {
  const seen: unknown[] = []
  const { status } = runGuest(function* (sys) {
    const pid = yield* sys.fork(function* (child) {
      yield* child.ptrace(PTRACE_TRACEME, 0, 0, 0)
      yield* child.kill(yield* child.getpid(), SIGSTOP)
      return yield* child.getuid()
    })
    const wstatus = { value: 0 }
    yield* sys.wait4(pid, wstatus, 0, null)
    seen.push(wstatus.value)
    yield* sys.ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD)
    for (const _ of ['getuid', 'its exit']) {
      yield* sys.ptrace(PTRACE_SYSCALL, pid, 0, 0)
      yield* sys.wait4(pid, wstatus, 0, null)
      seen.push(wstatus.value)
    }
    const registers = new Uint8Array(REGISTERS_SIZE)
    yield* sys.ptrace(PTRACE_GETREGS, pid, 0, registers)
    new DataView(registers.buffer).setBigUint64(Reg.rax * 8, 42n, true)
    yield* sys.ptrace(PTRACE_SETREGS, pid, 0, registers)
    yield* sys.ptrace(PTRACE_CONT, pid, 0, 0)
    yield* sys.wait4(pid, wstatus, 0, null)
    return wstatus.value >> 8
  })
  const call = stoppedBy(SIGTRAP | 0x80)
  expect(seen).toEqual([stoppedBy(SIGSTOP), call, call])
  expect(status).toBe(42 << 8)
})

test('two that trace each other, and would stop at their ends, are killed all the same', () => {
  const { status } = runGuest(function* (sys) {
    const one = yield* sys.fork(function* (first) {
      const own = yield* first.getpid()
      const other = yield* first.fork(function* (second) {
        yield* second.ptrace(PTRACE_SEIZE, own, 0, PTRACE_O_TRACEEXIT)
        yield* second.pause()
        return 0
      })
      yield* first.ptrace(PTRACE_SEIZE, other, 0, PTRACE_O_TRACEEXIT)
      yield* first.pause()
      return 0
    })
    yield* sys.nanosleep({ tv_sec: 1, tv_nsec: 0 }, null)
    yield* sys.kill(one + 1, SIGKILL)
    yield* sys.kill(one, SIGKILL)
    const wstatus = { value: 0 }
    yield* sys.wait4(one, wstatus, __WALL, null)
    return wstatus.value
  })
  expect(status).toBe(SIGKILL << 8)
})

test('nobody is traced by a stranger', () => {
  const { status } = runGuest(function* (sys) {
    const result = yield* sys.ptrace(PTRACE_CONT, yield* sys.getpid(), 0, 0)
    return -result
  })
  expect(status).toBe(ESRCH.code << 8)
})

test('one that is told to stop while it goes to sleep stops, whatever comes first', () => {
  for (let scheduleSeed = 0; scheduleSeed < 20; scheduleSeed++) {
    const { status } = new Harness({ scheduleSeed }).run(function* (sys) {
      const pid = yield* sys.fork(function* (child) {
        yield* child.pause()
        return 0
      })
      yield* sys.ptrace(PTRACE_SEIZE, pid, 0, 0)
      yield* sys.ptrace(PTRACE_INTERRUPT, pid, 0, 0)
      const wstatus = { value: 0 }
      yield* sys.wait4(pid, wstatus, 0, null)
      yield* sys.kill(pid, SIGKILL)
      return (wstatus.value >> 16) & 0xff
    })
    expect(status, `seed ${scheduleSeed}`).toBe(PTRACE_EVENT_STOP << 8)
  }
})
