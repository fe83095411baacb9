// POSIX message queues between guest processes.
import {
  EAGAIN,
  EBADF,
  EBUSY,
  EEXIST,
  EINVAL,
  EMFILE,
  EMSGSIZE,
  ENOENT,
  ETIMEDOUT,
  O_CREAT,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  SIGUSR1,
} from '@tsvisor/abi'
import { expect, test } from 'vitest'
import { byteString, bytesOf } from '../../src/mm/user-memory.ts'
import type { Guest, Sys } from '../../src/testing/guest.ts'
import { runGuest } from '../../src/testing/index.ts'

const run = (main: (sys: Sys) => Guest<void>): void => {
  expect(runGuest(main).status).toBe(0)
}
const attributes = (mq_maxmsg: number, mq_msgsize: number) => ({
  mq_flags: 0,
  mq_maxmsg,
  mq_msgsize,
  mq_curmsgs: 0,
})

test('priorities first, then arrival', () => {
  run(function* (sys) {
    const q = yield* sys.mq_open('q', O_CREAT | O_RDWR | O_NONBLOCK, 0o600, attributes(4, 16))
    for (const [text, priority] of [
      ['a', 1],
      ['b', 5],
      ['c', 5],
      ['d', 0],
    ] as const)
      expect(yield* sys.mq_timedsend(q, bytesOf(text), 1, priority, null)).toBe(0)
    expect(yield* sys.mq_timedsend(q, bytesOf('e'), 1, 0, null)).toBe(-EAGAIN.code)
    const found: [string, number][] = []
    for (let i = 0; i < 4; i++) {
      const buffer = new Uint8Array(16)
      const priority = { value: 0 }
      const length = yield* sys.mq_timedreceive(q, buffer, 16, priority, null)
      found.push([byteString(buffer.subarray(0, length)), priority.value])
    }
    expect(found).toEqual([
      ['b', 5],
      ['c', 5],
      ['a', 1],
      ['d', 0],
    ])
  })
})

test('a receiver waits, in another process', () => {
  run(function* (sys) {
    const q = yield* sys.mq_open('q', O_CREAT | O_RDWR, 0o600, attributes(1, 8))
    yield* sys.fork(function* (child) {
      const own = yield* child.mq_open('q', O_RDWR, 0, null)
      for (const text of ['x', 'y', 'z'])
        expect(yield* child.mq_timedsend(own, bytesOf(text), 1, 0, null)).toBe(0)
      return 0
    })
    const buffer = new Uint8Array(8)
    for (const text of ['x', 'y', 'z']) {
      expect(yield* sys.mq_timedreceive(q, buffer, 8, null, null)).toBe(1)
      expect(byteString(buffer.subarray(0, 1))).toBe(text)
    }
    const past = { tv_sec: 1, tv_nsec: 0 }
    expect(yield* sys.mq_timedreceive(q, buffer, 8, null, past)).toBe(-ETIMEDOUT.code)
  })
})

test('a signal tells of the first message, once', () => {
  run(function* (sys) {
    let signals = 0
    yield* sys.handle(SIGUSR1, function* (own) {
      yield* own.getpid()
      signals++
    })
    const q = yield* sys.mq_open('q', O_CREAT | O_RDWR, 0o600, attributes(4, 8))
    const event = {
      sigev_notify: 0,
      sigev_signo: SIGUSR1,
      sigev_value: 7n,
      sigev_notify_thread_id: 0,
    }
    expect(yield* sys.mq_notify(q, event)).toBe(0)
    expect(yield* sys.mq_notify(q, event)).toBe(-EBUSY.code)
    yield* sys.mq_timedsend(q, bytesOf('a'), 1, 0, null)
    yield* sys.mq_timedsend(q, bytesOf('b'), 1, 0, null)
    yield* sys.compute(1e6)
    expect(signals).toBe(1)
  })
})

test('errors', () => {
  run(function* (sys) {
    expect(yield* sys.mq_open('none', O_RDWR, 0, null)).toBe(-ENOENT.code)
    const q = yield* sys.mq_open('q', O_CREAT | O_RDONLY, 0o600, attributes(1, 8))
    expect(yield* sys.mq_open('q', O_CREAT | O_EXCL, 0o600, null)).toBe(-EEXIST.code)
    expect(yield* sys.mq_open('r', O_CREAT, 0o600, attributes(0, 8))).toBe(-EINVAL.code)
    expect(yield* sys.mq_open('r', O_CREAT, 0o600, attributes(65536, 8192))).toBe(-EMFILE.code)
    expect(yield* sys.mq_timedsend(q, bytesOf('a'), 1, 0, null)).toBe(-EBADF.code)
    expect(yield* sys.mq_timedreceive(q, new Uint8Array(4), 4, null, null)).toBe(-EMSGSIZE.code)
    expect(yield* sys.mq_timedsend(0, bytesOf('a'), 1, 32768, null)).toBe(-EINVAL.code)
    const old = attributes(0, 0)
    expect(yield* sys.mq_getsetattr(q, { ...old, mq_flags: O_NONBLOCK }, old)).toBe(0)
    expect(old).toMatchObject({ mq_flags: 0, mq_maxmsg: 1, mq_msgsize: 8 })
    expect(yield* sys.mq_timedreceive(q, new Uint8Array(8), 8, null, null)).toBe(-EAGAIN.code)
    expect(yield* sys.mq_unlink('q')).toBe(0)
    expect(yield* sys.mq_unlink('q')).toBe(-ENOENT.code)
    yield* sys.close(q)
    expect(yield* sys.mq_getsetattr(q, 0, 0)).toBe(-EBADF.code)
  })
})
