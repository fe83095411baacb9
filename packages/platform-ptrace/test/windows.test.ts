// Buffers of large transfers: shared with the kernel, and private memory all the same. (platform-ptrace test)

import { readFileSync } from 'node:fs'
import type { AddressSpace, Thread } from '@tsvisor/sentry-kernel'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { PtracePlatform } from '../src/index.ts'
import type { Space } from '../src/space.ts'
import { guestAddr, nextCall, startGuest } from './guest.ts'

const BUFFER = guestAddr(0x1000_0000)
const LENGTH = 1 << 20
const PAGE = 4096
const at = (offset: number) => guestAddr(BUFFER + offset)

let platform: PtracePlatform
beforeAll(() => {
  platform = new PtracePlatform()
})
afterAll(() => platform.shutdown())

/** A guest whose program is a read loop over `at`: each call's first argument is the byte there. */
let space: AddressSpace
let thread: Thread
beforeEach(() => {
  const guest = startGuest(platform, a => {
    a.mov('rcx', BUFFER + 2 * PAGE)
    a.label('again').load('rdi', 'rcx', 0).mov('rbx', 5).store('rcx', 8, 'rbx')
    a.mov('rax', 1000)
      .syscall()
      .mov('rcx', BUFFER + 2 * PAGE)
      .jump('again')
  })
  space = guest.space
  thread = guest.thread
  space.map(BUFFER, LENGTH, 3, { kind: 'anonymous' })
  expect(nextCall(platform, thread)[1]).toBe(0)
  return () => space.release()
})

const pattern = (seed: number): Uint8Array =>
  Uint8Array.from({ length: LENGTH }, (_, i) => (i * 7 + (i >> 12) + seed) & 0xff)

/** Writes as a guest's read(2) would, often enough to be noticed. */
const transfer = (data: Uint8Array, times = 8): void => {
  for (let i = 0; i < times; i++) {
    space.expectTransfers?.(BUFFER, LENGTH)
    expect(space.write(at(32), data.subarray(32, LENGTH - 100))).toBe(LENGTH - 132)
  }
}
const contents = (from: AddressSpace = space, offset = 0, length = LENGTH): Uint8Array => {
  const data = new Uint8Array(length)
  expect(from.read(at(offset), data)).toBe(length)
  return data
}
const expected = (seed: number): Uint8Array => {
  const data = pattern(seed)
  data.fill(0, 0, 32)
  data.fill(0, LENGTH - 100)
  // what the guest stored itself
  data.set([5, 0, 0, 0, 0, 0, 0, 0], 2 * PAGE + 8)
  return data
}
/** Arrays of this size take a deep comparison a second. */
const same = (a: Uint8Array, b: Uint8Array): void => expect(Buffer.compare(a, b)).toBe(0)
const windows = (): number =>
  readFileSync(`/proc/${(space as Space).tgid}/maps`, 'latin1').split('tsvisor-window').length - 1
const word = (data: Uint8Array): number =>
  Number(new DataView(data.buffer, 2 * PAGE, 8).getBigUint64(0, true))

it('keeps what was there, and both sides see each write', () => {
  const data = pattern(1)
  data.set([5, 0, 0, 0, 0, 0, 0, 0], 2 * PAGE + 8)
  expect(windows()).toBe(0)
  transfer(data)
  expect(windows()).toBe(1)
  same(contents(), expected(1))
  thread.registers.setResult(0)
  expect(nextCall(platform, thread)[1]).toBe(word(data))
  data.fill(9, 2 * PAGE, 2 * PAGE + 8)
  transfer(data, 1)
  expect(nextCall(platform, thread)[1]).toBe(word(data))
  // larger and smaller than the buffer, across its end
  expect(space.read(at(LENGTH - 200_000), new Uint8Array(300_000))).toBe(200_000)
  expect(space.write(at(LENGTH - 10), new Uint8Array(100))).toBe(10)
})

it('is copied on write by fork', () => {
  transfer(pattern(2))
  space.write(at(2 * PAGE + 8), Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0))
  const child = space.fork(thread)
  expect(windows()).toBe(0)
  same(contents(child.space), expected(2))
  space.write(at(64), Uint8Array.of(1, 2, 3))
  child.space.write(at(128), Uint8Array.of(4, 5, 6))
  const mine = expected(2)
  mine.set([1, 2, 3], 64)
  const its = expected(2)
  its.set([4, 5, 6], 128)
  same(contents(), mine)
  same(contents(child.space), its)
  child.space.release()
})

it('follows every change of the layout', () => {
  transfer(pattern(3))
  space.write(at(2 * PAGE + 8), Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0))
  expect(windows()).toBe(1)
  space.unmap(at(LENGTH / 2), PAGE)
  expect(windows()).toBe(0)
  space.flush()
  expect(space.read(at(LENGTH / 2 - PAGE), new Uint8Array(2 * PAGE))).toBe(PAGE)
  const half = expected(3).subarray(0, LENGTH / 2)
  same(contents(space, 0, LENGTH / 2), half)
  space.protect(BUFFER, PAGE, 1)
  space.flush()
  expect(space.write(BUFFER, Uint8Array.of(1))).toBe(0)
  space.remap(BUFFER, LENGTH / 2, at(4 * LENGTH), LENGTH / 2)
  space.flush()
  same(contents(space, 4 * LENGTH, LENGTH / 2), half)
  expect(space.read(BUFFER, new Uint8Array(1))).toBe(0)
})

it('is zero again when unmapped and mapped anew, or given back', () => {
  transfer(pattern(4))
  space.unmap(BUFFER, LENGTH)
  space.map(BUFFER, LENGTH, 3, { kind: 'anonymous' })
  expect(contents().every(byte => byte === 0)).toBe(true)
  transfer(pattern(4))
  space.advise(BUFFER, LENGTH, 4)
  space.flush()
  expect(contents().every(byte => byte === 0)).toBe(true)
})

it('is for spaces of one thread', () => {
  transfer(pattern(5))
  const other = space.newThread(thread)
  other.registers.setResult(0)
  const seen = word(contents())
  expect(nextCall(platform, other)[1]).toBe(seen)
  transfer(pattern(6))
  expect(windows()).toBe(0)
  same(contents(space, 64, LENGTH / 2), pattern(6).subarray(64, 64 + LENGTH / 2))
  other.release()
})

it('ends with exec and with the space', () => {
  transfer(pattern(7))
  space.clear(thread)
  space.map(BUFFER, LENGTH, 3, { kind: 'anonymous' })
  space.flush()
  expect(contents().every(byte => byte === 0)).toBe(true)
})
