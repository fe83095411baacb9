// TCP and UDP over the loopback. Expected values are what Linux 6 answered to the same calls.
import {
  AF_INET,
  AF_INET6,
  EADDRINUSE,
  EADDRNOTAVAIL,
  ECONNABORTED,
  ECONNREFUSED,
  ECONNRESET,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENETUNREACH,
  ENOTCONN,
  EPIPE,
  MSG_NOSIGNAL,
  SHUT_WR,
  SO_ERROR,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import type { Sys } from '../../src/testing/guest.ts'
import { runGuest } from '../../src/testing/index.ts'

const ALL = 0x201f
const inet = (host: number, port: number) => {
  const data = new Uint8Array(16)
  const view = new DataView(data.buffer)
  view.setUint16(0, AF_INET, true)
  view.setUint16(2, port)
  view.setUint32(4, host)
  return data
}
const LOCAL = 0x7f000001
function* portOf(sys: Sys, fd: number) {
  const out = new Uint8Array(28)
  expect(yield* sys.getsockname(fd, out, { value: 28 })).toBe(0)
  return new DataView(out.buffer).getUint16(2)
}
function* poll(sys: Sys, fd: number) {
  const fds = [{ fd, events: ALL, revents: 0 }]
  yield* sys.poll(fds, 1, 0)
  return fds[0]!.revents
}
function* listener(sys: Sys, backlog = 1) {
  const fd = yield* sys.socket(AF_INET, SOCK_STREAM, 0)
  expect(yield* poll(sys, fd)).toBe(0x14)
  expect(yield* sys.bind(fd, inet(LOCAL, 0), 16)).toBe(0)
  expect(yield* sys.listen(fd, backlog)).toBe(0)
  return [fd, inet(LOCAL, yield* portOf(sys, fd))] as const
}
function* connected(sys: Sys, server: number, address: Uint8Array) {
  const client = yield* sys.socket(AF_INET, SOCK_STREAM, 0)
  expect(yield* sys.connect(client, address, 16)).toBe(0)
  return [client, yield* sys.accept(server, null, null)] as const
}
const one = new Uint8Array(10)

describe('TCP', () => {
  test('connecting without blocking', () => {
    runGuest(function* (sys) {
      const [, address] = yield* listener(sys)
      const c = yield* sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)
      expect(yield* sys.connect(c, address, 16)).toBe(-EINPROGRESS.code)
      expect(yield* poll(sys, c)).toBe(4)
      expect(yield* sys.connect(c, address, 16)).toBe(0)
      expect(yield* sys.connect(c, address, 16)).toBe(-EISCONN.code)
      const d = yield* sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)
      expect(yield* sys.connect(d, inet(LOCAL, 1), 16)).toBe(-EINPROGRESS.code)
      expect(yield* poll(sys, d)).toBe(0x201d)
      const error = new Uint8Array(4)
      yield* sys.getsockopt(d, SOL_SOCKET, SO_ERROR, error, { value: 4 })
      expect(error[0]).toBe(ECONNREFUSED.code)
      expect(yield* sys.connect(d, inet(LOCAL, 1), 16)).toBe(-ECONNABORTED.code)
      const e = yield* sys.socket(AF_INET, SOCK_STREAM, 0)
      expect(yield* sys.connect(e, inet(LOCAL, 1), 16)).toBe(-ECONNREFUSED.code)
      expect(yield* poll(sys, e)).toBe(0x14)
      expect(yield* sys.connect(e, inet(0x0a000001, 1), 16)).toBe(-ENETUNREACH.code)
    })
  })

  test('the peer closes: end of file, then a broken pipe', () => {
    runGuest(function* (sys) {
      const [server, address] = yield* listener(sys)
      const [c, s] = yield* connected(sys, server, address)
      expect([yield* poll(sys, c), yield* poll(sys, s)]).toEqual([4, 4])
      yield* sys.close(s)
      expect(yield* poll(sys, c)).toBe(0x2005)
      expect(yield* sys.read(c, one, 10)).toBe(0)
      expect(yield* sys.write(c, one, 1)).toBe(1)
      expect(yield* poll(sys, c)).toBe(0x201d)
      expect(yield* sys.sendto(c, one, 1, MSG_NOSIGNAL, null, 0)).toBe(-EPIPE.code)
      expect(yield* poll(sys, c)).toBe(0x2015)
      expect(yield* sys.read(c, one, 10)).toBe(0)
    })
  })

  test('closing with unread data resets', () => {
    runGuest(function* (sys) {
      const [server, address] = yield* listener(sys)
      const [c, s] = yield* connected(sys, server, address)
      yield* sys.write(c, one, 3)
      yield* sys.write(s, one, 2)
      yield* sys.close(s)
      expect(yield* poll(sys, c)).toBe(0x201d)
      expect(yield* sys.read(c, one, 10)).toBe(2)
      expect(yield* sys.read(c, one, 10)).toBe(-ECONNRESET.code)
      expect(yield* sys.read(c, one, 10)).toBe(0)
      expect(yield* sys.sendto(c, one, 1, MSG_NOSIGNAL, null, 0)).toBe(-EPIPE.code)
    })
  })

  test('shutdown, one side after the other', () => {
    runGuest(function* (sys) {
      const [server, address] = yield* listener(sys)
      const [c, s] = yield* connected(sys, server, address)
      yield* sys.shutdown(c, SHUT_WR)
      expect([yield* poll(sys, c), yield* poll(sys, s)]).toEqual([4, 0x2005])
      yield* sys.shutdown(s, SHUT_WR)
      expect([yield* poll(sys, c), yield* poll(sys, s)]).toEqual([0x2015, 0x2015])
      expect(yield* sys.sendto(c, one, 1, MSG_NOSIGNAL, null, 0)).toBe(-EPIPE.code)
    })
  })

  test('the backlog, and errors of unconnected sockets', () => {
    runGuest(function* (sys) {
      const [server, address] = yield* listener(sys)
      const found: number[] = []
      for (let i = 0; i < 4; i++) {
        const fd = yield* sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)
        expect(yield* sys.connect(fd, address, 16)).toBe(-EINPROGRESS.code)
        found.push(yield* poll(sys, fd))
      }
      expect(found).toEqual([4, 4, 0, 0])
      expect(yield* sys.accept(server, null, null)).toBeGreaterThan(0)
      const z = yield* sys.socket(AF_INET, SOCK_STREAM, 0)
      expect(yield* sys.bind(z, address, 16)).toBe(-EADDRINUSE.code)
      expect(yield* sys.bind(z, inet(0x0a090909, 0), 16)).toBe(-EADDRNOTAVAIL.code)
      expect(yield* sys.getpeername(z, one, { value: 10 })).toBe(-ENOTCONN.code)
      expect(yield* sys.read(z, one, 1)).toBe(-ENOTCONN.code)
      expect(yield* sys.sendto(z, one, 1, MSG_NOSIGNAL, null, 0)).toBe(-EPIPE.code)
      expect(yield* sys.shutdown(z, SHUT_WR)).toBe(-ENOTCONN.code)
      expect(yield* sys.accept(z, null, null)).toBe(-EINVAL.code)
    })
  })

  test('bytes flow while both sides block; version 6 and 4 meet', () => {
    runGuest(function* (sys) {
      const server = yield* sys.socket(AF_INET6, SOCK_STREAM, 0)
      expect(yield* sys.listen(server, 1)).toBe(0)
      const port = yield* portOf(sys, server)
      yield* sys.fork(function* (child) {
        yield* child.close(server)
        const fd = yield* child.socket(AF_INET, SOCK_STREAM, 0)
        expect(yield* child.connect(fd, inet(LOCAL, port), 16)).toBe(0)
        const data = new Uint8Array(100_000)
        for (let i = 0; i < 10; i++)
          expect(yield* child.write(fd, data, data.length)).toBe(data.length)
      })
      const peer = new Uint8Array(28)
      const fd = yield* sys.accept(server, peer, { value: 28 })
      expect([...peer.subarray(18, 24)]).toEqual([0xff, 0xff, 127, 0, 0, 1])
      let total = 0
      for (;;) {
        const n = yield* sys.read(fd, new Uint8Array(50_000), 50_000)
        if (n <= 0) break
        total += n
      }
      expect(total).toBe(1_000_000)
    })
  })
})

