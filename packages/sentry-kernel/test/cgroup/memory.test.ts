// memory.max and its like hold groups of version 2 to what they may have. (tests)

import { EINVAL, ENOMEM, IN_MODIFY, O_CREAT, O_RDWR, SIGKILL } from '@tsvisor/abi'
import { expect, test } from 'vitest'
import type { Guest, GuestFunction, Sys } from '../../src/testing/index.ts'
import { readFile, runWithProc, writeFile } from '../fs/proc/proc-guest.ts'

const MIB = 1 << 20
const RW = 3
const PRIVATE_ANONYMOUS = 0x22
const SHARED_ANONYMOUS = 0x21

/** A group "g" of a MiB, which the caller is not in. */
function* limited(sys: Sys, max = '1m'): Guest<void> {
  yield* sys.mount('none', '/tmp', 'cgroup2', 0)
  yield* sys.chdir('/tmp')
  yield* sys.mkdir('init', 0o755)
  yield* sys.mkdir('g', 0o755)
  yield* writeFile(sys, 'init/cgroup.procs', '0')
  yield* writeFile(sys, 'cgroup.subtree_control', '+memory')
  expect(yield* writeFile(sys, 'g/memory.max', max)).toBe(max.length)
}

/** A child in the group. */
const inGroup = (sys: Sys, code: GuestFunction): Guest<number> =>
  sys.fork(function* (child, a, b, c) {
    yield* writeFile(child, 'g/cgroup.procs', '0')
    return yield* code(child, a, b, c)
  })

function* fill(sys: Sys, bytes: number, flags = PRIVATE_ANONYMOUS): Guest<void> {
  const at = yield* sys.mmap(0, bytes, RW, flags, -1, 0)
  sys.memory.write(at, new Uint8Array(bytes).fill(1))
}

function* statusOf(sys: Sys, pid: number): Guest<number> {
  const status = { value: 0 }
  yield* sys.wait4(pid, status, 0, null)
  return status.value
}

function* numbers(sys: Sys, path: string): Guest<Record<string, number>> {
  const lines = (yield* readFile(sys, path)).trim().split('\n')
  return Object.fromEntries(
    lines.map(line => [line.split(' ')[0], Number(line.split(' ').at(-1))] as const),
  )
}

for (const [what, flags] of [
  ['private', PRIVATE_ANONYMOUS],
  ['shared', SHARED_ANONYMOUS],
] as const)
  test(`a process whose ${what} memory is more than memory.max is killed`, () => {
    const { kernel } = runWithProc(function* (sys) {
      yield* limited(sys)
      const pid = yield* inGroup(sys, function* (child) {
        yield* fill(child, MIB / 2, flags)
        yield* child.compute(1e9)
        expect(yield* numbers(child, 'g/memory.events')).toMatchObject({ max: 0, oom_kill: 0 })
        yield* fill(child, MIB, flags)
        yield* child.compute(1e9)
      })
      expect(yield* statusOf(sys, pid)).toBe(SIGKILL)
      const expected = { high: 0, max: 1, oom: 1, oom_kill: 1, oom_group_kill: 0 }
      expect(yield* numbers(sys, 'g/memory.events')).toMatchObject(expected)
      expect(yield* numbers(sys, 'g/memory.events.local')).toMatchObject(expected)
      expect(yield* readFile(sys, 'g/memory.current')).toBe('0\n')
      expect(Number(yield* readFile(sys, 'g/memory.peak'))).toBeGreaterThan(MIB)
    })
    expect(kernel.printk.text).toMatch(/Memory cgroup out of memory: Killed process \d+ \(guest\)/)
  })

