// Sockets of the host that a guest was given: what reaches the host, and what never does.

import {
  AF_INET,
  AF_UNIX,
  EAGAIN,
  EFAULT,
  EINVAL,
  EISCONN,
  ENFILE,
  ENOPROTOOPT,
  EPERM,
  EPIPE,
  FIONREAD,
  MSG_NOSIGNAL,
  MSG_PEEK,
  POLLIN,
  SO_ACCEPTCONN,
  SO_PEERCRED,
  SO_RCVBUF,
  SOL_SOCKET,
  SOL_TCP,
  TCP_NODELAY,
} from '@tsvisor/abi'
import { expect, test } from 'vitest'
import type { HostSocket } from '../../src/platform/host.ts'
import { HostStreamSocket } from '../../src/socket/host/host-stream-socket.ts'
import type { GuestFunction } from '../../src/testing/guest.ts'
import { Harness } from '../../src/testing/index.ts'

const bytes = (s: string) => Uint8Array.from(s, c => c.charCodeAt(0))
const text = (data: Uint8Array, n: number) => String.fromCharCode(...data.subarray(0, n))
const PEER = Uint8Array.of(AF_INET, 0, 0, 7, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)

/** A host socket, and what was asked of it. */
class FakeSocket implements HostSocket {
  readonly domain: number
  readonly protocol = 6
  readonly calls: string[] = []
  listens = false
  waiting: FakeSocket[] = []
  full = false
  inbox = ''
  room = 1000
  sent = ''
  notify: ((events: number) => void) | undefined

  constructor(domain: number) {
    this.domain = domain
  }
  isListening = () => this.listens
  localAddress = () => PEER
  peerAddress = () => PEER
  accept() {
    if (this.full) throw ENFILE
    const socket = this.waiting.shift()
    if (!socket) throw EAGAIN
    return { socket, peer: PEER }
  }
  receive(target: Uint8Array) {
    if (this.inbox === '') throw EAGAIN
    const count = Math.min(target.length, this.inbox.length)
    target.set(bytes(this.inbox.slice(0, count)))
    this.inbox = this.inbox.slice(count)
    return count
  }
  send(source: Uint8Array) {
    if (this.room < 0) throw EPIPE
    if (this.room === 0) throw EAGAIN
    const count = Math.min(this.room, source.length)
    this.room -= count
    this.sent += text(source, count)
    return count
  }
  shutdown = (how: number) => void this.calls.push(`shutdown ${how}`)
  takeError = () => 0
  setNoDelay = (value: number) => void this.calls.push(`no delay ${value}`)
  queuedBytes = () => this.inbox.length
  poll = () => (this.inbox === '' && this.waiting.length === 0 ? 0 : POLLIN)
  watch(notify: (events: number) => void) {
    this.calls.push('watch')
    this.notify = notify
    return () => void this.calls.push('unwatch')
  }
  close = () => void this.calls.push('close')
}

/** Runs a guest that has `host` as descriptor 3. */
function run(
  host: FakeSocket,
  main: GuestFunction,
  prepare: (harness: Harness) => void = () => {},
) {
  const harness = new Harness()
  const base = harness.process(main)
  prepare(harness)
  return harness.run(main, {
    load: task => {
      const result = base.load(task)
      task.fds.replace(3, new HostStreamSocket(task, host, 0), false)
      return result
    },
  })
}
const later = (harness: Harness, ms: number, act: () => void) =>
  void harness.kernel.timers.add(harness.clock.monotonicNs() + ms * 1e6, act)

test('accept waits for the host; what it gives is read, written in pieces, closed', () => {
  const host = new FakeSocket(AF_INET)
  const client = new FakeSocket(AF_INET)
  host.listens = true
  client.room = 3
  run(
    host,
    function* (sys) {
      const from = new Uint8Array(16)
      const fd = yield* sys.accept4(3, from, { value: 16 }, 0)
      expect(fd).toBeGreaterThanOrEqual(0)
      expect(from).toEqual(PEER)
      const data = new Uint8Array(20)
      expect(yield* sys.read(fd, data, 20)).toBe(5)
      expect(text(data, 5)).toBe('hello')
      expect(yield* sys.write(fd, bytes('in pieces'), 9)).toBe(9)
      expect(yield* sys.close(fd)).toBe(0)
      expect(yield* sys.close(3)).toBe(0)
    },
    harness => {
      later(harness, 10, () => {
        host.waiting.push(client)
        host.notify!(POLLIN)
      })
      later(harness, 20, () => {
        client.inbox = 'hello'
        client.notify!(POLLIN)
      })
      later(harness, 30, () => {
        client.room = 1000
        client.notify!(4)
      })
    },
  )
  expect(client.sent).toBe('in pieces')
  expect(client.calls).toEqual(['watch', 'unwatch', 'close'])
  expect(host.calls).toEqual(['watch', 'unwatch', 'close'])
})

