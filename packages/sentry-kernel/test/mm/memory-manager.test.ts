import { type Addr, EACCES, EAGAIN, EEXIST, EFAULT, EINVAL, ENOMEM, EPERM } from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { brk } from '../../src/mm/brk.ts'
import { madvise } from '../../src/mm/madvise.ts'
import { mlock, munlock } from '../../src/mm/mlock.ts'
import { mmap } from '../../src/mm/mmap.ts'
import { mprotect } from '../../src/mm/mprotect.ts'
import { mremap } from '../../src/mm/mremap.ts'
import { layout, testMemory } from './memory.ts'

const PAGE = 4096
const RW = 3
const PRIVATE = 0x22
const SHARED = 0x21
const FIXED = 0x10
const NOREPLACE = 0x10_0000
const GROWSDOWN = 0x100
const BASE = 0x10_0000

const anonymous = (
  memory: ReturnType<typeof testMemory>,
  at: number,
  pages: number,
  prot = RW,
  flags = PRIVATE | FIXED,
) => mmap(memory.mm, memory.task, at, pages * PAGE, prot, flags, undefined, 0)

describe('mmap', () => {
  test('goes top-down below mmap_base, and neighbours become one', () => {
    const memory = testMemory()
    const first = anonymous(memory, 0, 2, RW, PRIVATE)
    const second = anonymous(memory, 0, 1, RW, PRIVATE)
    expect(first).toBe(0x7000_0000_0000 - 2 * PAGE)
    expect(second).toBe(first - PAGE)
    expect(layout(memory.mm)).toEqual(['6fffffffd000-700000000000 rw-p'])
  })
  test('a hint is taken when free, else ignored', () => {
    const memory = testMemory()
    expect(anonymous(memory, BASE + 5, 1, RW, PRIVATE)).toBe(BASE)
    expect(anonymous(memory, BASE, 1, RW, PRIVATE)).not.toBe(BASE)
  })
  test.each([
    [0, RW, PRIVATE, 0, EINVAL],
    [BASE, RW, 0x20, PAGE, EINVAL],
    [BASE + 1, RW, PRIVATE | FIXED, PAGE, EINVAL],
    [0, RW, PRIVATE | FIXED, PAGE, EPERM],
    [0, RW, PRIVATE, 2 ** 47, ENOMEM],
    [0, RW, PRIVATE, 2 ** 64 - 1, ENOMEM],
    [2 ** 63, RW, PRIVATE | FIXED, PAGE, ENOMEM],
    [0, RW, SHARED | GROWSDOWN, PAGE, EINVAL],
  ])('refuses %d %d %d length %d', (at, prot, flags, length, errno) => {
    const { mm, task } = testMemory()
    expect(() => mmap(mm, task, at, length, prot, flags, undefined, 0)).toThrow(errno)
  })
  test('MAP_FIXED replaces, MAP_FIXED_NOREPLACE does not', () => {
    const memory = testMemory()
    anonymous(memory, BASE, 4)
    expect(() => anonymous(memory, BASE + PAGE, 1, RW, PRIVATE | NOREPLACE)).toThrow(EEXIST)
    anonymous(memory, BASE + PAGE, 1, 1)
    expect(layout(memory.mm)).toEqual([
      '100000-101000 rw-p',
      '101000-102000 r--p',
      '102000-104000 rw-p',
    ])
    expect(memory.mm.usage.total).toBe(4 * PAGE)
    expect(memory.mm.usage.data).toBe(3 * PAGE)
  })
  test('RLIMIT_AS counts what MAP_FIXED replaces', () => {
    const memory = testMemory({ 9: 4 * PAGE })
    anonymous(memory, BASE, 4)
    expect(() => anonymous(memory, 0, 1, RW, PRIVATE)).toThrow(ENOMEM)
    anonymous(memory, BASE, 2, 1)
    expect(memory.mm.usage.total).toBe(4 * PAGE)
  })
  test('RLIMIT_DATA counts private writable memory only', () => {
    const memory = testMemory({ 2: PAGE })
    anonymous(memory, 0, 4, 1, PRIVATE)
    anonymous(memory, 0, 4, RW, SHARED)
    expect(() => anonymous(memory, 0, 2, RW, PRIVATE)).toThrow(ENOMEM)
    anonymous(memory, 0, 1, RW, PRIVATE)
  })
  test('MAP_32BIT stays below 2 GiB', () => {
    const memory = testMemory()
    const low = (hint: number) => anonymous(memory, hint, 1, RW, PRIVATE | 0x40)
    expect(low(0)).toBe(0x4000_0000)
    expect(low(0x5000_0fff)).toBe(0x5000_0000)
    expect(low(0x2000_0000)).toBe(0x2000_0000)
    expect(low(0x8000_0000)).toBe(0x4000_1000)
  })
  test('a host refusal undoes the mapping', () => {
    const memory = testMemory()
    memory.space.refuse = true
    expect(() => anonymous(memory, 0, 1, RW, SHARED)).toThrow(ENOMEM)
    expect(layout(memory.mm)).toEqual([])
    expect(memory.mm.usage.total).toBe(0)
    expect(memory.files[0]!.released).toBe(1)
  })
  test('shared anonymous memory lives as long as its last vma', () => {
    const memory = testMemory()
    const at = anonymous(memory, 0, 4, RW, SHARED)
    memory.mm.munmap(at + PAGE, PAGE)
    memory.mm.munmap(at, PAGE)
    expect(memory.files[0]!.released).toBe(0)
    memory.mm.munmap(at, 4 * PAGE)
    expect(memory.files[0]!.released).toBe(1)
  })
})

