// cpu.max holds groups of version 2 to their share of time. (tests)

import { SIGKILL } from '@tsvisor/abi'
import { expect, test } from 'vitest'
import type { Guest, Sys } from '../../src/testing/index.ts'
import { readFile, runWithProc, writeFile } from '../fs/proc/proc-guest.ts'

const SECOND = 1e9

/** A group "g", which the caller is in. */
function* limited(sys: Sys, max: string): Guest<void> {
  yield* sys.mount('none', '/tmp', 'cgroup2', 0)
  yield* sys.chdir('/tmp')
  yield* sys.mkdir('g', 0o755)
  yield* writeFile(sys, 'g/cgroup.procs', '0')
  yield* writeFile(sys, 'cgroup.subtree_control', '+cpu')
  expect(yield* writeFile(sys, 'g/cpu.max', max)).toBe(max.length)
}

function* elapsed(sys: Sys, work: Guest<void>): Guest<number> {
  const from = yield* now(sys)
  yield* work
  return (yield* now(sys)) - from
}
function* now(sys: Sys): Guest<number> {
  const time = { tv_sec: 0, tv_nsec: 0 }
  yield* sys.clock_gettime(1, time)
  return Number(time.tv_sec) + Number(time.tv_nsec) / SECOND
}

function* stat(sys: Sys, group = 'g'): Guest<Record<string, number>> {
  const lines = (yield* readFile(sys, `${group}/cpu.stat`)).trim().split('\n')
  return Object.fromEntries(
    lines.map(line => [line.split(' ')[0], Number(line.split(' ')[1])] as const),
  )
}

test('a group that has used its quota goes on in the next period', () => {
  const { kernel } = runWithProc(function* (sys) {
    yield* limited(sys, '20000 100000')
    expect(yield* elapsed(sys, sys.compute(SECOND))).toBeCloseTo(4.9, 0)
    const { usage_usec, nr_periods, nr_throttled, throttled_usec } = yield* stat(sys)
    expect(usage_usec).toBeCloseTo(1e6, -5)
    expect(nr_periods).toBeGreaterThan(45)
    expect(nr_throttled).toBeGreaterThan(45)
    expect(throttled_usec! / 1e6).toBeCloseTo(3.9, 0)
    // A period without a task of it is the last: nothing ticks from then on.
    yield* writeFile(sys, 'g/cpu.max', 'max')
    expect(yield* elapsed(sys, sys.compute(SECOND))).toBeCloseTo(1, 2)
    yield* writeFile(sys, 'g/cpu.max', '20000')
    yield* sys.nanosleep({ tv_sec: 100, tv_nsec: 0 }, null)
    expect((yield* stat(sys)).nr_periods! - nr_periods!).toBeLessThan(3)
  })
  expect(kernel.timers.next() ?? 0).toBeLessThan(kernel.clock.monotonicNs() + SECOND)
})

test('processes share the quota of an ancestor, and others are not held', () => {
  runWithProc(function* (sys) {
    yield* limited(sys, 'max')
    yield* sys.mkdir('g/a', 0o755)
    yield* sys.mkdir('g/b', 0o755)
    yield* sys.mkdir('free', 0o755)
    const burn = (group: string, seconds: number) =>
      sys.fork(function* (child) {
        yield* writeFile(child, `${group}/cgroup.procs`, '0')
        yield* child.compute(seconds * SECOND)
      })
    yield* writeFile(sys, 'free/cgroup.procs', '0')
    yield* writeFile(sys, 'g/cpu.max', '50000')
    const pids = [yield* burn('g/a', 1), yield* burn('g/b', 1), yield* burn('free', 2)]
    const ends: number[] = []
    for (const pid of [pids[2]!, pids[0]!, pids[1]!]) {
      const from = yield* now(sys)
      yield* sys.wait4(pid, null, 0, null)
      ends.push((yield* now(sys)) - from)
    }
    // On the one CPU: 2 s beside the half of it that the group may have, then the rest of the group's 2 s.
    expect(ends[0]).toBeGreaterThan(2.9)
    expect((yield* stat(sys)).usage_usec).toBeCloseTo(2e6, -5)
    expect((yield* stat(sys)).nr_throttled).toBeGreaterThan(10)
  })
})

test('one that is held can be killed, moved out and let go', () => {
  runWithProc(function* (sys) {
    yield* limited(sys, 'max')
    yield* sys.mkdir('free', 0o755)
    const burn = () =>
      sys.fork(function* (child) {
        yield* child.compute(SECOND)
      })
    const [killed, moved, left] = [yield* burn(), yield* burn(), yield* burn()]
    yield* writeFile(sys, 'free/cgroup.procs', '0')
    yield* writeFile(sys, 'g/cpu.max', '1000 1000000')
    yield* sys.nanosleep({ tv_sec: 0, tv_nsec: 100_000_000 }, null)
    expect(yield* readFile(sys, 'g/cgroup.events')).toBe('populated 1\nfrozen 0\n')
    const status = { value: 0 }
    const from = yield* now(sys)
    yield* sys.kill(killed, SIGKILL)
    yield* sys.wait4(killed, status, 0, null)
    expect(status.value).toBe(SIGKILL)
    yield* writeFile(sys, 'free/cgroup.procs', String(moved))
    yield* sys.wait4(moved, status, 0, null)
    expect(status.value).toBe(0)
    yield* writeFile(sys, 'cgroup.subtree_control', '-cpu')
    yield* sys.wait4(left, status, 0, null)
    expect(status.value).toBe(0)
    expect((yield* now(sys)) - from).toBeLessThan(3)
  })
})
