// The wait loop: interrupts, outside signals, deaths, timers, host files. (platform-ptrace test)

import { EAGAIN } from '@tsvisor/abi'
import * as host from '@tsvisor/host'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hostClock, PtracePlatform } from '../src/index.ts'
import { next, nextCall, startGuest } from './guest.ts'

let platform: PtracePlatform
beforeAll(() => {
  platform = new PtracePlatform()
})
afterAll(() => platform.shutdown())

const tidOf = (thread: unknown): number => (thread as { tid: number }).tid
const looping = () => startGuest(platform, a => a.label('x').mov('rax', 1).syscall().jump('x'))
const spinning = () => startGuest(platform, a => a.label('x').jump('x'))

const expectGone = (thread: unknown): void => {
  const event = next(platform)
  expect(event.kind).toBe('gone')
  expect(event.kind === 'gone' && event.thread === thread).toBe(true)
}

it('delivers an interrupt once, and none after another event', () => {
  const { space, thread } = looping()
  for (let i = 0; i < 300; i++) {
    thread.resume('run')
    if (i % 3 === 0) for (const until = performance.now() + 0.05; performance.now() < until; );
    thread.interrupt()
    thread.interrupt()
    const event = next(platform)
    expect(['syscall', 'interrupted']).toContain(event.kind)
    // whatever it was, from now on there are only system calls
    expect(nextCall(platform, thread)[0]).toBe(1)
    expect(nextCall(platform, thread)[0]).toBe(1)
  }
  expect(platform.wait(hostClock.monotonicNs() + 1e6).kind).toBe('wakeup')
  space.release()
})

it('swallows signals from outside', () => {
  const { space, thread } = spinning()
  thread.resume('run')
  for (const signal of [18, 19, 2, 28, 11, 5, 10, 20]) {
    expect(host.kill(tidOf(thread), signal)).toBe(0)
    expect(platform.wait(hostClock.monotonicNs() + 2e6).kind).toBe('wakeup')
  }
  thread.interrupt()
  expect(next(platform)).toMatchObject({ kind: 'interrupted' })
  // also while calls are injected
  host.kill(tidOf(thread), 10)
  host.kill(tidOf(thread), 5)
  space.map(0x1000_0000 as never, 4096, 3, { kind: 'anonymous' })
  space.flush()
  expect(space.write(0x1000_0000 as never, Uint8Array.of(1))).toBe(1)
  space.release()
})

it('tells when a stub is killed, running or stopped', () => {
  const one = spinning()
  one.thread.resume('run')
  host.kill(tidOf(one.thread), 9)
  expectGone(one.thread)
  one.space.release()
  const two = looping()
  nextCall(platform, two.thread)
  host.kill(tidOf(two.thread), 9)
  two.thread.resume('run')
  expectGone(two.thread)
  two.space.release()
  const three = looping()
  nextCall(platform, three.thread)
  host.kill(tidOf(three.thread), 9)
  three.space.map(0x1000_0000 as never, 4096, 3, { kind: 'anonymous' })
  expect(() => three.space.flush()).toThrow()
  expectGone(three.thread)
  three.space.release()
  // and others do not mind
  const four = looping()
  expect(nextCall(platform, four.thread)[0]).toBe(1)
  four.space.release()
})

it('replaces helper stubs that somebody killed', () => {
  const inner = platform as unknown as { tracing: { master: number }; poller: { pid: number } }
  const { master } = inner.tracing
  const { pid } = inner.poller
  host.kill(master, 9)
  host.kill(pid, 9)
  expect(platform.wait(hostClock.monotonicNs() + 20e6).kind).toBe('wakeup')
  const { space, thread } = looping()
  expect(nextCall(platform, thread)[0]).toBe(1)
  expect(inner.tracing.master).not.toBe(master)
  expect(platform.wait(hostClock.monotonicNs() + 5e6).kind).toBe('wakeup')
  expect(inner.poller.pid).not.toBe(pid)
  space.release()
})

it('the clock is the one that guests read, and never ahead of it', () => {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 1000; i++) {
    const mine = hostClock.monotonicNs()
    const { sec, nsec } = host.clockGetTime(host.CLOCK_MONOTONIC)
    least = Math.min(least, sec * 1e9 + nsec - mine)
  }
  expect(least).toBeGreaterThanOrEqual(0)
  expect(least).toBeLessThan(20_000)
})

it('keeps deadlines, early ones and late ones', () => {
  const after = (ms: number): number => {
    const start = hostClock.monotonicNs()
    expect(platform.wait(start + ms * 1e6).kind).toBe('wakeup')
    return (hostClock.monotonicNs() - start) / 1e6
  }
  for (const ms of [30, 5, 1, 20]) {
    const took = after(ms)
    expect(took).toBeGreaterThanOrEqual(ms)
    expect(took).toBeLessThan(ms + 1000) // busy machines; a lost timer never fires
  }
  expect(after(0)).toBeLessThan(5)
  expect(after(-5)).toBeLessThan(5)
})