describe('munmap', () => {
  test('splits, and asks the host only for what is there', () => {
    const memory = testMemory()
    anonymous(memory, BASE, 4)
    memory.space.calls.length = 0
    memory.mm.munmap(BASE + PAGE, PAGE)
    memory.mm.munmap(BASE + PAGE, PAGE)
    expect(memory.space.calls).toEqual(['unmap 101000 4096'])
    expect(layout(memory.mm)).toEqual(['100000-101000 rw-p', '102000-104000 rw-p'])
  })
  test.each([
    [BASE + 1, PAGE],
    [BASE, 0],
    [BASE, 2 ** 47],
    [2 ** 63, PAGE],
  ])('refuses %d length %d', (at, length) => {
    expect(() => testMemory().mm.munmap(at, length)).toThrow(EINVAL)
  })
})

describe('mprotect', () => {
  test('changes up to the first hole, then says ENOMEM', () => {
    const memory = testMemory()
    anonymous(memory, BASE, 2)
    expect(() => mprotect(memory.mm, BASE + PAGE, 4 * PAGE, 1)).toThrow(ENOMEM)
    expect(layout(memory.mm)).toEqual(['100000-101000 rw-p', '101000-102000 r--p'])
    mprotect(memory.mm, BASE, 2 * PAGE, 5)
    expect(layout(memory.mm)).toEqual(['100000-102000 r-xp'])
    expect(memory.mm.usage.data).toBe(0)
    expect(memory.mm.usage.executable).toBe(2 * PAGE)
  })
  test('does not bother the host when nothing changes', () => {
    const memory = testMemory()
    anonymous(memory, BASE, 2)
    memory.space.calls.length = 0
    mprotect(memory.mm, BASE, 2 * PAGE, RW)
    expect(memory.space.calls).toEqual([])
  })
  test('PROT_GROWSDOWN starts at the mapping, and needs one that grows', () => {
    const memory = testMemory()
    anonymous(memory, BASE, 4, RW, PRIVATE | FIXED | GROWSDOWN)
    mprotect(memory.mm, BASE + 2 * PAGE, PAGE, 1 | 0x100_0000)
    expect(layout(memory.mm)).toEqual(['100000-103000 r--p', '103000-104000 rw-p'])
    anonymous(memory, 2 * BASE, 1)
    expect(() => mprotect(memory.mm, 2 * BASE, PAGE, 1 | 0x100_0000)).toThrow(EINVAL)
  })
  test.each([
    [BASE + 1, PAGE, 1, EINVAL],
    [BASE, PAGE, 0x40, EINVAL],
    [BASE, PAGE, 0x300_0001, EINVAL],
    [BASE, PAGE, 1, ENOMEM],
  ])('refuses %d %d %d', (at, length, prot, errno) => {
    expect(() => mprotect(testMemory().mm, at, length, prot)).toThrow(errno)
  })
})

