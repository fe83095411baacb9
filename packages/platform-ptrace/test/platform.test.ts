// Guest code, memory, threads and forks on the ptrace platform. (platform-ptrace test)

import * as fs from 'node:fs'
import { EAGAIN } from '@tsvisor/abi'
import * as host from '@tsvisor/host'
import { Reg } from '@tsvisor/sentry-kernel'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hostClock, PtracePlatform } from '../src/index.ts'
import type { Space } from '../src/space.ts'
import { DATA, guestAddr, next, nextCall, PAGES, STACK, startGuest } from './guest.ts'

let platform: PtracePlatform
beforeAll(() => {
  platform = new PtracePlatform()
})
afterAll(() => platform.shutdown())

const u32 = (space: { read(a: never, t: Uint8Array): number }, at: number): number => {
  const bytes = new Uint8Array(4)
  expect(space.read(at as never, bytes)).toBe(4)
  return new Uint32Array(bytes.buffer)[0]!
}

it('delivers system calls and takes results', () => {
  const { space, thread } = startGuest(platform, a => {
    a.mov('rdi', 7).mov('rsi', 0x7fff_ffff_f000).mov('rdx', -1).mov('rax', 39).syscall()
    a.move('rdi', 'rax').mov('rax', 1000).syscall()
  })
  expect(nextCall(platform, thread).slice(0, 3)).toEqual([39, 7, 0x7fff_ffff_f000])
  expect(thread.registers.getBig(Reg.rdx)).toBe(0xffff_ffff_ffff_ffffn)
  thread.registers.setResult(-513) // what would make the host restart a call
  expect(nextCall(platform, thread)[0]).toBe(1000)
  expect(thread.registers.getBig(Reg.rdi)).toBe(BigInt.asUintN(64, -513n))
  space.release()
})

it('never lets a guest make a host call, also from the stub itself', () => {
  const outside = startGuest(platform, a => a.bytes(0x90))
  const stub = outside.space.maxAddr
  outside.space.release()
  // Jump to each byte of the stub page that could start a `syscall`, with exit_group loaded.
  const page = stub
  const found: number[] = []
  for (let offset = 0; offset < 256; offset++) {
    const { space, thread } = startGuest(platform, a => {
      a.mov('rbx', DATA).mov('r12', 1).mov('rax', 231).mov('rdi', 99)
      a.mov('rcx', page + offset).bytes(0xff, 0xe1) // jmp rcx
    })
    space.write(DATA, new Uint8Array(new BigUint64Array([231n, 99n]).buffer))
    const event = next(platform, thread)
    expect(['syscall', 'fault']).toContain(event.kind)
    if (event.kind === 'syscall' && thread.registers.syscallNumber === 231) found.push(offset)
    space.release()
  }
  expect(found.length).toBeGreaterThan(0)
})

it('cannot write or read the stub pages through the kernel', () => {
  const { space, thread } = startGuest(platform, a => {
    a.mov('rcx', space0.maxAddr + 4096)
      .mov('rax', 1)
      .store('rcx', 0, 'rax')
  })
  const event = next(platform, thread)
  expect(event).toMatchObject({
    kind: 'fault',
    signo: 11,
    access: 'write',
    addr: space.maxAddr + 4096,
  })
  expect(space.write(space.maxAddr, Uint8Array.of(1))).toBe(0)
  expect(space.read(space.maxAddr, new Uint8Array(8))).toBe(0)
  expect(space.read(guestAddr(2 ** 63), new Uint8Array(8))).toBe(0)
  space.release()
})
const space0 = {
  get maxAddr() {
    return platform.newAddressSpace().maxAddr
  },
}

