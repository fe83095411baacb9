// Containers of one kernel: made, started, held, ended. (kernel core tests)

import { SIGKILL, SIGTERM } from '@tsvisor/abi'
import { expect, it } from 'vitest'
import { Container } from '../../src/kernel/container.ts'
import type { GuestFunction } from '../../src/testing/guest.ts'
import { Harness } from '../../src/testing/harness.ts'

/** A kernel with one container of its own; `run` lets the loop turn until nothing happens before `ns`. */
function setUp() {
  const harness = new Harness()
  const { kernel, mounts } = harness
  const make = (id: string, main: GuestFunction) => {
    const container = new Container(kernel, { id, mounts })
    container.create(harness.process(main))
    return container
  }
  const first = (main: GuestFunction) => {
    const container = make('first', main)
    kernel.adoptInit(container.init!)
    return container
  }
  const runFor = (ns: number) => {
    const end = harness.clock.monotonicNs() + ns
    let over = false
    kernel.timers.add(end, () => {
      over = true
    })
    // The platform complains where nothing can ever happen.
    const later = kernel.timers.add(end + 1, () => {})
    while (!over && !kernel.finished) kernel.step()
    kernel.timers.cancel(later)
  }
  return { harness, kernel, make, first, runFor }
}

const SECOND = 1e9
const sleeper: GuestFunction = function* (sys) {
  yield* sys.nanosleep([{ tv_sec: 1000, tv_nsec: 0 }], null)
  return 0
}

it('runs nothing before the start, and everything from then on', () => {
  const { kernel, first, runFor } = setUp()
  const seen: number[] = []
  const container = first(function* (sys) {
    seen.push(yield* sys.getpid())
    return 3
  })
  runFor(SECOND)
  expect(container.status).toBe('created')
  expect(seen).toEqual([])
  container.start()
  expect(container.status).toBe('running')
  expect(kernel.run()).toEqual({ status: 3 << 8 })
  expect(seen).toEqual([1])
  expect(container.status).toBe('stopped')
})

it.each([SIGKILL, SIGTERM])('signal %i ends one that was never started', signo => {
  const { kernel, first } = setUp()
  const container = first(sleeper)
  container.signalAll(signo)
  expect(kernel.run()).toEqual({ status: signo })
  expect(container.status).toBe('stopped')
})

it('has process numbers of its own, and its end ends only itself', () => {
  const { kernel, first, make, runFor } = setUp()
  const one = first(sleeper)
  const pids: number[] = []
  const two = make('two', function* (sys) {
    pids.push(yield* sys.getpid())
    pids.push(yield* sys.fork(sleeper))
    pids.push(yield* sys.kill(-1, 0))
    return 7
  })
  const ends: number[] = []
  two.whenStopped(status => ends.push(status))
  one.start()
  two.start()
  runFor(SECOND)
  expect(pids).toEqual([1, 2, 0])
  expect(ends).toEqual([7 << 8])
  expect([one.status, two.status, two.tasks.size]).toEqual(['running', 'stopped', 0])
  one.kill()
  expect(kernel.run()).toEqual({ status: SIGKILL })
})

it('ends all others with the first', () => {
  const { kernel, first, make, runFor } = setUp()
  const one = first(function* () {
    return 5
  })
  const two = make('two', sleeper)
  const created = make('three', sleeper)
  two.start()
  runFor(SECOND)
  one.start()
  expect(kernel.run()).toEqual({ status: 5 << 8 })
  expect([two.status, created.status]).toEqual(['stopped', 'stopped'])
})

it('paused: no guest code runs, time goes on; a kill still works', () => {
  const { kernel, first, runFor } = setUp()
  let turns = 0
  const container = first(function* (sys) {
    yield* sys.fork(function* (child) {
      yield* child.nanosleep([{ tv_sec: 2, tv_nsec: 0 }], null)
      turns = 1e6
      yield* child.pause()
      return 0
    })
    for (;;) {
      turns++
      yield* sys.sched_yield()
    }
  })
  container.start()
  runFor(SECOND / 100)
  let held = 0
  container.pause(() => held++)
  // Whoever runs has to stop first.
  runFor(1000)
  expect(held).toBe(1)
  expect(container.status).toBe('paused')
  const before = turns
  runFor(5 * SECOND)
  expect(turns).toBe(before)
  container.resume()
  runFor(SECOND / 100)
  expect(turns).toBeGreaterThanOrEqual(1e6)
  container.pause(() => held++)
  runFor(1000)
  container.signalAll(SIGKILL)
  expect(kernel.run()).toEqual({ status: SIGKILL })
  expect(held).toBe(2)
})

it('runs further processes, counts their time, limits their number', () => {
  const { harness, kernel, first, runFor } = setUp()
  const container = first(sleeper)
  container.start()
  container.maxTasks = 2
  const ends: number[] = []
  const results: number[] = []
  const exec: GuestFunction = function* (sys) {
    results.push(yield* sys.getppid())
    results.push(yield* sys.fork(sleeper))
    return 9
  }
  const group = container.exec(harness.process(exec), status => ends.push(status))
  expect(group.leader.pid.in(container.pidNamespace)).toBe(2)
  runFor(SECOND)
  expect(results).toEqual([0, -11])
  expect(ends).toEqual([9 << 8])
  expect(container.tasks.size).toBe(1)
  expect(container.cpuNs()).toBeGreaterThan(0)
  container.kill()
  kernel.run()
})
