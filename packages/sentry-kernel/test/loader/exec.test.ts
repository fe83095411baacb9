// execve(2) in whole: what goes, what stays, what it refuses.
import {
  type Addr,
  AT_EMPTY_PATH,
  AT_FDCWD,
  CLONE_VFORK,
  CLONE_VM,
  EACCES,
  EFAULT,
  ELOOP,
  ENOENT,
  ENOEXEC,
  ETXTBSY,
  O_CLOEXEC,
  O_CREAT,
  O_RDONLY,
  O_WRONLY,
  SIG_IGN,
  SIGSEGV,
  SIGUSR1,
  SIGUSR2,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { bytesOf } from '../../src/mm/user-memory.ts'
import type { Guest, GuestFunction, Sys } from '../../src/testing/guest.ts'
import { Harness } from '../../src/testing/index.ts'
import { buildElf } from './elf-builder.ts'

function* store(sys: Sys, name: string, data: Uint8Array, mode = 0o755): Guest<void> {
  const fd = yield* sys.open(name, O_CREAT | O_WRONLY, mode)
  expect(fd).toBeGreaterThanOrEqual(0)
  expect(yield* sys.write(fd, data, data.length)).toBe(data.length)
  yield* sys.close(fd)
}

const program = (entry: number) =>
  buildElf({
    entry,
    size: 0x2000,
    segments: [
      { flags: 5, vaddr: 0x40_0000, fileSize: 0x1000 },
      { flags: 6, offset: 0x1000, vaddr: 0x40_2000, fileSize: 0x100, memorySize: 0x2000 },
    ],
  })

/** What the process that runs now was given. */
function given(harness: Harness): { argv: string[]; filename: string; comm: string } {
  const task = harness.kernel.init!.leader
  const { mm } = task
  const sp = mm.program.startStack
  const argc = mm.readU64(sp as Addr)
  const argv = Array.from({ length: argc }, (_, i) =>
    mm.readString(mm.readU64((sp + 8 + 8 * i) as Addr) as Addr, 5000),
  )
  const { envEnd } = mm.program
  return { argv, filename: mm.readString(envEnd as Addr, 5000), comm: task.name }
}

/** Runs `before`, which execs "/prog" whose code is `after`. */
function run(before: (sys: Sys, harness: Harness) => Guest<void>, after: GuestFunction): number {
  const harness = new Harness()
  return harness.run(function* (sys) {
    yield* store(sys, '/prog', program(sys.address(after)))
    yield* before(sys, harness)
    throw new Error('the old program goes on')
  }).status
}

describe('execve', () => {
  test('arguments, name, fresh memory', () => {
    let seen: unknown
    let harness!: Harness
    const status = run(
      function* (sys, own) {
        harness = own
        expect(yield* sys.mmap(0x1000_0000, 4096, 3, 0x32, -1, 0)).toBe(0x1000_0000)
        yield* sys.execve('/prog', ['first', 'second'], ['K=v'])
      },
      function* (sys) {
        seen = given(harness)
        expect(yield* sys.mprotect(0x1000_0000, 4096, 1)).toBeLessThan(0)
        expect(yield* sys.mprotect(0x40_0000, 4096, 5)).toBe(0)
        return 5
      },
    )
    expect(status).toBe(5 << 8)
    expect(seen).toEqual({ argv: ['first', 'second'], filename: '/prog', comm: 'prog' })
  })

  test('scripts, one calling another', () => {
    let seen: unknown
    let harness!: Harness
    run(
      function* (sys, own) {
        harness = own
        yield* store(sys, '/inner', bytesOf('#!/prog -x y\n'))
        yield* store(sys, '/outer', bytesOf('#! /inner\n'))
        yield* sys.execve('/outer', ['ignored', 'a'], [])
      },
      function* (sys) {
        yield* sys.getpid()
        seen = given(harness)
        return 0
      },
    )
    expect(seen).toEqual({
      argv: ['/prog', '-x y', '/inner', '/outer', 'a'],
      filename: '/outer',
      comm: 'outer',
    })
  })

  test('an interpreter runs first, and is told where the program is', () => {
    const harness = new Harness()
    const auxv = new Map<number, number>()
    let lowest = 0
    const interpreter: GuestFunction = function* (sys) {
      yield* sys.getpid()
      const { mm } = harness.kernel.init!.leader
      const view = new DataView(mm.auxv.buffer)
      for (let at = 0; at < mm.auxv.length; at += 16)
        auxv.set(view.getUint32(at, true), Number(view.getBigUint64(at + 8, true)))
      lowest = mm.program.startCode
      return 6
    }
    const { status } = harness.run(function* (sys) {
      yield* store(sys, '/lib.so', program(sys.address(interpreter)))
      const movable = buildElf({
        type: 3,
        entry: 0x10,
        interpreter: '/lib.so',
        segments: [{ flags: 5, vaddr: 0, fileSize: 0x1000 }],
      })
      yield* store(sys, '/movable', movable)
      yield* sys.execve('/movable', ['movable'], [])
    })
    expect(status).toBe(6 << 8)
    expect(auxv.get(7)).toBe(0x40_0000)
    expect(auxv.get(9)).toBe(lowest + 0x10)
    expect(auxv.get(3)).toBe(lowest + 64)
    expect(lowest).toBeGreaterThan(0x5000_0000_0000)
  })

  test('close-on-exec, handlers, ignored signals', () => {
    let kept = -1
    let closed = -1
    const harnesses: Harness[] = []
    run(
      function* (sys, harness) {
        harnesses.push(harness)
        kept = yield* sys.open('/prog', O_RDONLY, 0)
        closed = yield* sys.open('/prog', O_RDONLY | O_CLOEXEC, 0)
        yield* sys.handle(SIGUSR1, function* (own) {
          yield* own.getpid()
        })
        yield* sys.handle(SIGUSR2, 'ignore')
        yield* sys.execve('/prog', ['prog'], [])
      },
      function* (sys) {
        expect(yield* sys.close(kept)).toBe(0)
        expect(yield* sys.close(closed)).toBe(-9)
        const { actions } = harnesses[0]!.kernel.init!
        expect(actions.get(SIGUSR1).handler).toBe(0)
        expect(actions.get(SIGUSR2).handler).toBe(SIG_IGN)
        return 0
      },
    )
  })

  test('other threads end, and the caller becomes the leader', () => {
    const harness = new Harness()
    const after: GuestFunction = function* (sys) {
      expect(yield* sys.gettid()).toBe(1)
      expect(harness.kernel.init!.tasks.size).toBe(1)
      return 3
    }
    const { status } = harness.run(function* (sys) {
      yield* store(sys, '/prog', program(sys.address(after)))
      yield* sys.thread(function* (other) {
        yield* other.execve('/prog', ['prog'], [])
      })
      yield* sys.pause()
    })
    expect(status).toBe(3 << 8)
  })

  test('after vfork the parent keeps its memory and goes on', () => {
    const harness = new Harness()
    const order: string[] = []
    const after: GuestFunction = function* (sys) {
      yield* sys.getpid()
      order.push('new program')
      return 9
    }
    harness.run(function* (sys) {
      yield* store(sys, '/prog', program(sys.address(after)))
      expect(yield* sys.mmap(0x1000_0000, 4096, 3, 0x32, -1, 0)).toBe(0x1000_0000)
      const pid = yield* sys.clone(CLONE_VM | CLONE_VFORK | 17, 0, 0, 0, 0, function* (child) {
        order.push('child')
        yield* child.execve('/prog', ['prog'], [])
      })
      order.push('parent')
      expect(yield* sys.mprotect(0x1000_0000, 4096, 1)).toBe(0)
      const status = { value: 0 }
      expect(yield* sys.wait4(pid, status, 0, null)).toBe(pid)
      expect(status.value).toBe(9 << 8)
    })
    expect(order.slice(0, 1)).toEqual(['child'])
    expect(order.sort()).toEqual(['child', 'new program', 'parent'])
  })

  test('errors leave everything as it was', () => {
    new Harness().run(function* (sys) {
      yield* store(sys, '/prog', program(0x40_0000))
      yield* store(sys, '/plain', program(0x40_0000), 0o644)
      yield* store(sys, '/text', bytesOf('hello'))
      yield* store(sys, '/loop', bytesOf('#!/loop\n'))
      yield* store(sys, '/lost', bytesOf('#!/nowhere\n'))
      yield* sys.symlink('/prog', '/link')
      const exec = (name: string) => sys.execve(name, ['x'], [])
      expect(yield* exec('/none')).toBe(-ENOENT.code)
      expect(yield* exec('')).toBe(-ENOENT.code)
      expect(yield* exec('/')).toBe(-EACCES.code)
      expect(yield* exec('/plain')).toBe(-EACCES.code)
      expect(yield* exec('/text')).toBe(-ENOEXEC.code)
      expect(yield* exec('/loop')).toBe(-ELOOP.code)
      expect(yield* exec('/lost')).toBe(-ENOENT.code)
      expect(yield* sys.execve('/prog', 0x10, [])).toBe(-EFAULT.code)
      expect(yield* sys.execve(0x10, [], [])).toBe(-EFAULT.code)
      expect(yield* sys.execveat(AT_FDCWD, '/link', ['x'], [], 0x100)).toBe(-ELOOP.code)
      const writer = yield* sys.open('/prog', O_WRONLY, 0)
      expect(yield* exec('/prog')).toBe(-ETXTBSY.code)
      yield* sys.close(writer)
    })
  })

  test('while it runs, a program may not be written', () => {
    run(
      function* (sys) {
        yield* sys.execve('/prog', ['prog'], [])
      },
      function* (sys) {
        expect(yield* sys.open('/prog', O_WRONLY, 0)).toBe(-ETXTBSY.code)
        return 0
      },
    )
  })

  test('execveat of a descriptor', () => {
    let seen: unknown
    let harness!: Harness
    run(
      function* (sys, own) {
        harness = own
        const fd = yield* sys.open('/prog', O_RDONLY, 0)
        yield* sys.execveat(fd, '', ['x'], [], AT_EMPTY_PATH)
      },
      function* (sys) {
        yield* sys.getpid()
        seen = given(harness).filename
        return 0
      },
    )
    expect(seen).toMatch(/^\/dev\/fd\/\d$/)
  })

  test('a failure past the point of no return kills', () => {
    const harness = new Harness()
    harness.run(function* (sys) {
      const bad = buildElf({ segments: [{ vaddr: 0x40_0000, fileSize: 0x1000, memorySize: 1 }] })
      yield* store(sys, '/bad', bad)
      const pid = yield* sys.fork(function* (child) {
        yield* child.execve('/bad', ['bad'], [])
        return 1
      })
      const status = { value: 0 }
      yield* sys.wait4(pid, status, 0, null)
      expect(status.value & 0x7f).toBe(SIGSEGV)
    })
  })
})