describe('mremap', () => {
  test('grows in place, moves when it must, keeps the bytes', () => {
    const memory = testMemory()
    const { mm, task } = memory
    anonymous(memory, BASE, 2)
    mm.writeU32(BASE as Addr, 42)
    expect(mremap(mm, task, BASE, 2 * PAGE, 4 * PAGE, 0, 0)).toBe(BASE)
    anonymous(memory, BASE + 4 * PAGE, 1, 1)
    expect(() => mremap(mm, task, BASE, 4 * PAGE, 5 * PAGE, 0, 0)).toThrow(ENOMEM)
    const moved = mremap(mm, task, BASE, 4 * PAGE, 5 * PAGE, 1, 0)
    expect(mm.readU32(moved)).toBe(42)
    expect(() => mm.readU32(BASE as Addr)).toThrow(EFAULT)
    expect(mm.usage.total).toBe(6 * PAGE)
  })
  test('shrinks', () => {
    const memory = testMemory()
    anonymous(memory, BASE, 4)
    mremap(memory.mm, memory.task, BASE, 4 * PAGE, PAGE, 0, 0)
    expect(layout(memory.mm)).toEqual(['100000-101000 rw-p'])
  })
  test('MREMAP_DONTUNMAP leaves zeroes behind', () => {
    const memory = testMemory()
    anonymous(memory, BASE, 1)
    memory.mm.writeU32(BASE as Addr, 42)
    const at = mremap(memory.mm, memory.task, BASE, PAGE, PAGE, 5, 0)
    expect(memory.mm.readU32(at)).toBe(42)
    expect(memory.mm.readU32(BASE as Addr)).toBe(0)
  })
  test.each([
    [BASE, PAGE, PAGE, 8, 0, EINVAL],
    [BASE, PAGE, PAGE, 2, 0, EINVAL],
    [BASE, PAGE, 0, 0, 0, EINVAL],
    [BASE + 1, PAGE, PAGE, 0, 0, EINVAL],
    [5 * BASE, PAGE, PAGE, 0, 0, EFAULT],
    [BASE, 0, PAGE, 1, 0, EINVAL],
    [BASE, 3 * PAGE, 4 * PAGE, 1, 0, EFAULT],
    [BASE, 2 * PAGE, 2 * PAGE, 3, BASE + PAGE, EINVAL],
  ])('refuses %d %d→%d flags %d', (from, old, size, flags, to, errno) => {
    const memory = testMemory()
    anonymous(memory, BASE, 2)
    expect(() => mremap(memory.mm, memory.task, from, old, size, flags, to)).toThrow(errno)
  })
})

describe('brk', () => {
  test('grows and shrinks by bytes, maps by pages', () => {
    const memory = testMemory()
    const { mm, task } = memory
    mm.program = { ...mm.program, startBrk: BASE, brk: BASE }
    expect(brk(mm, task, 0)).toBe(BASE)
    expect(brk(mm, task, BASE + 10)).toBe(BASE + 10)
    expect(brk(mm, task, BASE + 3 * PAGE)).toBe(BASE + 3 * PAGE)
    expect(layout(mm)).toEqual(['100000-103000 rw-p'])
    expect(brk(mm, task, BASE + PAGE)).toBe(BASE + PAGE)
    expect(layout(mm)).toEqual(['100000-101000 rw-p'])
    anonymous(memory, BASE + 2 * PAGE, 1)
    expect(brk(mm, task, BASE + 3 * PAGE)).toBe(BASE + PAGE)
    expect(brk(mm, task, 2 ** 63)).toBe(BASE + PAGE)
  })
})

describe('growing stacks', () => {
  test('a kernel write below the stack grows it, within the limit', () => {
    const memory = testMemory({ 3: 1 << 20 })
    const top = 0x7fff_0000_0000
    anonymous(memory, top - PAGE, 1, RW, PRIVATE | FIXED | GROWSDOWN)
    memory.mm.writeU32((top - 9 * PAGE) as Addr, 1)
    expect(memory.mm.readU32((top - 9 * PAGE) as Addr)).toBe(1)
    expect(memory.mm.usage.stack).toBeGreaterThanOrEqual(9 * PAGE)
    expect(() => memory.mm.writeU32((top - (1 << 20) - 4) as Addr, 1)).toThrow(EFAULT)
  })
  test('keeps a guard from what lies below', () => {
    const memory = testMemory()
    const top = 0x7fff_0000_0000
    anonymous(memory, top - PAGE, 1, RW, PRIVATE | FIXED | GROWSDOWN)
    anonymous(memory, top - 300 * PAGE, 1)
    expect(memory.mm.handleFault((top - 60 * PAGE) as Addr)).toBe(false)
    expect(memory.mm.handleFault((top - 40 * PAGE) as Addr)).toBe(true)
  })
})