test("what a vfork child borrows is its parent's, until that has gone", () => {
  runWithProc(function* (sys) {
    yield* limited(sys)
    const parent = yield* sys.fork(function* (lender) {
      yield* fill(lender, 2 * MIB)
      yield* lender.vfork(function* (child) {
        yield* writeFile(child, 'g/cgroup.procs', '0')
        yield* child.compute(1e9)
        expect(yield* numbers(child, 'g/memory.events')).toMatchObject({ oom: 0 })
        yield* child.kill(yield* child.getppid(), SIGKILL)
        yield* child.compute(1e9)
        throw new Error('lives on')
      })
    })
    expect(yield* statusOf(sys, parent)).toBe(SIGKILL)
    yield* sys.nanosleep({ tv_sec: 2, tv_nsec: 0 }, null)
    expect(yield* numbers(sys, 'g/memory.events')).toMatchObject({ oom_kill: 1 })
  })
})

test('the limit of an ancestor holds, and is told there', () => {
  runWithProc(function* (sys) {
    yield* limited(sys)
    yield* writeFile(sys, 'g/cgroup.subtree_control', '+memory')
    yield* sys.mkdir('g/sub', 0o755)
    const pid = yield* sys.fork(function* (child) {
      yield* writeFile(child, 'g/sub/cgroup.procs', '0')
      yield* fill(child, 2 * MIB)
      yield* child.compute(1e9)
    })
    expect(yield* statusOf(sys, pid)).toBe(SIGKILL)
    expect(yield* numbers(sys, 'g/memory.events')).toMatchObject({ oom: 1, oom_kill: 1 })
    expect(yield* numbers(sys, 'g/memory.events.local')).toMatchObject({ oom: 1, oom_kill: 0 })
    expect(yield* numbers(sys, 'g/sub/memory.events')).toMatchObject({ oom: 0, oom_kill: 1 })
  })
})

function* seconds(sys: Sys): Guest<number> {
  const time = { tv_sec: 0, tv_nsec: 0 }
  yield* sys.clock_gettime(1, time)
  return Number(time.tv_sec) + Number(time.tv_nsec) / 1e9
}

/** One that has little and sleeps, and one that has too much. */
function* pair(sys: Sys, adj: string): Guest<readonly [small: number, large: number]> {
  const small = yield* inGroup(sys, function* (child) {
    yield* fill(child, MIB / 4)
    yield* child.nanosleep({ tv_sec: 2, tv_nsec: 0 }, null)
  })
  const large = yield* inGroup(sys, function* (child) {
    yield* writeFile(child, '/proc/self/oom_score_adj', adj)
    yield* fill(child, MIB)
    yield* child.compute(1e9)
  })
  return [yield* statusOf(sys, small), yield* statusOf(sys, large)]
}

test('the one with most is killed, none that has -1000', () => {
  runWithProc(function* (sys) {
    yield* limited(sys)
    expect(yield* pair(sys, '0')).toEqual([0, SIGKILL])
    expect(yield* pair(sys, '-1000')).toEqual([SIGKILL, 0])
  })
})

test('memory.oom.group has all killed', () => {
  runWithProc(function* (sys) {
    yield* limited(sys)
    expect(yield* writeFile(sys, 'g/memory.oom.group', '2')).toBe(-EINVAL.code)
    yield* writeFile(sys, 'g/memory.oom.group', '1')
    expect(yield* pair(sys, '0')).toEqual([SIGKILL, SIGKILL])
    const expected = { oom: 1, oom_kill: 2, oom_group_kill: 1 }
    expect(yield* numbers(sys, 'g/memory.events')).toMatchObject(expected)
  })
})

