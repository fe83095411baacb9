// Pipes and FIFOs as guests see them. Expected values are what Linux 6 answers.
import {
  EAGAIN,
  EBUSY,
  ENXIO,
  EPIPE,
  F_GETPIPE_SZ,
  F_SETPIPE_SZ,
  FIONREAD,
  O_DIRECT,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  S_IFIFO,
  SIGPIPE,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import type { Sys } from '../../src/testing/guest.ts'
import { runGuest } from '../../src/testing/index.ts'

const text = (data: Uint8Array, length: number) => String.fromCharCode(...data.subarray(0, length))
const bytes = (s: string) => Uint8Array.from(s, c => c.charCodeAt(0))

function* pipe(sys: Sys, flags = 0) {
  const fds = { value: [0, 0] }
  expect(yield* sys.pipe2(fds, flags)).toBe(0)
  return fds.value as [number, number]
}

describe('pipes', () => {
  test('bytes come out in order; closing the writer ends them', () => {
    runGuest(function* (sys) {
      const [r, w] = yield* pipe(sys)
      expect([r, w]).toEqual([0, 1])
      expect(yield* sys.write(w, bytes('hello '), 6)).toBe(6)
      expect(yield* sys.write(w, bytes('world'), 5)).toBe(5)
      const count = { value: 0 }
      expect(yield* sys.ioctl(r, FIONREAD, count)).toBe(0)
      const data = new Uint8Array(64)
      expect(yield* sys.read(r, data, 8)).toBe(8)
      expect(text(data, 8)).toBe('hello wo')
      yield* sys.close(w)
      expect(yield* sys.read(r, data, 64)).toBe(3)
      expect(yield* sys.read(r, data, 64)).toBe(0)
    })
  })

  test('sixteen pages fit, and a partial write fills the last', () => {
    runGuest(function* (sys) {
      const [r, w] = yield* pipe(sys, O_NONBLOCK)
      const page = new Uint8Array(4096)
      for (let i = 0; i < 16; i++) expect(yield* sys.write(w, page, 4096)).toBe(4096)
      expect(yield* sys.write(w, page, 1)).toBe(-EAGAIN.code)
      const fds = [{ fd: w, events: POLLOUT, revents: 0 }]
      expect(yield* sys.poll(fds, 1, 0)).toBe(0)
      // A reader that empties no page makes no room.
      expect(yield* sys.read(r, page, 4095)).toBe(4095)
      expect(yield* sys.poll(fds, 1, 0)).toBe(0)
      expect(yield* sys.read(r, page, 1)).toBe(1)
      expect(yield* sys.poll(fds, 1, 0)).toBe(1)
      expect(fds[0]!.revents).toBe(POLLOUT)
      expect(yield* sys.write(w, new Uint8Array(8192), 8192)).toBe(4096)
      expect(yield* sys.write(w, page, 1)).toBe(-EAGAIN.code)
    })
  })

  test('single bytes share pages', () => {
    runGuest(function* (sys) {
      const [, w] = yield* pipe(sys, O_NONBLOCK)
      let n = 0
      const one = new Uint8Array(1)
      while ((yield* sys.write(w, one, 1)) === 1) n++
      expect(n).toBe(65536)
    })
  }, 60_000)

  test('packets stay apart and lose what was not read', () => {
    runGuest(function* (sys) {
      const [r, w] = yield* pipe(sys, O_DIRECT)
      yield* sys.write(w, bytes('abc'), 3)
      yield* sys.write(w, bytes('defg'), 4)
      const data = new Uint8Array(16)
      expect(yield* sys.read(r, data, 2)).toBe(2)
      expect(yield* sys.read(r, data, 16)).toBe(4)
      expect(text(data, 4)).toBe('defg')
    })
  })

  test('a writer without readers gets EPIPE and SIGPIPE', () => {
    const signals: number[] = []
    runGuest(function* (sys) {
      yield* sys.handle(SIGPIPE, function* (handler, signo) {
        signals.push(signo)
        yield* handler.getpid()
      })
      const [r, w] = yield* pipe(sys)
      yield* sys.close(r)
      expect(yield* sys.write(w, bytes('x'), 1)).toBe(-EPIPE.code)
      const fds = [{ fd: w, events: POLLOUT, revents: 0 }]
      yield* sys.poll(fds, 1, 0)
      expect(fds[0]!.revents).toBe(POLLOUT | POLLERR)
    })
    expect(signals).toEqual([SIGPIPE])
  })

  test('a blocked reader wakes, a blocked writer writes all', () => {
    runGuest(function* (sys) {
      const [r, w] = yield* pipe(sys)
      yield* sys.fork(function* (child) {
        yield* child.close(r)
        expect(yield* child.write(w, new Uint8Array(200_000).fill(7), 200_000)).toBe(200_000)
      })
      yield* sys.close(w)
      const data = new Uint8Array(50_000)
      let total = 0
      for (;;) {
        const n = yield* sys.read(r, data, data.length)
        if (n === 0) break
        total += n
      }
      expect(total).toBe(200_000)
    })
  })

  test('F_SETPIPE_SZ rounds to a power of two and keeps what is there', () => {
    runGuest(function* (sys) {
      const [, w] = yield* pipe(sys, O_NONBLOCK)
      expect(yield* sys.fcntl(w, F_GETPIPE_SZ, 0)).toBe(65536)
      expect(yield* sys.fcntl(w, F_SETPIPE_SZ, 5000)).toBe(8192)
      yield* sys.write(w, new Uint8Array(8192), 8192)
      expect(yield* sys.fcntl(w, F_SETPIPE_SZ, 4096)).toBe(-EBUSY.code)
      expect(yield* sys.fcntl(w, F_SETPIPE_SZ, 0)).toBe(-EBUSY.code)
    })
  })
})

describe('FIFOs', () => {
  test('open waits for the other side', () => {
    runGuest(function* (sys) {
      expect(yield* sys.mknod('/fifo', S_IFIFO | 0o600, 0)).toBe(0)
      expect(yield* sys.open('/fifo', O_WRONLY | O_NONBLOCK, 0)).toBe(-ENXIO.code)
      yield* sys.fork(function* (child) {
        const fd = yield* child.open('/fifo', O_WRONLY, 0)
        expect(yield* child.write(fd, bytes('hi'), 2)).toBe(2)
      })
      const fd = yield* sys.open('/fifo', O_RDONLY, 0)
      expect(fd).toBeGreaterThanOrEqual(0)
      const data = new Uint8Array(8)
      expect(yield* sys.read(fd, data, 8)).toBe(2)
      expect(yield* sys.read(fd, data, 8)).toBe(0)
    })
  })

  test('O_RDWR never waits; POLLHUP only after a writer came and went', () => {
    runGuest(function* (sys) {
      yield* sys.mknod('/fifo', S_IFIFO | 0o600, 0)
      const reader = yield* sys.open('/fifo', O_RDONLY | O_NONBLOCK, 0)
      const fds = [{ fd: reader, events: POLLIN, revents: 0 }]
      expect(yield* sys.poll(fds, 1, 0)).toBe(0)
      expect(yield* sys.read(reader, new Uint8Array(1), 1)).toBe(0)
      const both = yield* sys.open('/fifo', O_RDWR, 0)
      expect(yield* sys.read(reader, new Uint8Array(1), 1)).toBe(-EAGAIN.code)
      yield* sys.close(both)
      expect(yield* sys.poll(fds, 1, 0)).toBe(1)
      expect(fds[0]!.revents).toBe(POLLHUP)
    })
  })
})
