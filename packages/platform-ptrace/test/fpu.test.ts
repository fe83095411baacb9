// FPU state: across interrupts, on signal frames, refused areas. (platform-ptrace test)

import { Reg } from '@tsvisor/sentry-kernel'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hostClock, PtracePlatform } from '../src/index.ts'
import { guestAddr, next, nextCall, startGuest } from './guest.ts'

let platform: PtracePlatform
beforeAll(() => {
  platform = new PtracePlatform()
})
afterAll(() => platform.shutdown())

const spinWithXmm = () =>
  startGuest(platform, a => {
    a.mov('rax', 0x1234).bytes(0x66, 0x48, 0x0f, 0x6e, 0xc0) // movq xmm0, rax
    a.label('x').load('rdx', 'rsp', 0).compare('rdx', 1).jumpIf('ne', 'x')
    a.bytes(0x66, 0x48, 0x0f, 0x7e, 0xc7) // movq rdi, xmm0
    a.mov('rax', 1).syscall()
  })

it('survives interrupts and injected calls', () => {
  const { space, thread } = spinWithXmm()
  for (let i = 0; i < 20; i++) {
    thread.resume('run')
    thread.interrupt()
    expect(next(platform)).toMatchObject({ kind: 'interrupted' })
    space.map(guestAddr(0x1000_0000), 4096, 3, { kind: 'anonymous' })
  }
  space.write(thread.registers.sp, Uint8Array.of(1))
  expect(nextCall(platform, thread).slice(0, 2)).toEqual([1, 0x1234])
  space.release()
})

it('goes onto a signal frame and back', () => {
  const { space, thread } = spinWithXmm()
  thread.resume('run')
  // let it load xmm0 before the interrupt
  expect(platform.wait(hostClock.monotonicNs() + 5e6).kind).toBe('wakeup')
  thread.interrupt()
  next(platform)
  const saved = thread.readFpu().slice()
  const view = new DataView(saved.buffer)
  expect(view.getUint32(464, true) & 3).toBe(3) // XCR0: x87 and SSE at least
  expect(view.getUint32(160, true)).toBe(0x1234)
  thread.resetFpu()
  expect(new DataView(thread.readFpu().slice().buffer).getUint32(160, true)).toBe(0)
  view.setUint32(160, 0x4321, true)
  expect(thread.writeFpu(saved)).toBe(true)
  space.write(thread.registers.sp, Uint8Array.of(1))
  expect(nextCall(platform, thread)[1]).toBe(0x4321)
  view.setUint32(24, 0xffff_ffff, true) // reserved MXCSR bits
  expect(thread.writeFpu(saved)).toBe(false)
  // only the legacy part: a frame without the magic words
  view.setUint32(24, 0x1f80, true)
  view.setUint32(160, 0x77, true)
  expect(thread.writeFpu(saved.subarray(0, 512))).toBe(true)
  expect(new DataView(thread.readFpu().slice().buffer).getUint32(160, true)).toBe(0x77)
  space.release()
})

it('refuses no register the guest can choose', () => {
  const { space, thread } = startGuest(platform, a =>
    a.label('x').mov('rax', 1).syscall().jump('x'),
  )
  nextCall(platform, thread)
  const r = thread.registers
  const good = r.words.slice()
  r.setBig(Reg.fs_base, 0xffff_8000_0000_0000n)
  r.set(Reg.cs, 0x10)
  r.set(Reg.eflags, 0xffff_ffff)
  expect(next(platform, thread).kind).toMatch(/syscall|fault/)
  r.words.set(good)
  r.dirty = 'all'
  expect(nextCall(platform, thread)[0]).toBe(1)
  r.setBig(Reg.rip, 0xffff_8000_0000_0000n)
  expect(next(platform, thread)).toMatchObject({ kind: 'fault', signo: 11 })
  space.release()
})