it('treats 32-bit entry as a fault', () => {
  const { space, thread } = startGuest(platform, a => {
    a.mov('rax', 20).mov('rcx', 0).bytes(0xcd, 0x80)
    a.mov('rax', 1001).syscall()
  })
  const event = next(platform, thread)
  expect(event).toMatchObject({ kind: 'fault', signo: 11, code: 0x80, trapno: 13 })
  expect(thread.registers.get(Reg.rax)).toBe(20)
  const code = new Uint8Array(2)
  space.read(thread.registers.ip, code)
  expect([...code]).toEqual([0xcd, 0x80])
  thread.registers.ip = guestAddr(thread.registers.ip + 2)
  expect(nextCall(platform, thread)[0]).toBe(1001)
  space.release()
})

it('sysenter gets nowhere', () => {
  const { space, thread } = startGuest(platform, a => a.mov('rax', 20).bytes(0x0f, 0x34))
  const event = next(platform, thread)
  expect(event.kind).toBe('fault')
  space.release()
})

it('reports faults with address, access and trap', () => {
  const fault = (program: Parameters<typeof startGuest>[1]) => {
    const { space, thread } = startGuest(platform, program)
    const event = next(platform, thread)
    space.release()
    return event
  }
  const bad = 0x1234_5000
  expect(fault(a => a.mov('rcx', bad).load('rax', 'rcx', 8))).toMatchObject({
    signo: 11,
    code: 1,
    addr: bad + 8,
    access: 'read',
    trapno: 14,
    error: 4,
  })
  expect(fault(a => a.mov('rcx', bad).store('rcx', 8, 'rax'))).toMatchObject({
    signo: 11,
    code: 1,
    addr: bad + 8,
    access: 'write',
    trapno: 14,
    error: 6,
  })
  expect(fault(a => a.mov('rcx', bad).bytes(0xff, 0xe1))).toMatchObject({
    signo: 11,
    code: 1,
    addr: bad,
    access: 'execute',
    error: 0x14,
  })
  expect(fault(a => a.mov('rcx', 0x40_0000).store('rcx', 0, 'rax'))).toMatchObject({
    signo: 11,
    code: 2,
    addr: 0x40_0000,
    access: 'write',
    error: 7,
  })
  expect(fault(a => a.mov('rcx', DATA).bytes(0xff, 0xe1))).toMatchObject({
    signo: 11,
    code: 2,
    addr: DATA,
    access: 'execute',
  })
  // a non-canonical address is a general protection fault
  expect(fault(a => a.mov('rcx', 1n << 62n).load('rax', 'rcx', 0))).toMatchObject({
    signo: 11,
    code: 0x80,
    addr: 0,
    trapno: 13,
  })
  expect(
    fault(a => a.mov('rcx', 0).mov('rax', 1).mov('rdx', 0).bytes(0x48, 0xf7, 0xf1)),
  ).toMatchObject({ signo: 8, code: 1, trapno: 0 })
  expect(fault(a => a.bytes(0x0f, 0x0b))).toMatchObject({ signo: 4, code: 2, trapno: 6 })
  expect(fault(a => a.int3())).toMatchObject({ signo: 5, code: 0x80, trapno: 3 })
})

it('steps', () => {
  const { space, thread } = startGuest(platform, a => a.bytes(0x90, 0x90, 0x90))
  thread.resume('step')
  expect(platform.wait(undefined)).toMatchObject({ kind: 'fault', signo: 5, code: 2 })
  expect(thread.registers.ip).toBe(0x40_0001)
  space.release()
})

