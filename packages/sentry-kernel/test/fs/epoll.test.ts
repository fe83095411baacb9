// poll, select, epoll, eventfd, timerfd, signalfd as guests see them.
import {
  CLOCK_MONOTONIC,
  EAGAIN,
  EEXIST,
  EFD_NONBLOCK,
  EFD_SEMAPHORE,
  EINVAL,
  ELOOP,
  ENOENT,
  EPERM,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  O_CREAT,
  O_RDWR,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  SIG_BLOCK,
  SIGUSR1,
  TFD_NONBLOCK,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import type { Sys } from '../../src/testing/guest.ts'
import { Harness, runGuest } from '../../src/testing/index.ts'

function* pipe(sys: Sys) {
  const fds = { value: [0, 0] }
  expect(yield* sys.pipe2(fds, 0)).toBe(0)
  return fds.value as [number, number]
}
function* epollAdd(sys: Sys, ep: number, fd: number, events: number, op = EPOLL_CTL_ADD) {
  return yield* sys.epoll_ctl(ep, op, fd, { events: events >>> 0, data_low: fd })
}
/** Events that are ready now, as [fd, events] pairs. */
function* ready(sys: Sys, ep: number, max = 8, timeout = 0) {
  const out = new Uint8Array(12 * max)
  const n = yield* sys.epoll_wait(ep, out, max, timeout)
  const view = new DataView(out.buffer)
  return Array.from({ length: Math.max(n, 0) }, (_, i) => [
    view.getUint32(i * 12 + 4, true),
    view.getUint32(i * 12, true),
  ])
}

describe('epoll', () => {
  test('level, edge and one shot', () => {
    runGuest(function* (sys) {
      const [r, w] = yield* pipe(sys)
      const ep = yield* sys.epoll_create1(0)
      expect(yield* epollAdd(sys, ep, r, EPOLLIN)).toBe(0)
      expect(yield* epollAdd(sys, ep, r, EPOLLIN)).toBe(-EEXIST.code)
      expect(yield* ready(sys, ep)).toEqual([])
      yield* sys.write(w, new Uint8Array(1), 1)
      expect(yield* ready(sys, ep)).toEqual([[r, EPOLLIN]])
      expect(yield* ready(sys, ep)).toEqual([[r, EPOLLIN]])
      expect(yield* epollAdd(sys, ep, r, EPOLLIN | EPOLLET, EPOLL_CTL_MOD)).toBe(0)
      expect(yield* ready(sys, ep)).toEqual([[r, EPOLLIN]])
      expect(yield* ready(sys, ep)).toEqual([])
      yield* sys.write(w, new Uint8Array(1), 1)
      expect(yield* ready(sys, ep)).toEqual([[r, EPOLLIN]])
      expect(yield* epollAdd(sys, ep, r, EPOLLIN | EPOLLONESHOT, EPOLL_CTL_MOD)).toBe(0)
      expect(yield* ready(sys, ep)).toEqual([[r, EPOLLIN]])
      yield* sys.write(w, new Uint8Array(1), 1)
      expect(yield* ready(sys, ep)).toEqual([])
      expect(yield* sys.epoll_ctl(ep, EPOLL_CTL_DEL, r, null)).toBe(0)
      expect(yield* sys.epoll_ctl(ep, EPOLL_CTL_DEL, r, null)).toBe(-ENOENT.code)
    })
  })

  test('a full buffer rotates through the ready entries', () => {
    runGuest(function* (sys) {
      const ep = yield* sys.epoll_create1(0)
      const fds: number[] = []
      for (let i = 0; i < 3; i++) {
        const fd = yield* sys.eventfd2(1, 0)
        fds.push(fd)
        yield* epollAdd(sys, ep, fd, EPOLLIN)
      }
      const seen: number[] = []
      for (let i = 0; i < 3; i++) seen.push((yield* ready(sys, ep, 1))[0]![0]!)
      expect(seen).toEqual(fds)
    })
  })

  test('closing the file takes the entry out; a dup keeps it', () => {
    runGuest(function* (sys) {
      const [r, w] = yield* pipe(sys)
      const ep = yield* sys.epoll_create1(0)
      yield* epollAdd(sys, ep, r, EPOLLIN)
      const copy = yield* sys.dup(r)
      yield* sys.close(w)
      yield* sys.close(r)
      expect(yield* ready(sys, ep)).toEqual([[r, EPOLLHUP]])
      yield* sys.close(copy)
      expect(yield* ready(sys, ep)).toEqual([])
    })
  })

  test('loops, depth, and files that cannot be waited for', () => {
    runGuest(function* (sys) {
      const a = yield* sys.epoll_create1(0)
      const b = yield* sys.epoll_create1(0)
      expect(yield* epollAdd(sys, a, a, EPOLLIN)).toBe(-EINVAL.code)
      expect(yield* epollAdd(sys, a, b, EPOLLIN)).toBe(0)
      expect(yield* epollAdd(sys, b, a, EPOLLIN)).toBe(-ELOOP.code)
      const event = yield* sys.eventfd2(1, 0)
      yield* epollAdd(sys, b, event, EPOLLIN)
      expect(yield* ready(sys, a)).toEqual([[b, EPOLLIN]])
      const file = yield* sys.open('/f', O_CREAT | O_RDWR, 0o600)
      expect(yield* epollAdd(sys, a, file, EPOLLIN)).toBe(-EPERM.code)
    })
  })

  test('a sleeping epoll_wait wakes for an event and for its time-out', () => {
    const harness = new Harness()
    harness.run(function* (sys) {
      const event = yield* sys.eventfd2(0, 0)
      const ep = yield* sys.epoll_create1(0)
      yield* epollAdd(sys, ep, event, EPOLLIN)
      yield* sys.fork(function* (child) {
        const one = new Uint8Array(8)
        one[0] = 1
        expect(yield* child.write(event, one, 8)).toBe(8)
      })
      expect(yield* ready(sys, ep, 8, -1)).toEqual([[event, EPOLLIN]])
      yield* sys.read(event, new Uint8Array(8), 8)
      const before = harness.clock.monotonicNs()
      expect(yield* ready(sys, ep, 8, 250)).toEqual([])
      expect(harness.clock.monotonicNs() - before).toBeGreaterThanOrEqual(250e6)
    })
  })
})

describe('poll and select', () => {
  test('descriptors that are closed, negative, ready', () => {
    runGuest(function* (sys) {
      const [r, w] = yield* pipe(sys)
      const fds = [
        { fd: r, events: POLLIN, revents: 0 },
        { fd: w, events: POLLOUT, revents: 0 },
        { fd: -1, events: POLLIN, revents: 7 },
        { fd: 99, events: POLLIN, revents: 0 },
      ]
      expect(yield* sys.poll(fds, 4, -1)).toBe(2)
      expect(fds.map(f => f.revents)).toEqual([0, POLLOUT, 0, POLLNVAL])
    })
  })
  test('select tells what is left of the time', () => {
    runGuest(function* (sys) {
      const [r, w] = yield* pipe(sys)
      const set = new Uint8Array(8)
      set[0] = 1 << r
      const timeout = { tv_sec: 1, tv_usec: 0 }
      expect(yield* sys.select(w + 1, set, null, null, timeout)).toBe(0)
      expect(set[0]).toBe(0)
      expect(timeout).toEqual({ tv_sec: 0, tv_usec: 0 })
      yield* sys.write(w, new Uint8Array(1), 1)
      set[0] = 1 << r
      timeout.tv_sec = 3
      expect(yield* sys.select(w + 1, set, null, null, timeout)).toBe(1)
      expect(set[0]).toBe(1 << r)
      expect(timeout.tv_sec).toBeGreaterThanOrEqual(2)
    })
  })
})

describe('event files', () => {
  test('eventfd counts; a semaphore counts down', () => {
    runGuest(function* (sys) {
      const fd = yield* sys.eventfd2(3, EFD_NONBLOCK)
      const data = new Uint8Array(8)
      expect(yield* sys.read(fd, data, 8)).toBe(8)
      expect(data[0]).toBe(3)
      expect(yield* sys.read(fd, data, 8)).toBe(-EAGAIN.code)
      expect(yield* sys.read(fd, data, 7)).toBe(-EINVAL.code)
      data.fill(0xff)
      expect(yield* sys.write(fd, data, 8)).toBe(-EINVAL.code)
      data[0] = 0xfe
      expect(yield* sys.write(fd, data, 8)).toBe(8)
      data.fill(0)
      data[0] = 1
      expect(yield* sys.write(fd, data, 8)).toBe(-EAGAIN.code)
      const semaphore = yield* sys.eventfd2(2, EFD_NONBLOCK | EFD_SEMAPHORE)
      const seen = []
      for (let i = 0; i < 3; i++) seen.push(yield* sys.read(semaphore, data, 8))
      expect(seen).toEqual([8, 8, -EAGAIN.code])
    })
  })

  test('timerfd: one shot, interval, ticks missed', () => {
    runGuest(function* (sys) {
      const fd = yield* sys.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK)
      const setting = (value: number, interval: number) => ({
        it_interval: { tv_sec: 0, tv_nsec: interval },
        it_value: { tv_sec: 0, tv_nsec: value },
      })
      const data = new Uint8Array(8)
      expect(yield* sys.timerfd_settime(fd, 0, setting(1e8, 0), null)).toBe(0)
      expect(yield* sys.read(fd, data, 8)).toBe(-EAGAIN.code)
      const fds = [{ fd, events: POLLIN, revents: 0 }]
      expect(yield* sys.poll(fds, 1, 1000)).toBe(1)
      expect(yield* sys.read(fd, data, 8)).toBe(8)
      expect(data[0]).toBe(1)
      yield* sys.timerfd_settime(fd, 0, setting(1e8, 1e8), null)
      yield* sys.poll(null, 0, 450)
      expect(yield* sys.read(fd, data, 8)).toBe(8)
      expect(data[0]).toBe(4)
    })
  })

  test('signalfd reads a blocked signal', () => {
    runGuest(function* (sys) {
      const mask = new Uint8Array(8)
      mask[(SIGUSR1 - 1) >> 3] = 1 << ((SIGUSR1 - 1) & 7)
      yield* sys.rt_sigprocmask(SIG_BLOCK, mask, null, 8)
      const fd = yield* sys.signalfd4(-1, mask, 8, 0)
      yield* sys.fork(function* (child) {
        yield* child.kill(1, SIGUSR1)
      })
      const info = new Uint8Array(128)
      expect(yield* sys.read(fd, info, 128)).toBe(128)
      const view = new DataView(info.buffer)
      expect(view.getUint32(0, true)).toBe(SIGUSR1)
      expect(view.getUint32(12, true)).toBe(2)
      expect(EPOLLOUT).toBe(4)
    })
  })
})
