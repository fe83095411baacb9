// Unix sockets as guests see them. Expected values are what Linux 6 answers.
import {
  AF_UNIX,
  EADDRINUSE,
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINVAL,
  ENOTCONN,
  EPIPE,
  EPROTOTYPE,
  iovec,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  SHUT_WR,
  SO_PEERCRED,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import type { Sys } from '../../src/testing/guest.ts'
import { Harness, runGuest } from '../../src/testing/index.ts'

const text = (data: Uint8Array, length: number) => String.fromCharCode(...data.subarray(0, length))
const bytes = (s: string) => Uint8Array.from(s, c => c.charCodeAt(0))
const address = (path: string) => Uint8Array.of(AF_UNIX, 0, ...bytes(path))

function* pair(sys: Sys, type: number) {
  const fds = { value: [0, 0] }
  expect(yield* sys.socketpair(AF_UNIX, type, 0, fds)).toBe(0)
  return fds.value as [number, number]
}
/** sendmsg with descriptors, or recvmsg: answers [result, fds, flags]. */
function* message(
  sys: Sys,
  how: 'send' | 'receive',
  socket: number,
  data: Uint8Array,
  fds: number[],
) {
  const buffer = sys.alloc(data.length)
  sys.memory.write(buffer, data)
  const vector = sys.alloc(16)
  sys.memory.write(vector, iovec.encode({ iov_base: buffer, iov_len: data.length }))
  const control = sys.alloc(64)
  const room = how === 'send' ? (fds.length > 0 ? 16 + 4 * fds.length : 0) : 64
  if (how === 'send' && fds.length > 0) {
    const cmsg = new Uint8Array(room)
    const view = new DataView(cmsg.buffer)
    view.setUint32(0, room, true)
    view.setInt32(8, SOL_SOCKET, true)
    view.setInt32(12, 1, true)
    fds.forEach((fd, i) => {
      view.setInt32(16 + 4 * i, fd, true)
    })
    sys.memory.write(control, cmsg)
  }
  const header = sys.alloc(56)
  const raw = new Uint8Array(56)
  const view = new DataView(raw.buffer)
  view.setBigUint64(16, BigInt(vector), true)
  view.setBigUint64(24, 1n, true)
  view.setBigUint64(32, BigInt(control), true)
  view.setBigUint64(40, BigInt(room), true)
  sys.memory.write(header, raw)
  const result = yield* how === 'send'
    ? sys.sendmsg(socket, header, 0)
    : sys.recvmsg(socket, header, 0)
  const after = new DataView(sys.memory.read(header, 56).buffer)
  const got: number[] = []
  const used = Number(after.getBigUint64(40, true))
  if (how === 'receive' && used >= 20) {
    const cmsg = new DataView(sys.memory.read(control, used).buffer)
    for (let at = 16; at + 4 <= cmsg.getUint32(0, true); at += 4) got.push(cmsg.getInt32(at, true))
  }
  return { result, fds: got, flags: after.getUint32(48, true) }
}

describe('streams', () => {
  test('a pair carries bytes both ways; shutdown and close', () => {
    runGuest(function* (sys) {
      const [a, b] = yield* pair(sys, SOCK_STREAM)
      const data = new Uint8Array(32)
      expect(yield* sys.write(a, bytes('one'), 3)).toBe(3)
      expect(yield* sys.write(a, bytes('two'), 3)).toBe(3)
      expect(yield* sys.recvfrom(b, data, 32, MSG_PEEK, null, null)).toBe(6)
      expect(yield* sys.read(b, data, 4)).toBe(4)
      expect(text(data, 4)).toBe('onet')
      yield* sys.shutdown(a, SHUT_WR)
      expect(yield* sys.read(b, data, 32)).toBe(2)
      expect(yield* sys.read(b, data, 32)).toBe(0)
      expect(yield* sys.sendto(a, data, 1, MSG_NOSIGNAL, null, 0)).toBe(-EPIPE.code)
      const fds = [{ fd: b, events: POLLIN | POLLOUT | POLLRDHUP, revents: 0 }]
      yield* sys.poll(fds, 1, 0)
      expect(fds[0]!.revents).toBe(POLLIN | POLLOUT | POLLRDHUP)
      yield* sys.write(b, bytes('x'), 1)
      yield* sys.close(a)
      // Unread data in a closed socket resets the other.
      expect(yield* sys.read(b, data, 32)).toBe(-ECONNRESET.code)
      expect(yield* sys.read(b, data, 32)).toBe(0)
      yield* sys.poll(fds, 1, 0)
      expect(fds[0]!.revents).toBe(POLLIN | POLLOUT | POLLHUP | POLLRDHUP)
    })
  })

  test('listen, connect, accept, names, credentials', () => {
    runGuest(function* (sys) {
      const server = yield* sys.socket(AF_UNIX, SOCK_STREAM, 0)
      const name = address('/sock')
      const client = yield* sys.socket(AF_UNIX, SOCK_STREAM, 0)
      expect(yield* sys.read(client, new Uint8Array(1), 1)).toBe(-EINVAL.code)
      expect(yield* sys.write(client, new Uint8Array(1), 1)).toBe(-ENOTCONN.code)
      expect(yield* sys.bind(server, name, name.length)).toBe(0)
      expect(yield* sys.connect(client, name, name.length)).toBe(-ECONNREFUSED.code)
      expect(yield* sys.listen(server, 5)).toBe(0)
      const other = yield* sys.socket(AF_UNIX, SOCK_STREAM, 0)
      expect(yield* sys.bind(other, name, name.length)).toBe(-EADDRINUSE.code)
      expect(yield* sys.connect(client, name, name.length)).toBe(0)
      const accepted = yield* sys.accept(server, null, null)
      expect(accepted).toBeGreaterThan(0)
      const out = new Uint8Array(110)
      const length = { value: 110 }
      expect(yield* sys.getpeername(client, out, length)).toBe(0)
      expect(length.value).toBe(2 + 6)
      expect(text(out.subarray(2), 5)).toBe('/sock')
      const credentials = new Uint8Array(12)
      length.value = 12
      expect(yield* sys.getsockopt(client, SOL_SOCKET, SO_PEERCRED, credentials, length)).toBe(0)
      expect(new DataView(credentials.buffer).getInt32(0, true)).toBe(1)
      const dgram = yield* sys.socket(AF_UNIX, SOCK_DGRAM, 0)
      expect(yield* sys.connect(dgram, name, name.length)).toBe(-EPROTOTYPE.code)
    })
  })

  test('the backlog refuses one more without blocking', () => {
    runGuest(function* (sys) {
      const name = address('\0abstract')
      const server = yield* sys.socket(AF_UNIX, SOCK_STREAM, 0)
      yield* sys.bind(server, name, name.length)
      yield* sys.listen(server, 1)
      const results: number[] = []
      for (let i = 0; i < 3; i++) {
        const fd = yield* sys.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)
        results.push(yield* sys.connect(fd, name, name.length))
      }
      expect(results).toEqual([0, 0, -EAGAIN.code])
    })
  })

  test('as much fits as on Linux', () => {
    runGuest(function* (sys) {
      const fits = function* (type: number, size: number) {
        const [a] = yield* pair(sys, type | SOCK_NONBLOCK)
        let total = 0
        for (;;) {
          const n = yield* sys.write(a, new Uint8Array(size), size)
          if (n < 0) return total
          total += n
        }
      }
      const found: number[][] = []
      for (const type of [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET]) {
        const row: number[] = []
        for (const size of [1, 100, 1000, 4000, 10_000, 100_000]) row.push(yield* fits(type, size))
        found.push(row)
      }
      expect(found).toEqual([
        [278, 27_800, 93_000, 176_000, 170_000, 236_544],
        [278, 27_800, 93_000, 104_000, 130_000, 300_000],
        [278, 27_800, 93_000, 104_000, 130_000, 300_000],
      ])
    })
  })

  test('a blocked writer gets everything through; MSG_WAITALL waits for it', () => {
    runGuest(function* (sys) {
      const [a, b] = yield* pair(sys, SOCK_STREAM)
      yield* sys.fork(function* (child) {
        yield* child.close(b)
        expect(yield* child.write(a, new Uint8Array(250_000), 250_000)).toBe(250_000)
      })
      yield* sys.close(a)
      const data = sys.alloc(50_000)
      for (let i = 0; i < 5; i++)
        expect(yield* sys.recvfrom(b, data, 50_000, MSG_WAITALL, null, null)).toBe(50_000)
    })
  })
})