it('maps, protects, moves and unmaps in one batch', () => {
  const { space, thread } = startGuest(platform, a =>
    a.label('x').mov('rax', 1).syscall().jump('x'),
  )
  nextCall(platform, thread)
  const before = thread.registers.words.slice()
  const at = guestAddr(0x1000_0000)
  for (let i = 0; i < 600; i++) space.map(guestAddr(at + i * 4096), 4096, 3, { kind: 'anonymous' })
  expect(space.write(guestAddr(at + 4090), new Uint8Array(20).fill(9))).toBe(20)
  space.protect(at, 4096, 1)
  expect(space.write(at, Uint8Array.of(1))).toBe(0)
  expect(space.write(guestAddr(at + 4096), Uint8Array.of(1))).toBe(1)
  space.remap(guestAddr(at + 4096), 4096, guestAddr(0x2000_0000), 8192)
  expect(u32(space, 0x2000_0004)).toBe(0x09090909)
  expect(space.read(guestAddr(at + 4096), new Uint8Array(1))).toBe(0)
  // partial transfers end at the page that faults
  expect(space.read(guestAddr(0x2000_1ff0), new Uint8Array(64))).toBe(16)
  expect(space.read(at, new Uint8Array(8192))).toBe(4096)
  space.unmap(at, 600 * 4096)
  expect(space.read(at, new Uint8Array(1))).toBe(0)
  // the thread's own registers survived all that
  thread.registers.setResult(5)
  nextCall(platform, thread)
  before[Reg.rax * 2] = thread.registers.words[Reg.rax * 2]!
  before[Reg.rax * 2 + 1] = thread.registers.words[Reg.rax * 2 + 1]!
  expect([...thread.registers.words.slice(0, 30)]).toEqual([...before.slice(0, 30)])
  space.release()
})

it('reports a refused mapping at flush and carries on', () => {
  const { space } = startGuest(platform, a => a.bytes(0x90))
  space.map(guestAddr(0x1000_0000), 4096, 3, { kind: 'anonymous' })
  space.protect(guestAddr(0x3000_0000), 4096, 1) // nothing there: ENOMEM
  space.map(guestAddr(0x1000_1000), 4096, 3, { kind: 'anonymous' })
  expect(() => space.flush()).toThrow('Cannot allocate memory')
  expect(space.write(guestAddr(0x1000_1000), Uint8Array.of(1))).toBe(1)
  space.release()
})

it('forks copy on write, registers and FPU included', () => {
  const { space, thread } = startGuest(platform, a => {
    a.mov('rax', 0x1111).bytes(0x66, 0x48, 0x0f, 0x6e, 0xf8) // movq xmm7, rax
    a.mov('rax', 57).syscall()
    a.bytes(0x66, 0x48, 0x0f, 0x7e, 0xff) // movq rdi, xmm7
    a.move('rsi', 'rax').mov('rcx', DATA).store('rcx', 0, 'rsi').mov('rax', 60).syscall()
  })
  expect(nextCall(platform, thread)[0]).toBe(57)
  const child = space.fork(thread)
  child.thread.registers.setResult(0)
  thread.registers.setResult(42)
  expect(nextCall(platform, child.thread).slice(0, 3)).toEqual([60, 0x1111, 0])
  expect(nextCall(platform, thread).slice(0, 3)).toEqual([60, 0x1111, 42])
  expect(u32(child.space, DATA)).toBe(0)
  expect(u32(space, DATA)).toBe(42)
  child.space.release()
  expect(u32(space, DATA)).toBe(42)
  space.release()
})

it('shares memory files between spaces and with the kernel', () => {
  const file = platform.newMemoryFile('shared')
  file.resize(3000)
  file.write(Uint8Array.of(1, 2, 3), 10)
  const read = new Uint8Array(3)
  expect(file.read(read, 10)).toBe(3)
  expect([...read]).toEqual([1, 2, 3])
  file.resize(8192)
  const one = startGuest(platform, a => a.bytes(0x90)).space
  const two = startGuest(platform, a => a.bytes(0x90)).space
  const at = guestAddr(0x1000_0000)
  one.map(at, 8192, 3, { kind: 'file', file, offset: 0, shared: true })
  two.map(at, 4096, 1, { kind: 'file', file, offset: 4096, shared: true })
  expect(u32(one, at + 8) & 0xffffff00).toBe(0x02010000)
  one.write(guestAddr(at + 4096), Uint8Array.of(77))
  expect(u32(two, at)).toBe(77)
  file.write(Uint8Array.of(78), 4096)
  expect(u32(two, at)).toBe(78)
  expect(two.write(at, Uint8Array.of(1))).toBe(0)
  expect(file.copyTo(one, guestAddr(DATA), 4096, 100)).toBe(100)
  expect(u32(one, DATA)).toBe(78)
  one.write(DATA, Uint8Array.of(5, 6, 7, 8))
  expect(file.copyFrom(one, DATA, 4, 4)).toBe(4)
  expect(u32(one, at + 4)).toBe(0x08070605)
  file.punch(4096, 4096)
  expect(u32(two, at)).toBe(0)
  file.resize(4)
  file.resize(1 << 20)
  expect(file.read(read, 10)).toBe(3)
  expect([...read]).toEqual([0, 0, 0])
  file.resize(5 << 20)
  file.write(read.fill(3), (5 << 20) - 3)
  expect(file.allocated()).toBeLessThan(1 << 20)
  file.release()
  one.release()
  two.release()
})

