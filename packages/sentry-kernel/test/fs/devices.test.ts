// Memory devices and the container's host files.
import {
  EAGAIN,
  EINVAL,
  ENOSPC,
  EPIPE,
  ESPIPE,
  makedev,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  POLLIN,
  S_IFCHR,
  S_IFIFO,
  S_IFREG,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { openHostFile } from '../../src/fs/host/open-host.ts'
import type { HostFile } from '../../src/platform/host.ts'
import type { Sys } from '../../src/testing/guest.ts'
import { Harness, runGuest } from '../../src/testing/index.ts'

const bytes = (s: string) => Uint8Array.from(s, c => c.charCodeAt(0))
const text = (data: Uint8Array, n: number) => String.fromCharCode(...data.subarray(0, n))
const identity = (mode: number, rdev = 0) => ({ mode: mode | 0o600, rdev, uid: 0, gid: 0 })

/** A host regular file with a position of its own. */
function regular(content: string) {
  let data = bytes(content)
  let position = 0
  const file = {
    kind: 'regular',
    label: 'regular',
    closed: false,
    text: () => text(data, data.length),
    read(target: Uint8Array, offset: number) {
      const at = offset < 0 ? position : offset
      const piece = data.subarray(at, at + target.length)
      target.set(piece)
      if (offset < 0) position += piece.length
      return piece.length
    },
    write(source: Uint8Array, offset: number) {
      const at = offset < 0 ? position : offset
      const longer = new Uint8Array(Math.max(data.length, at + source.length))
      longer.set(data)
      longer.set(source, at)
      data = longer
      if (offset < 0) position = at + source.length
      return source.length
    },
    size: () => data.length,
    seek(offset: number, whence: number) {
      position = whence === 0 ? offset : whence === 1 ? position + offset : data.length + offset
      return position
    },
    close() {
      file.closed = true
    },
  }
  return file
}
const asHost = (file: object) => file as unknown as HostFile

describe('memory devices', () => {
  test('null, zero, full, urandom', () => {
    runGuest(function* (sys) {
      const open = function* (minor: number) {
        yield* sys.mknod(`/dev${minor}`, S_IFCHR | 0o666, makedev(1, minor))
        return yield* sys.open(`/dev${minor}`, O_RDWR, 0)
      }
      const data = new Uint8Array(100).fill(7)
      const none = yield* open(3)
      expect(yield* sys.read(none, data, 100)).toBe(0)
      // Not even the buffer is looked at.
      expect(yield* sys.write(none, 4096, 100)).toBe(100)
      const zero = yield* open(5)
      expect(yield* sys.read(zero, data, 100)).toBe(100)
      expect(data.every(byte => byte === 0)).toBe(true)
      const full = yield* open(7)
      expect(yield* sys.write(full, data, 1)).toBe(-ENOSPC.code)
      const random = yield* open(9)
      expect(yield* sys.read(random, data, 100)).toBe(100)
      expect(new Set(data).size).toBeGreaterThan(20)
    })
  })
})

describe('/dev/kmsg', () => {
  const open = function* (sys: Sys, flags: number) {
    yield* sys.mknod('/kmsg', S_IFCHR | 0o644, makedev(1, 11))
    return yield* sys.open('/kmsg', flags, 0)
  }

  test('gives a record a read, and takes new ones', () => {
    runGuest(function* (sys) {
      const fd = yield* open(sys, O_RDWR | O_NONBLOCK)
      const data = new Uint8Array(2000)
      expect(yield* sys.read(fd, data, 4)).toBe(-EINVAL.code)
      const first = yield* sys.read(fd, data, data.length)
      expect(text(data, first)).toMatch(/^6,0,0,-;Starting tsvisor\.\.\.\n$/)
      expect(yield* sys.lseek(fd, 0, SEEK_END)).toBe(0)
      expect(yield* sys.read(fd, data, data.length)).toBe(-EAGAIN.code)
      for (const line of ['<3>disk on fire\n', 'a\nb\x1b[2J'])
        expect(yield* sys.write(fd, bytes(line), line.length)).toBe(line.length)
      const error = yield* sys.read(fd, data, data.length)
      expect(text(data, error)).toMatch(/^11,11,\d+,-;disk on fire\n$/)
      const odd = yield* sys.read(fd, data, data.length)
      expect(text(data, odd)).toMatch(/^12,12,\d+,-;a\\x0ab\\x1b\[2J\n$/)
      expect(yield* sys.write(fd, new Uint8Array(1025), 1025)).toBe(-EINVAL.code)
      expect(yield* sys.lseek(fd, 1, SEEK_SET)).toBe(-ESPIPE.code)
      const log = yield* sys.syslog(3, data, data.length)
      expect(text(data, log)).toMatch(/<11>\[ *\d+\.\d{6}\] disk on fire\n<12>\[/)
    })
  })

  test('a reader waits for the next record; one that is too slow is told so, once', () => {
    runGuest(function* (sys) {
      const fd = yield* open(sys, O_RDWR)
      const data = new Uint8Array(2000)
      yield* sys.lseek(fd, 0, SEEK_END)
      yield* sys.thread(function* (thread) {
        yield* thread.write(fd, bytes('at last'), 7)
      })
      const length = yield* sys.read(fd, data, data.length)
      expect(text(data, length)).toContain(';at last\n')
      const filler = bytes('x'.repeat(1000))
      for (let i = 0; i < 100; i++) yield* sys.write(fd, filler, filler.length)
      expect(yield* sys.read(fd, data, data.length)).toBe(-EPIPE.code)
      const next = yield* sys.read(fd, data, data.length)
      expect(text(data, next)).toMatch(/^12,\d+,\d+,-;x{1000}\n$/)
      expect(yield* sys.syslog(3, data, data.length)).toBeLessThanOrEqual(data.length)
    })
  })
})

describe('host files', () => {
  test('a regular file: the position is the host file own', () => {
    const host = regular('hello world')
    const harness = new Harness()
    const stdin = openHostFile(harness.kernel, asHost(host), identity(S_IFREG), O_RDWR)
    harness.run(
      function* (sys) {
        const data = new Uint8Array(20)
        expect(yield* sys.read(0, data, 6)).toBe(6)
        expect(yield* sys.lseek(0, 0, SEEK_CUR)).toBe(6)
        expect(yield* sys.pread64(0, data, 5, 0)).toBe(5)
        expect(text(data, 5)).toBe('hello')
        expect(yield* sys.read(0, data, 20)).toBe(5)
        expect(yield* sys.write(0, bytes('!'), 1)).toBe(1)
        expect(yield* sys.lseek(0, 0, SEEK_SET)).toBe(0)
        expect(yield* sys.close(0)).toBe(0)
      },
      { stdio: [stdin] },
    )
    expect(host.text()).toBe('hello world!')
    expect(host.closed).toBe(true)
  })

  test('a stream: waits for the host, writes in pieces, breaks', () => {
    let incoming = ''
    let room = 3
    let written = ''
    let listener: (events: number) => void = () => {}
    const host = {
      kind: 'stream',
      label: 'stream',
      read(target: Uint8Array) {
        if (incoming === '') throw EAGAIN
        target.set(bytes(incoming))
        const n = incoming.length
        incoming = ''
        return n
      },
      write(source: Uint8Array) {
        if (room < 0) throw EPIPE
        if (room === 0) throw EAGAIN
        const n = Math.min(room, source.length)
        room -= n
        written += text(source, n)
        return n
      },
      poll: () => (incoming === '' ? 0 : 1),
      watch(notify: (events: number) => void) {
        listener = notify
        return () => {}
      },
      close() {},
    }
    const harness = new Harness()
    const stream = openHostFile(harness.kernel, asHost(host), identity(S_IFIFO), O_RDWR)
    harness.kernel.timers.add(harness.clock.monotonicNs() + 1e6, () => {
      incoming = 'data'
      listener(POLLIN)
    })
    harness.kernel.timers.add(harness.clock.monotonicNs() + 5e8, () => {
      room = 100
      listener(4)
    })
    harness.run(
      function* (sys) {
        const data = new Uint8Array(20)
        expect(yield* sys.read(0, data, 20)).toBe(4)
        expect(yield* sys.write(0, bytes('abcdefgh'), 8)).toBe(8)
        expect(written).toBe('abcdefgh')
        room = -1
        yield* sys.handle(13, 'ignore')
        expect(yield* sys.write(0, bytes('x'), 1)).toBe(-EPIPE.code)
      },
      { stdio: [stream] },
    )
  })

  test('a host /dev/null is the guest null device', () => {
    const host = regular('never read')
    const harness = new Harness()
    const access = [O_RDONLY, O_WRONLY]
    const stdio = access.map(flags =>
      openHostFile(harness.kernel, asHost(host), identity(S_IFCHR, makedev(1, 3)), flags),
    )
    harness.run(
      function* (sys) {
        expect(yield* sys.read(0, new Uint8Array(5), 5)).toBe(0)
        expect(yield* sys.write(1, new Uint8Array(5), 5)).toBe(5)
      },
      { stdio },
    )
    expect(host.closed).toBe(true)
  })
})