describe('datagrams', () => {
  test('boundaries, truncation, sequenced packets', () => {
    runGuest(function* (sys) {
      for (const type of [SOCK_DGRAM, SOCK_SEQPACKET]) {
        const [a, b] = yield* pair(sys, type)
        yield* sys.write(a, bytes('first'), 5)
        yield* sys.write(a, bytes('second'), 6)
        const data = new Uint8Array(32)
        expect(yield* sys.recvfrom(b, data, 3, MSG_TRUNC, null, null)).toBe(5)
        expect(yield* sys.read(b, data, 32)).toBe(6)
        expect(text(data, 6)).toBe('second')
        expect(yield* sys.recvfrom(b, data, 3, MSG_DONTWAIT, null, null)).toBe(-EAGAIN.code)
      }
    })
  })
  test('eleven datagrams wait for an unconnected receiver', () => {
    runGuest(function* (sys) {
      const name = address('\0d')
      const server = yield* sys.socket(AF_UNIX, SOCK_DGRAM, 0)
      yield* sys.bind(server, name, name.length)
      const client = yield* sys.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)
      let n = 0
      while ((yield* sys.sendto(client, bytes('x'), 1, 0, name, name.length)) === 1) n++
      expect(n).toBe(11)
      yield* sys.close(server)
      expect(yield* sys.sendto(client, bytes('x'), 1, 0, name, name.length)).toBe(
        -ECONNREFUSED.code,
      )
    })
  })
})

describe('passed files', () => {
  test('a pipe end arrives and works', () => {
    runGuest(function* (sys) {
      const [a, b] = yield* pair(sys, SOCK_STREAM)
      const fds = { value: [0, 0] }
      yield* sys.pipe2(fds, 0)
      const [r, w] = fds.value as [number, number]
      expect((yield* message(sys, 'send', a, bytes('m'), [w])).result).toBe(1)
      yield* sys.close(w)
      const got = yield* message(sys, 'receive', b, new Uint8Array(8), [])
      expect(got.result).toBe(1)
      expect(got.fds).toEqual([w])
      expect(yield* sys.write(got.fds[0]!, bytes('ok'), 2)).toBe(2)
      const data = new Uint8Array(4)
      expect(yield* sys.read(r, data, 4)).toBe(2)
    })
  })

  test('a socket sent through itself is collected', () => {
    const harness = new Harness()
    harness.run(function* (sys) {
      const [a, b] = yield* pair(sys, SOCK_STREAM)
      const fds = { value: [0, 0] }
      yield* sys.pipe2(fds, 0)
      const [r, w] = fds.value as [number, number]
      yield* message(sys, 'send', a, bytes('m'), [b, w])
      for (const fd of [b, a, w]) yield* sys.close(fd)
      // The pipe's writer was in flight in the cycle: it is gone too.
      expect(yield* sys.read(r, new Uint8Array(1), 1)).toBe(0)
    })
  })
})