it('closes a mapped file only after the mapping was made', () => {
  const file = platform.newMemoryFile('short-lived')
  file.resize(4096)
  file.write(Uint8Array.of(9), 0)
  const { space } = startGuest(platform, a => a.bytes(0x90))
  space.map(guestAddr(0x1000_0000), 4096, 1, { kind: 'file', file, offset: 0, shared: true })
  file.release()
  expect(u32(space, 0x1000_0000)).toBe(9)
  space.release()
})

it('runs threads that see one memory, and reuses host threads', () => {
  const { space, thread } = startGuest(platform, a => {
    a.mov('rax', 56).syscall()
    a.mov('rcx', DATA).store('rcx', 0, 'rax')
    a.label('wait').load('rdx', 'rcx', 0).compare('rdx', 0).jumpIf('ne', 'wait')
    a.mov('rax', 60).syscall()
  })
  expect(nextCall(platform, thread)[0]).toBe(56)
  const other = space.newThread(thread)
  other.registers.set(Reg.rsp, STACK + PAGES / 2)
  other.registers.setResult(0)
  thread.registers.setResult(1)
  thread.resume('run') // spins until the other has stored 0
  other.resume('run')
  const seen = [platform.wait(undefined), platform.wait(undefined)].map(e => e.kind)
  expect(seen).toEqual(['syscall', 'syscall'])
  expect(thread.registers.syscallNumber).toBe(60)
  const host = (other as unknown as { tid: number }).tid
  other.release()
  const again = space.newThread(thread) as unknown as { tid: number }
  expect(again.tid).toBe(host)
  space.release()
})

it('changes the layout while all threads run', () => {
  const { space, thread } = startGuest(platform, a => a.label('x').add('rbx', 1).jump('x'))
  thread.resume('run')
  space.map(guestAddr(0x1000_0000), 4096, 3, { kind: 'anonymous' })
  expect(space.write(guestAddr(0x1000_0000), Uint8Array.of(1))).toBe(1)
  expect(platform.wait(hostClock.monotonicNs() + 5e6).kind).toBe('wakeup')
  thread.interrupt()
  expect(next(platform)).toMatchObject({ kind: 'interrupted' })
  expect(thread.registers.get(Reg.rbx)).toBeGreaterThan(0)
  expect(thread.registers.get(Reg.rip) & ~0xff).toBe(0x40_0000)
  space.release()
})

it('drops everything at clear', () => {
  const { space, thread } = startGuest(platform, a => a.mov('rax', 59).syscall())
  nextCall(platform, thread)
  space.newThread(thread).release()
  space.clear(thread)
  expect(space.read(DATA, new Uint8Array(1))).toBe(0)
  space.map(DATA, 4096, 3, { kind: 'anonymous' })
  expect(u32(space, DATA)).toBe(0)
  space.release()
})

