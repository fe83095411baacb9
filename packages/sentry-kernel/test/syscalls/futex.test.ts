// futex(2) between guest threads and processes.
import {
  EAGAIN,
  EDEADLK,
  EFAULT,
  EINVAL,
  ENOSYS,
  EPERM,
  ESRCH,
  ETIMEDOUT,
  FUTEX_CLOCK_REALTIME,
  FUTEX_CMP_REQUEUE,
  FUTEX_LOCK_PI,
  FUTEX_OWNER_DIED,
  FUTEX_PRIVATE_FLAG,
  FUTEX_REQUEUE,
  FUTEX_TRYLOCK_PI,
  FUTEX_UNLOCK_PI,
  FUTEX_WAIT,
  FUTEX_WAIT_BITSET,
  FUTEX_WAITERS,
  FUTEX_WAKE,
  FUTEX_WAKE_BITSET,
  FUTEX_WAKE_OP,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import type { Guest, Sys } from '../../src/testing/guest.ts'
import { Harness } from '../../src/testing/index.ts'

const run = (main: (sys: Sys, harness: Harness) => Guest<void>): void => {
  const harness = new Harness()
  const { status } = harness.run(function* (sys) {
    yield* main(sys, harness)
  })
  expect(status).toBe(0)
}
const word = (sys: Sys, at: number): number =>
  new DataView(sys.memory.read(at, 4).buffer).getUint32(0, true)
const poke = (sys: Sys, at: number, value: number): void => {
  const data = new Uint8Array(4)
  new DataView(data.buffer).setUint32(0, value, true)
  sys.memory.write(at, data)
}
const timespec = (sys: Sys, ns: number): number => {
  const at = sys.alloc(16)
  const view = new DataView(new ArrayBuffer(16))
  view.setBigUint64(0, BigInt(Math.floor(ns / 1e9)), true)
  view.setBigUint64(8, BigInt(ns % 1e9), true)
  sys.memory.write(at, new Uint8Array(view.buffer))
  return at
}

describe('FUTEX_WAIT and FUTEX_WAKE', () => {
  test.each([0, FUTEX_PRIVATE_FLAG])('in arrival order, flag %i', flag => {
    run(function* (sys) {
      const at = sys.alloc(4)
      const order: number[] = []
      for (let i = 0; i < 3; i++)
        yield* sys.thread(function* (other) {
          expect(yield* other.futex(at, FUTEX_WAIT | flag, 0, 0, 0, 0)).toBe(0)
          order.push(i)
        })
      yield* sys.compute(2e7)
      expect(yield* sys.futex(at, FUTEX_WAKE | flag, 1, 0, 0, 0)).toBe(1)
      yield* sys.compute(2e7)
      expect(order).toEqual([0])
      expect(yield* sys.futex(at, FUTEX_WAKE | flag, 100, 0, 0, 0)).toBe(2)
      yield* sys.compute(2e7)
      expect(order).toEqual([0, 1, 2])
      expect(yield* sys.futex(at, FUTEX_WAKE | flag, 1, 0, 0, 0)).toBe(0)
    })
  })
  test('errors', () => {
    run(function* (sys) {
      const at = sys.alloc(8)
      expect(yield* sys.futex(at, FUTEX_WAIT, 1, 0, 0, 0)).toBe(-EAGAIN.code)
      expect(yield* sys.futex(at + 1, FUTEX_WAIT, 0, 0, 0, 0)).toBe(-EINVAL.code)
      expect(yield* sys.futex(0, FUTEX_WAIT, 0, 0, 0, 0)).toBe(-EFAULT.code)
      expect(yield* sys.futex(0, FUTEX_WAKE, 1, 0, 0, 0)).toBe(-EFAULT.code)
      expect(yield* sys.futex(2n ** 63n, FUTEX_WAKE | 128, 1, 0, 0, 0)).toBe(-EFAULT.code)
      expect(yield* sys.futex(at, FUTEX_WAIT_BITSET, 0, 0, 0, 0)).toBe(-EINVAL.code)
      expect(yield* sys.futex(at, FUTEX_WAKE_BITSET, 1, 0, 0, 0)).toBe(-EINVAL.code)
      expect(yield* sys.futex(at, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, 0, 0, 0)).toBe(-ENOSYS.code)
      expect(yield* sys.futex(at, 99, 1, 0, 0, 0)).toBe(-ENOSYS.code)
      expect(yield* sys.futex(at, FUTEX_REQUEUE, -1, 1, at + 4, 0)).toBe(-EINVAL.code)
    })
  })
  test('time-outs, relative and absolute', () => {
    run(function* (sys, { clock }) {
      const at = sys.alloc(4)
      const start = clock.monotonicNs()
      expect(yield* sys.futex(at, FUTEX_WAIT, 0, timespec(sys, 5e6), 0, 0)).toBe(-ETIMEDOUT.code)
      expect(clock.monotonicNs() - start).toBeGreaterThanOrEqual(5e6)
      const later = timespec(sys, clock.monotonicNs() + 7e6)
      const before = clock.monotonicNs()
      expect(yield* sys.futex(at, FUTEX_WAIT_BITSET, 0, later, 0, -1)).toBe(-ETIMEDOUT.code)
      expect(clock.monotonicNs() - before).toBeGreaterThanOrEqual(6e6)
      const { sec, nsec } = clock.realtime()
      const wall = sys.alloc(16)
      const view = new DataView(new ArrayBuffer(16))
      view.setBigUint64(0, BigInt(sec), true)
      view.setBigUint64(8, BigInt(nsec), true)
      sys.memory.write(wall, new Uint8Array(view.buffer))
      const op = FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME
      expect(yield* sys.futex(at, op, 0, wall, 0, -1)).toBe(-ETIMEDOUT.code)
    })
  })
  test('bitsets choose', () => {
    run(function* (sys) {
      const at = sys.alloc(4)
      const woken: number[] = []
      for (const bits of [1, 2])
        yield* sys.thread(function* (other) {
          yield* other.futex(at, FUTEX_WAIT_BITSET, 0, 0, 0, bits)
          woken.push(bits)
        })
      yield* sys.compute(2e7)
      expect(yield* sys.futex(at, FUTEX_WAKE_BITSET, 9, 0, 0, 2)).toBe(1)
      yield* sys.compute(2e7)
      expect(woken).toEqual([2])
      expect(yield* sys.futex(at, FUTEX_WAKE_BITSET, 9, 0, 0, -1)).toBe(1)
    })
  })
  test('shared memory across processes, at different addresses', () => {
    run(function* (sys) {
      const at = yield* sys.mmap(0, 4096, 3, 0x21, -1, 0)
      yield* sys.fork(function* (child) {
        const moved = yield* child.mremap(at, 4096, 4096, 3, 0x2000_0000)
        expect(moved).toBe(0x2000_0000)
        expect(yield* child.futex(moved + 8, FUTEX_WAIT, 0, 0, 0, 0)).toBe(0)
        return 4
      })
      yield* sys.compute(1e7)
      expect(yield* sys.futex(at + 8, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, 0, 0, 0)).toBe(0)
      expect(yield* sys.futex(at + 8, FUTEX_WAKE, 1, 0, 0, 0)).toBe(1)
      const status = { value: 0 }
      yield* sys.wait4(-1, status, 0, null)
      expect(status.value).toBe(4 << 8)
    })
  })
})

test('requeue moves sleepers', () => {
  run(function* (sys) {
    const [a, b] = [sys.alloc(4), sys.alloc(4)]
    let ended = 0
    for (let i = 0; i < 3; i++)
      yield* sys.thread(function* (other) {
        yield* other.futex(a, FUTEX_WAIT, 0, 0, 0, 0)
        ended++
      })
    yield* sys.compute(2e7)
    expect(yield* sys.futex(a, FUTEX_CMP_REQUEUE, 1, 1, b, 5)).toBe(-EAGAIN.code)
    expect(yield* sys.futex(a, FUTEX_CMP_REQUEUE, 1, 1, b, 0)).toBe(2)
    yield* sys.compute(2e7)
    expect(ended).toBe(1)
    expect(yield* sys.futex(b, FUTEX_WAKE, 9, 0, 0, 0)).toBe(1)
    expect(yield* sys.futex(a, FUTEX_WAKE, 9, 0, 0, 0)).toBe(1)
  })
})

test('FUTEX_WAKE_OP changes the word and wakes by its old value', () => {
  run(function* (sys) {
    const [a, b] = [sys.alloc(4), sys.alloc(4)]
    poke(sys, b, 5)
    for (const at of [a, b])
      yield* sys.thread(function* (other) {
        yield* other.futex(at, FUTEX_WAIT, at === a ? 0 : 5, 0, 0, 0)
      })
    yield* sys.compute(2e7)
    // *b += 3; wake b if the old value was greater than 4.
    const op = (1 << 28) | (4 << 24) | (3 << 12) | 4
    expect(yield* sys.futex(a, FUTEX_WAKE_OP, 1, 1, b, op)).toBe(2)
    expect(word(sys, b)).toBe(8)
    expect(yield* sys.futex(a, FUTEX_WAKE_OP, 1, 1, b, 7 << 28)).toBe(-ENOSYS.code)
  })
})

describe('PI futexes', () => {
  test('lock, contention, hand-over', () => {
    run(function* (sys) {
      const at = sys.alloc(4)
      const own = yield* sys.gettid()
      expect(yield* sys.futex(at, FUTEX_LOCK_PI, 0, 0, 0, 0)).toBe(0)
      expect(word(sys, at)).toBe(own)
      expect(yield* sys.futex(at, FUTEX_LOCK_PI, 0, 0, 0, 0)).toBe(-EDEADLK.code)
      let other = 0
      yield* sys.thread(function* (second) {
        other = yield* second.gettid()
        expect(yield* second.futex(at, FUTEX_TRYLOCK_PI, 0, 0, 0, 0)).toBe(-EAGAIN.code)
        expect(yield* second.futex(at, FUTEX_UNLOCK_PI, 0, 0, 0, 0)).toBe(-EPERM.code)
        expect(yield* second.futex(at, FUTEX_LOCK_PI, 0, 0, 0, 0)).toBe(0)
        expect(yield* second.futex(at, FUTEX_UNLOCK_PI, 0, 0, 0, 0)).toBe(0)
      })
      yield* sys.compute(2e7)
      expect(word(sys, at)).toBe((own | FUTEX_WAITERS) >>> 0)
      expect(yield* sys.futex(at, FUTEX_UNLOCK_PI, 0, 0, 0, 0)).toBe(0)
      expect(word(sys, at)).toBe(other)
      yield* sys.compute(2e7)
      expect(word(sys, at)).toBe(0)
      poke(sys, at, 12345)
      expect(yield* sys.futex(at, FUTEX_LOCK_PI, 0, 0, 0, 0)).toBe(-ESRCH.code)
    })
  })
  test('an owner that exits hands over, marked', () => {
    run(function* (sys) {
      const at = sys.alloc(4)
      yield* sys.thread(function* (other) {
        yield* other.futex(at, FUTEX_LOCK_PI, 0, 0, 0, 0)
        yield* other.compute(5e7)
      })
      yield* sys.compute(2e7)
      const own = yield* sys.gettid()
      expect(yield* sys.futex(at, FUTEX_LOCK_PI, 0, 0, 0, 0)).toBe(0)
      expect(word(sys, at)).toBe((own | FUTEX_OWNER_DIED) >>> 0)
    })
  })
})

describe('robust lists', () => {
  const setList = function* (sys: Sys, head: number, entries: number[], pending = 0): Guest<void> {
    const words: [number, number][] = [
      [head, entries[0] ?? head],
      [head + 8, 8],
      [head + 16, pending],
      ...entries.map((entry, i): [number, number] => [entry, entries[i + 1] ?? head]),
    ]
    for (const [at, value] of words) {
      const data = new DataView(new ArrayBuffer(8))
      data.setBigUint64(0, BigInt(value), true)
      sys.memory.write(at, new Uint8Array(data.buffer))
    }
    expect(yield* sys.set_robust_list(head, 24)).toBe(0)
  }
  test('locks of a dead owner are marked and one sleeper wakes', () => {
    run(function* (sys) {
      const [head, lock] = [sys.alloc(24), sys.alloc(16)]
      yield* sys.thread(function* (other) {
        const tid = yield* other.gettid()
        poke(other, lock + 8, (tid | FUTEX_WAITERS) >>> 0)
        yield* setList(other, head, [lock])
        yield* other.compute(1e6)
      })
      yield* sys.compute(1e5)
      const value = word(sys, lock + 8)
      expect(yield* sys.futex(lock + 8, FUTEX_WAIT, value, 0, 0, 0)).toBe(0)
      expect(word(sys, lock + 8)).toBe((FUTEX_OWNER_DIED | FUTEX_WAITERS) >>> 0)
    })
  })
  test('hostile lists end the walk, not the kernel', () => {
    for (const entry of [0, 1, 0x10, 2 ** 47, 2 ** 63, 2 ** 64 - 8])
      run(function* (sys, harness) {
        const head = sys.alloc(24)
        yield* sys.thread(function* (other) {
          const data = new DataView(new ArrayBuffer(24))
          data.setBigUint64(0, BigInt.asUintN(64, BigInt(entry)), true)
          data.setBigInt64(8, -1n << 62n, true)
          data.setBigUint64(16, BigInt.asUintN(64, BigInt(entry)), true)
          other.memory.write(head, new Uint8Array(data.buffer))
          yield* other.set_robust_list(head, 24)
        })
        yield* sys.compute(2e7)
        expect((harness.log as { lines?: string[] }).lines).toEqual([])
      })
  })
  test('a list that runs in a circle', () => {
    run(function* (sys) {
      const [head, entry] = [sys.alloc(24), sys.alloc(16)]
      yield* sys.thread(function* (other) {
        yield* setList(other, head, [entry])
        const data = new DataView(new ArrayBuffer(8))
        data.setBigUint64(0, BigInt(entry), true)
        poke(other, entry + 8, yield* other.gettid())
        other.memory.write(entry, new Uint8Array(data.buffer))
      })
      yield* sys.compute(2e7)
      expect(word(sys, entry + 8)).toBe(FUTEX_OWNER_DIED)
    })
  })
  test('errors', () => {
    run(function* (sys) {
      expect(yield* sys.set_robust_list(0, 23)).toBe(-EINVAL.code)
      expect(yield* sys.get_robust_list(999, 0, 0)).toBe(-ESRCH.code)
    })
  })
})

test('a cleared thread id wakes who joins', () => {
  run(function* (sys) {
    const at = sys.alloc(4)
    poke(sys, at, 1)
    yield* sys.thread(function* (other) {
      yield* other.set_tid_address(at)
      yield* other.compute(1e6)
    })
    expect(yield* sys.futex(at, FUTEX_WAIT, 1, 0, 0, 0)).toBe(0)
    expect(word(sys, at)).toBe(0)
  })
})

test('futex_waitv: any of several', () => {
  run(function* (sys) {
    const words = [sys.alloc(4), sys.alloc(4), sys.alloc(4)]
    yield* sys.thread(function* (other) {
      yield* other.compute(1e6)
      expect(yield* other.futex(words[1]!, FUTEX_WAKE, 1, 0, 0, 0)).toBe(1)
    })
    const table = sys.alloc(72)
    const view = new DataView(new ArrayBuffer(72))
    words.forEach((at, i) => {
      view.setBigUint64(i * 24 + 8, BigInt(at), true)
      view.setUint32(i * 24 + 16, 2, true)
    })
    sys.memory.write(table, new Uint8Array(view.buffer))
    expect(yield* sys.futex_waitv(table, 3, 0, 0, 1)).toBe(1)
    expect(yield* sys.futex_waitv(table, 0, 0, 0, 1)).toBe(-EINVAL.code)
    expect(yield* sys.futex_waitv(table, 129, 0, 0, 1)).toBe(-EINVAL.code)
    poke(sys, words[2]!, 1)
    expect(yield* sys.futex_waitv(table, 3, 0, 0, 1)).toBe(-EAGAIN.code)
  })
})