describe('madvise and mlock', () => {
  test('DONTNEED empties, DONTFORK and WIPEONFORK show in the child', () => {
    const memory = testMemory()
    const { mm } = memory
    anonymous(memory, BASE, 3)
    for (let i = 0; i < 3; i++) mm.writeU32((BASE + i * PAGE) as Addr, 42)
    madvise(mm, BASE, PAGE, 4)
    expect(mm.readU32(BASE as Addr)).toBe(0)
    madvise(mm, BASE, PAGE, 10)
    madvise(mm, BASE + PAGE, PAGE, 18)
    const child = mm.fork(undefined as never).mm
    expect(() => child.readU32(BASE as Addr)).toThrow(EFAULT)
    expect(child.readU32((BASE + PAGE) as Addr)).toBe(0)
    expect(child.readU32((BASE + 2 * PAGE) as Addr)).toBe(42)
    expect(mm.readU32((BASE + PAGE) as Addr)).toBe(42)
    expect(child.usage.total).toBe(2 * PAGE)
    madvise(mm, BASE, PAGE, 11)
    madvise(mm, BASE, 3 * PAGE, 19)
    expect(layout(mm)).toEqual(['100000-103000 rw-p'])
  })
  test.each([
    [BASE, PAGE, 999, EINVAL],
    [BASE + 1, PAGE, 4, EINVAL],
    [BASE, 4 * PAGE, 4, ENOMEM],
    [BASE, PAGE, 9, EINVAL],
  ])('refuses %d %d advice %d', (at, length, advice, errno) => {
    const memory = testMemory()
    anonymous(memory, BASE, 1)
    expect(() => madvise(memory.mm, at, length, advice)).toThrow(errno)
  })
  test('REMOVE punches shared memory only', () => {
    const memory = testMemory()
    const at = anonymous(memory, 0, 1, RW, SHARED)
    memory.mm.writeU32(at, 42)
    madvise(memory.mm, at, PAGE, 9)
    expect(memory.mm.readU32(at)).toBe(0)
  })
  test('locks count against RLIMIT_MEMLOCK', () => {
    const memory = testMemory({ 8: 2 * PAGE })
    const { mm, task } = memory
    anonymous(memory, BASE, 4)
    mlock(mm, task, BASE + 1, PAGE, 0x2000)
    expect(mm.usage.locked).toBe(2 * PAGE)
    mlock(mm, task, BASE, 2 * PAGE, 0x2000)
    expect(() => mlock(mm, task, BASE + 2 * PAGE, PAGE, 0x2000)).toThrow(ENOMEM)
    expect(() => anonymous(memory, 0, 1, RW, PRIVATE | 0x2000)).toThrow(EAGAIN)
    munlock(mm, BASE, 4 * PAGE)
    expect(mm.usage.locked).toBe(0)
    expect(layout(mm)).toEqual(['100000-104000 rw-p'])
  })
  test('no lock at all with a limit of zero', () => {
    const memory = testMemory({ 8: 0 })
    anonymous(memory, BASE, 1)
    expect(() => mlock(memory.mm, memory.task, BASE, PAGE, 0x2000)).toThrow(EPERM)
  })
})

test('a read-only mapping refuses the kernel too, and a partial copy says how far it came', () => {
  const memory = testMemory()
  const { mm } = memory
  anonymous(memory, BASE, 1)
  anonymous(memory, BASE + PAGE, 1, 1)
  expect(() => mm.writeU32((BASE + PAGE) as Addr, 1)).toThrow(EFAULT)
  expect(mm.copyOut((BASE + PAGE - 3) as Addr, new Uint8Array(8))).toBe(3)
  for (const bad of [0, 0xfff, 2 ** 47, 2 ** 63, 2 ** 64 - 4])
    expect(() => mm.readU32(bad as Addr)).toThrow(EFAULT)
  expect(EACCES.code).toBe(13)
})