test('a listener stays where it is, and says when the sandbox has no room', () => {
  const host = new FakeSocket(AF_INET)
  host.listens = true
  run(host, function* (sys) {
    const value = new Uint8Array(4)
    expect(yield* sys.getsockopt(3, SOL_SOCKET, SO_ACCEPTCONN, value, { value: 4 })).toBe(0)
    expect(value[0]).toBe(1)
    expect(yield* sys.listen(3, 1)).toBe(0)
    expect(yield* sys.bind(3, PEER, 16)).toBe(-EINVAL.code)
    expect(yield* sys.connect(3, PEER, 16)).toBe(-EPERM.code)
    expect(yield* sys.connect(3, new Uint8Array(16), 16)).toBe(-EPERM.code)
    host.full = true
    expect(yield* sys.accept(3, 0, 0)).toBe(-ENFILE.code)
  })
  expect(host.calls).toEqual(['close'])
})

test('of options, TCP_NODELAY alone reaches the host', () => {
  const host = new FakeSocket(AF_INET)
  run(host, function* (sys) {
    const one = Uint8Array.of(1, 0, 0, 0)
    const value = new Uint8Array(4)
    expect(yield* sys.setsockopt(3, SOL_TCP, TCP_NODELAY, one, 4)).toBe(0)
    expect(yield* sys.getsockopt(3, SOL_TCP, TCP_NODELAY, value, { value: 4 })).toBe(0)
    expect(value).toEqual(one)
    expect(yield* sys.setsockopt(3, SOL_SOCKET, SO_RCVBUF, one, 4)).toBe(0)
    expect(yield* sys.setsockopt(3, SOL_SOCKET, 26, one, 4)).toBe(-ENOPROTOOPT.code)
    expect(yield* sys.connect(3, new Uint8Array(16), 16)).toBe(-EISCONN.code)
    expect(yield* sys.listen(3, 1)).toBe(-EPERM.code)
    expect(yield* sys.shutdown(3, 1)).toBe(0)
  })
  expect(host.calls).toEqual(['no delay 1', 'shutdown 1', 'close'])
})

test('a peer that has gone is EPIPE; one of a unix socket is nobody', () => {
  const host = new FakeSocket(AF_UNIX)
  host.room = -1
  run(host, function* (sys) {
    const peer = new Uint8Array(12)
    expect(yield* sys.getsockopt(3, SOL_SOCKET, SO_PEERCRED, peer, { value: 12 })).toBe(0)
    expect([...new Uint32Array(peer.buffer)]).toEqual([0, 65534, 65534])
    expect(yield* sys.sendto(3, bytes('x'), 1, MSG_NOSIGNAL, 0, 0)).toBe(-EPIPE.code)
    expect(yield* sys.write(3, bytes('x'), 1)).toBe(-EPIPE.code)
  })
})

test('bytes that the guest had no memory for wait for the next call', () => {
  const host = new FakeSocket(AF_INET)
  host.inbox = 'hello'
  run(host, function* (sys) {
    const data = new Uint8Array(20)
    expect(yield* sys.read(3, 8, 5)).toBe(-EFAULT.code)
    expect(host.inbox).toBe('')
    expect(yield* sys.ioctl(3, FIONREAD, data)).toBe(0)
    expect(data[0]).toBe(5)
    expect(yield* sys.recvfrom(3, data, 2, MSG_PEEK, 0, 0)).toBe(2)
    expect(text(data, 2)).toBe('he')
    const waits = new Uint8Array(8)
    new DataView(waits.buffer).setInt32(0, 3, true)
    waits[4] = POLLIN
    expect(yield* sys.poll(waits, 1, 0)).toBe(1)
    expect(yield* sys.read(3, data, 3)).toBe(3)
    expect(text(data, 3)).toBe('hel')
    host.inbox = 'more'
    expect(yield* sys.read(3, data, 20)).toBe(2)
    expect(text(data, 2)).toBe('lo')
    expect(yield* sys.read(3, data, 20)).toBe(4)
  })
})