describe('UDP', () => {
  test('send, receive, refused', () => {
    runGuest(function* (sys) {
      const u = yield* sys.socket(AF_INET, SOCK_DGRAM, 0)
      expect(yield* poll(sys, u)).toBe(4)
      expect(yield* sys.connect(u, inet(LOCAL, 9), 16)).toBe(0)
      expect(yield* sys.write(u, one, 1)).toBe(1)
      expect(yield* poll(sys, u)).toBe(0xc)
      expect(yield* sys.write(u, one, 1)).toBe(-ECONNREFUSED.code)
      expect(yield* sys.write(u, new Uint8Array(65_508), 65_508)).toBe(-EMSGSIZE.code)
      const server = yield* sys.socket(AF_INET, SOCK_DGRAM, 0)
      yield* sys.bind(server, inet(0, 5353), 16)
      const client = yield* sys.socket(AF_INET, SOCK_DGRAM, 0)
      expect(yield* sys.sendto(client, one, 7, 0, inet(LOCAL, 5353), 16)).toBe(7)
      const from = new Uint8Array(16)
      expect(yield* sys.recvfrom(server, one, 10, 0, from, { value: 16 })).toBe(7)
      expect(from).toEqual(inet(LOCAL, yield* portOf(sys, client)))
    })
  })
})