it('exchanges words atomically', () => {
  const { space, thread } = startGuest(platform, a =>
    a.mov('rax', 1).syscall().mov('rax', 2).syscall(),
  )
  nextCall(platform, thread)
  expect(space.compareExchange32(DATA, 0, 0x8000_0001)).toBe(0)
  expect(space.compareExchange32(DATA, 0, 5)).toBe(0x8000_0001)
  expect(u32(space, DATA)).toBe(0x8000_0001)
  expect(space.compareExchange32(guestAddr(0x40_0000), 0, 1)).toBe(undefined) // not writable
  expect(space.compareExchange32(guestAddr(0x7000_0000), 0, 1)).toBe(undefined)
  expect(nextCall(platform, thread)[0]).toBe(2)
  space.release()
})

it('has running threads pass a barrier, and lets the stub make no other command of that call', () => {
  const { space, thread } = startGuest(platform, a => a.label('x').add('rbx', 1).jump('x'))
  thread.resume('run')
  expect(space.canBarrier('memory')).toBe(true)
  space.barrier('memory')
  expect(space.canBarrier('instructions')).toBe(true)
  space.barrier('instructions')
  thread.interrupt()
  expect(next(platform)).toMatchObject({ kind: 'interrupted' })
  expect(thread.registers.get(Reg.rip) & ~0xff).toBe(0x40_0000)
  const batch = new host.Batch()
  batch.push(host.NR.membarrier, 1, 0, 0, 0, 0, 0)
  expect(() => (space as Space).runNow(batch)).toThrow(EAGAIN)
  expect(next(platform)).toMatchObject({ kind: 'gone' })
  space.release()
})

it('announces a vDSO that works without a stop', () => {
  const { space, thread } = startGuest(platform, a => a.mov('rax', 3).syscall())
  expect(space.vdso).toBeDefined()
  const { base, start, end } = space.vdso!
  expect(start).toBeGreaterThanOrEqual(space.maxAddr)
  expect(end).toBeGreaterThan(base)
  // Its ELF symbols give the address of clock_gettime; the guest calls it and then exits.
  const { clockGettime } = vdsoSymbols()
  const caller = startGuest(platform, a => {
    a.mov('rdi', 1)
      .mov('rsi', DATA)
      .mov('rax', base + clockGettime)
      .bytes(0xff, 0xd0)
    a.move('rdi', 'rax').mov('rax', 60).syscall()
  })
  expect(nextCall(platform, caller.thread).slice(0, 2)).toEqual([60, 0])
  const sec = u32(caller.space, DATA)
  expect(Math.abs(sec - Number(process.hrtime.bigint() / 1_000_000_000n))).toBeLessThan(3)
  space.release()
  caller.space.release()
  void thread
})

const vdsoSymbols = () => {
  const line = fs
    .readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .find(l => l.endsWith('[vdso]'))!
  const [from, to] = line
    .split(' ')[0]!
    .split('-')
    .map(h => Number.parseInt(h, 16))
  const image = host.bytesAt(from as never, to! - from!)
  const view = new DataView(image.buffer)
  // e_shoff is of no use in memory images of some kernels: walk the dynamic section instead.
  const phoff = Number(view.getBigUint64(32, true))
  let dynamic = 0
  for (let i = 0; i < view.getUint16(56, true); i++) {
    const p = phoff + i * view.getUint16(54, true)
    if (view.getUint32(p, true) === 2) dynamic = Number(view.getBigUint64(p + 8, true))
  }
  let strings = 0
  let symbols = 0
  for (let d = dynamic; ; d += 16) {
    const tag = Number(view.getBigInt64(d, true))
    if (tag === 0) break
    if (tag === 5) strings = Number(view.getBigUint64(d + 8, true))
    if (tag === 6) symbols = Number(view.getBigUint64(d + 8, true))
  }
  for (let s = symbols + 24; s < image.length; s += 24) {
    let end = strings + view.getUint32(s, true)
    const begin = end
    while (image[end] !== 0) end++
    const name = Buffer.from(image.subarray(begin, end)).toString('latin1')
    if (name === '__vdso_clock_gettime')
      return { clockGettime: Number(view.getBigUint64(s + 8, true)) }
  }
  throw new Error('no clock_gettime in the vDSO')
}