test('files in memory belong to the group that wrote them', () => {
  runWithProc(function* (sys) {
    yield* limited(sys)
    const allocate = function* (guest: Sys, bytes: number): Guest<number> {
      const fd = yield* guest.open('/file', O_CREAT | O_RDWR, 0o644)
      const done = yield* guest.fallocate(fd, 0, 0, bytes)
      yield* guest.close(fd)
      return done
    }
    const pid = yield* inGroup(sys, function* (child) {
      yield* writeFile(child, '/proc/self/oom_score_adj', '-1000')
      expect(yield* allocate(child, MIB / 2)).toBe(0)
      expect(yield* allocate(child, 2 * MIB)).toBe(-ENOMEM.code)
    })
    expect(yield* statusOf(sys, pid)).toBe(0)
    const half = MIB / 2
    expect(yield* numbers(sys, 'g/memory.stat')).toMatchObject({ anon: 0, file: half, shmem: half })
    // What another group adds to it is charged there, too.
    expect(yield* allocate(sys, MIB)).toBe(0)
    expect(yield* readFile(sys, 'g/memory.current')).toBe(`${MIB}\n`)
    yield* sys.unlink('/file')
    expect(yield* readFile(sys, 'g/memory.current')).toBe('0\n')
  })
})

test('a file that a group merely reads is not its own', () => {
  runWithProc(function* (sys) {
    yield* limited(sys)
    const fd = yield* sys.open('/lib', O_CREAT | O_RDWR, 0o644)
    yield* sys.ftruncate(fd, MIB / 2)
    const pid = yield* inGroup(sys, function* (child) {
      expect(yield* child.mmap(0, MIB / 2, 1, 2, fd, 0)).toBeGreaterThan(0)
    })
    expect(yield* statusOf(sys, pid)).toBe(0)
    yield* sys.fallocate(fd, 0, 0, MIB)
    expect(yield* readFile(sys, 'g/memory.current')).toBe('0\n')
  })
})

test('a limit below what is used kills at once, and inotify hears of it', () => {
  runWithProc(function* (sys) {
    yield* limited(sys, 'max')
    const watcher = yield* sys.inotify_init1(0)
    yield* sys.inotify_add_watch(watcher, 'g/memory.events', IN_MODIFY)
    const pid = yield* inGroup(sys, function* (child) {
      yield* fill(child, MIB)
      yield* child.nanosleep({ tv_sec: 9, tv_nsec: 0 }, null)
    })
    yield* sys.nanosleep({ tv_sec: 1, tv_nsec: 0 }, null)
    yield* writeFile(sys, 'g/memory.max', '64k')
    expect(yield* statusOf(sys, pid)).toBe(SIGKILL)
    expect(yield* sys.read(watcher, new Uint8Array(64), 64)).toBe(16)
  })
})

test('who takes more than memory.high waits, and can be killed meanwhile', () => {
  runWithProc(function* (sys) {
    yield* limited(sys, 'max')
    yield* writeFile(sys, 'g/memory.high', '256k')
    const pid = yield* inGroup(sys, function* (child) {
      for (let i = 0; i < 8; i++) {
        yield* fill(child, MIB / 8)
        yield* child.compute(200_000_000)
      }
    })
    const from = yield* seconds(sys)
    expect(yield* statusOf(sys, pid)).toBe(0)
    expect((yield* seconds(sys)) - from).toBeGreaterThan(9)
    expect(yield* numbers(sys, 'g/memory.events')).toMatchObject({ max: 0, oom_kill: 0 })
    expect((yield* numbers(sys, 'g/memory.events')).high).toBeGreaterThan(5)
    const other = yield* inGroup(sys, function* (child) {
      for (;;) {
        yield* fill(child, MIB)
        yield* child.compute(200_000_000)
      }
    })
    yield* sys.nanosleep({ tv_sec: 1, tv_nsec: 0 }, null)
    const now = yield* seconds(sys)
    yield* sys.kill(other, SIGKILL)
    expect(yield* statusOf(sys, other)).toBe(SIGKILL)
    expect((yield* seconds(sys)) - now).toBeLessThan(0.1)
  })
})

test('without a limit nothing looks', () => {
  const { kernel } = runWithProc(function* (sys) {
    yield* limited(sys)
    yield* writeFile(sys, 'g/cgroup.procs', '0')
    yield* writeFile(sys, 'g/memory.max', 'max')
    yield* sys.compute(1e9)
    yield* fill(sys, 2 * MIB)
    yield* sys.compute(1e9)
  })
  expect(kernel.timers.next()).toBeUndefined()
})
