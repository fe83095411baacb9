// What a hostile guest, or a kernel that it has fooled, cannot do. (platform-ptrace test)

import { EINVAL } from '@tsvisor/abi'
import * as host from '@tsvisor/host'
import { Reg } from '@tsvisor/sentry-kernel'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PtracePlatform } from '../src/index.ts'
import { StubDied, type Tracer } from '../src/tracer.ts'
import { DATA, guestAddr, next, nextCall, startGuest } from './guest.ts'

let platform: PtracePlatform
beforeAll(() => {
  platform = new PtracePlatform()
})
afterAll(() => platform.shutdown())

const looping = () => startGuest(platform, a => a.label('x').mov('rax', 1).syscall().jump('x'))
const tidOf = (thread: unknown): number => (thread as { tid: number }).tid

it('a stub that makes any other call is killed, even one that we inject', () => {
  const { tracer } = (platform as unknown as { tracing: { tracer: Tracer } }).tracing
  for (const nr of [host.NR.getpid, host.NR.openat, host.NR.execve, host.NR.ptrace]) {
    const { space, thread } = looping()
    nextCall(platform, thread)
    const batch = new host.Batch()
    batch.push(nr, 0, 0, 0, 0, 0, 0)
    expect(() => tracer.run(tidOf(thread), batch)).toThrow(StubDied)
    space.release()
  }
})

it('a stub that faults in its own code is given up, and not run again for ever', () => {
  const { tracer } = (platform as unknown as { tracing: { tracer: Tracer } }).tracing
  const { space, thread } = looping()
  nextCall(platform, thread)
  expect(() => tracer.runAt(tidOf(thread), 0x1000, 0, 1)).toThrow(StubDied)
  space.release()
})

it('an allowed call from outside the stub page is killed, too', () => {
  // As if PTRACE_SYSEMU had failed us: run the guest natively.
  const { space, thread } = startGuest(platform, a => {
    a.mov('rax', 9).mov('rdi', 0x7000_0000).mov('rsi', 4096).mov('rdx', 3)
    a.mov('r10', 0x32).mov('r8', -1).mov('r9', 0).syscall().label('x').jump('x')
  })
  expect(nextCall(platform, thread)[0]).toBe(9)
  rewind(thread)
  host.ptrace(host.PTRACE.CONT, tidOf(thread), 0, 0)
  ;(thread as unknown as { state: string }).state = 'running'
  expect(next(platform)).toMatchObject({ kind: 'gone' })
  expect(space.read(guestAddr(0x7000_0000), new Uint8Array(1))).toBe(0)
  space.release()
})
/** Back to the syscall instruction, through ptrace directly. */
const rewind = (thread: { registers: { get(r: Reg): number } }) => {
  const ip = thread.registers.get(Reg.rip) - 2
  const tid = tidOf(thread)
  expect(host.ptrace(host.PTRACE.POKEUSER, tid, Reg.rip * 8, ip)).toBe(0)
  expect(host.ptrace(host.PTRACE.POKEUSER, tid, Reg.rax * 8, 9)).toBe(0)
  expect(host.ptrace(host.PTRACE.POKEUSER, tid, Reg.orig_rax * 8, -1)).toBe(0)
}

it('layout changes cannot reach the stub', () => {
  const { space, thread } = looping()
  const { maxAddr } = space
  const anonymous = { kind: 'anonymous' } as const
  expect(() => space.unmap(maxAddr, 4096)).toThrow(EINVAL)
  expect(() => space.unmap(guestAddr(maxAddr - 4096), 8192)).toThrow(EINVAL)
  expect(() => space.map(maxAddr, 4096, 7, anonymous)).toThrow(EINVAL)
  expect(() => space.protect(maxAddr, 4096, 7)).toThrow(EINVAL)
  expect(() => space.remap(DATA, 4096, maxAddr, 4096)).toThrow(EINVAL)
  expect(() => space.remap(maxAddr, 4096, DATA, 4096)).toThrow(EINVAL)
  expect(() => space.advise(guestAddr(Number.NaN), 4096, 4)).toThrow(EINVAL)
  space.map(guestAddr(maxAddr - 4096), 4096, 3, anonymous)
  space.flush()
  expect(space.write(guestAddr(maxAddr - 2), new Uint8Array(8))).toBe(2)
  expect(nextCall(platform, thread)[0]).toBe(1)
  space.release()
})

it('advice that fails is no error, and harmful advice goes nowhere', () => {
  const { space, thread } = looping()
  space.advise(guestAddr(0x7000_0000), 4096, 4)
  space.advise(DATA, 4096, 100)
  space.flush()
  space.write(DATA, Uint8Array.of(5))
  space.advise(DATA, 4096, 4)
  const byte = Uint8Array.of(1)
  expect(space.read(DATA, byte)).toBe(1)
  expect(byte[0]).toBe(0)
  expect(nextCall(platform, thread)[0]).toBe(1)
  space.release()
})

it('the vsyscall page works or faults, as on the host', () => {
  const { space, thread } = startGuest(platform, a => {
    a.mov('rdi', 0).mov('rax', 0xffff_ffff_ff60_0400n).bytes(0xff, 0xd0)
    a.move('rdi', 'rax').mov('rax', 60).syscall()
  })
  const event = next(platform, thread)
  expect(['syscall', 'fault']).toContain(event.kind)
  if (event.kind === 'syscall') {
    expect(Math.abs(thread.registers.get(Reg.rdi) - Date.now() / 1000)).toBeLessThan(3)
  }
  space.release()
})

it('threads that change code under a running injection change nothing of it', () => {
  // One thread overwrites all it can reach in a loop; the other's mappings still come out right.
  const { space, thread } = startGuest(platform, a => {
    a.mov('rax', 1).syscall()
    a.mov('rcx', DATA).label('x').store('rcx', 0, 'rax').add('rax', 1).jump('x')
  })
  nextCall(platform, thread)
  const other = space.newThread(thread)
  other.resume('run')
  for (let i = 0; i < 200; i++) {
    const at = guestAddr(0x1000_0000 + i * 8192)
    space.map(at, 4096, 3, { kind: 'anonymous' })
    expect(space.write(at, Uint8Array.of(i))).toBe(1)
    expect(space.compareExchange32(at, i, i + 1)).toBe(i)
  }
  other.interrupt()
  expect(next(platform)).toMatchObject({ kind: 'interrupted' })
  space.release()
})

it('survives many processes and threads', () => {
  const { space, thread } = looping()
  nextCall(platform, thread)
  const family = Array.from({ length: 30 }, () => space.fork(thread))
  const threads = Array.from({ length: 30 }, () => space.newThread(thread))
  for (const { thread: child } of family) child.resume('run')
  for (const sibling of threads) sibling.resume('run')
  const seen = new Set<unknown>()
  for (let i = 0; i < 60; i++) {
    const event = platform.wait(undefined)
    expect(event.kind).toBe('syscall')
    if (event.kind === 'syscall') seen.add(event.thread)
  }
  expect(seen.size).toBe(60)
  for (const sibling of threads) sibling.release()
  for (const child of family) child.space.release()
  expect(nextCall(platform, thread)[0]).toBe(1)
  expect(space.newThread(thread)).toBeDefined()
  space.release()
})