it('reports readiness of host files from inside wait', () => {
  const [read, write] = host.pipe2(0o2000000)
  const flags = host.getFlags(read)
  const file = platform.openHostFile(host.dupCloexec(read), 'pipe')
  expect(file.kind).toBe('stream')
  expect(() => file.read(new Uint8Array(4), -1)).toThrow(EAGAIN)
  let events = 0
  const unwatch = file.watch(bits => {
    events |= bits
  })
  host.write(write, Uint8Array.of(1, 2, 3))
  while (events === 0) expect(platform.wait(hostClock.monotonicNs() + 1e9).kind).toBe('wakeup')
  expect(events & 1).toBe(1)
  expect(file.poll() & 1).toBe(1)
  const bytes = new Uint8Array(8)
  expect(file.read(bytes, -1)).toBe(3)
  expect(() => file.read(bytes, -1)).toThrow(EAGAIN)
  // the description that others share is untouched
  expect(host.getFlags(read)).toBe(flags)
  events = 0
  host.close(write)
  while (events === 0) platform.wait(hostClock.monotonicNs() + 1e9)
  expect(events & 16).toBe(16)
  expect(file.read(bytes, -1)).toBe(0)
  unwatch()
  file.close()
  host.close(read)
})

it('never blocks in accept, even when somebody takes O_NONBLOCK off again', () => {
  const path = `\0listener-${process.pid}`
  const fd = host.unixSocket(host.SOCK_STREAM)
  host.bindUnix(fd, path)
  host.listen(fd, 1)
  const flags = host.getFlags(fd)
  const listener = platform.openHostSocket(fd)!
  expect(host.getFlags(fd) & ~flags).toBe(0o4000)
  expect(() => listener.accept()).toThrow(EAGAIN)
  host.setFlags(fd, flags)
  expect(() => listener.accept()).toThrow(EAGAIN)
  const client = host.unixSocket(host.SOCK_STREAM)
  host.connectUnix(client, path)
  const { socket, peer } = listener.accept()
  expect([...peer]).toEqual([1, 0])
  host.send(client, Uint8Array.of(7), 0)
  const target = new Uint8Array(2)
  expect(socket.receive(target, 0)).toBe(1)
  expect(target[0]).toBe(7)
  expect(() => socket.receive(target, 0)).toThrow(EAGAIN)
  host.close(client)
  socket.close()
  listener.close()
})

it('takes no other descriptor for a stream socket', () => {
  const others = [...host.socketpair(host.SOCK_SEQPACKET), ...host.pipe2(0o2000000)]
  for (const fd of others) {
    expect(platform.openHostSocket(fd)).toBeUndefined()
    host.close(fd)
  }
})

it('never blocks on sockets and full pipes', () => {
  const [a, b] = host.socketpair(host.SOCK_STREAM)
  const file = platform.openHostFile(a, 'socket')
  expect(() => file.read(new Uint8Array(1), -1)).toThrow(EAGAIN)
  const chunk = new Uint8Array(65536)
  expect(() => {
    for (let i = 0; i < 1000; i++) file.write(chunk, -1)
  }).toThrow(EAGAIN)
  file.close()
  host.close(b)
  const [read, write] = host.pipe2(0o2000000)
  const pipe = platform.openHostFile(write, 'pipe')
  expect(() => {
    for (let i = 0; i < 1000; i++) pipe.write(chunk, -1)
  }).toThrow(EAGAIN)
  pipe.close()
  host.close(read)
})

it('terminals are reopened, so their flags stay as they were', () => {
  const { master, slave } = host.openpty()
  const file = platform.openHostFile(host.dupCloexec(slave), 'tty')
  expect(() => file.read(new Uint8Array(1), -1)).toThrow(EAGAIN)
  expect(host.getFlags(slave) & 0o4000).toBe(0)
  expect(file.write(Uint8Array.of(65, 10), -1)).toBe(2)
  const got = new Uint8Array(8)
  expect(host.read(master, got)).toBeGreaterThan(0)
  expect(got[0]).toBe(65)
  file.close()
  const other = platform.openHostFile(master, 'pty master')
  expect(() => other.read(got, -1)).toThrow(EAGAIN)
  other.close()
  host.close(slave)
})

it('regular host files read, write and map', () => {
  const fd = host.memfdCreate('test')
  const file = platform.openHostFile(fd, 'file')
  expect(file.kind).toBe('regular')
  file.truncate(8192)
  expect(file.write(Uint8Array.of(1, 2, 3, 4), 4096)).toBe(4)
  expect(file.size()).toBe(8192)
  const { space } = looping()
  const source = { kind: 'file', file, offset: 4096, shared: false } as const
  space.map(0x1000_0000 as never, 4096, 3, source)
  const bytes = new Uint8Array(4)
  expect(space.read(0x1000_0000 as never, bytes)).toBe(4)
  expect([...bytes]).toEqual([1, 2, 3, 4])
  expect(space.write(0x1000_0000 as never, Uint8Array.of(9))).toBe(1)
  expect(file.read(bytes, 4096)).toBe(4)
  expect(bytes[0]).toBe(1)
  space.release()
  file.close()
})
