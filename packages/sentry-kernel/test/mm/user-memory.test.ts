import { type Addr, E2BIG, EFAULT, EINVAL, ENAMETOOLONG } from '@tsvisor/abi'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mmap } from '../../src/mm/mmap.ts'
import { byteString, bytesOf } from '../../src/mm/user-memory.ts'
import { testMemory } from './memory.ts'

const PAGE = 4096
const BASE = 0x10_0000

const mapped = (pages: number) => {
  const memory = testMemory()
  mmap(memory.mm, memory.task, BASE, pages * PAGE, 3, 0x32, undefined, 0)
  return memory.mm
}

test('byte strings survive the way there and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), data => {
      expect([...bytesOf(byteString(data))]).toEqual([...data])
    }),
  )
})

test('strings end at a NUL, at the limit, or at a fault', () => {
  const mm = mapped(2)
  mm.write((BASE + PAGE - 3) as Addr, bytesOf('hello\0'))
  expect(mm.readString((BASE + PAGE - 3) as Addr, 100)).toBe('hello')
  expect(mm.readString((BASE + PAGE - 3) as Addr, 6)).toBe('hello')
  expect(() => mm.readString((BASE + PAGE - 3) as Addr, 5)).toThrow(ENAMETOOLONG)
  mm.write((BASE + 2 * PAGE - 3) as Addr, bytesOf('abc'))
  expect(() => mm.readString((BASE + 2 * PAGE - 3) as Addr, 100)).toThrow(EFAULT)
})

test('a string of a whole path', () => {
  const mm = mapped(3)
  const path = 'x'.repeat(4095)
  mm.write((BASE + 100) as Addr, bytesOf(`${path}\0`))
  expect(mm.readPath((BASE + 100) as Addr)).toBe(path)
  mm.write((BASE + 100) as Addr, bytesOf('x'.repeat(4097)))
  expect(() => mm.readPath((BASE + 100) as Addr)).toThrow(ENAMETOOLONG)
})

test('vectors of strings, scattered and across pages', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 20, unit: fc.constantFrom('a', 'b', '\xff') }), {
        maxLength: 40,
      }),
      fc.nat(4000),
      (strings, shift) => {
        const mm = mapped(4)
        let at = BASE + 2 * PAGE + shift
        strings.forEach((text, i) => {
          mm.write(at as Addr, bytesOf(`${text}\0`))
          mm.writeU64((BASE + shift + i * 8) as Addr, at)
          at += text.length + 1
        })
        mm.writeU64((BASE + shift + strings.length * 8) as Addr, 0)
        expect(mm.readStrings((BASE + shift) as Addr, 1 << 20)).toEqual(strings)
      },
    ),
  )
})

test('vectors of strings: limits and faults', () => {
  const mm = mapped(2)
  expect(mm.readStrings(0 as Addr, 10)).toEqual([])
  mm.writeU64(BASE as Addr, BASE + 100)
  mm.write((BASE + 100) as Addr, bytesOf('hello\0'))
  expect(mm.readStrings(BASE as Addr, 100)).toEqual(['hello'])
  expect(() => mm.readStrings(BASE as Addr, 8)).toThrow(E2BIG)
  mm.writeU64(BASE as Addr, 0xdead_0000)
  expect(() => mm.readStrings(BASE as Addr, 100)).toThrow(EFAULT)
  expect(() => mm.readStrings(0x5000 as Addr, 100)).toThrow(EFAULT)
  mm.writeU64((BASE + 2 * PAGE - 8) as Addr, BASE + 100)
  expect(() => mm.readStrings((BASE + 2 * PAGE - 8) as Addr, 100)).toThrow(EFAULT)
})

test('64-bit values of either sign', () => {
  const mm = mapped(1)
  for (const value of [0, 1, -1, 2 ** 40 + 5, -(2 ** 33) - 7, 2 ** 53 - 1]) {
    mm.writeU64(BASE as Addr, value)
    expect(BigInt.asIntN(64, mm.readU64Big(BASE as Addr))).toBe(BigInt(value))
  }
})

test('iovecs are checked', () => {
  const mm = mapped(2)
  const vector = (entries: [number, number | bigint][]) =>
    entries.forEach(([base, length], i) => {
      mm.writeU64((BASE + i * 16) as Addr, base)
      mm.writeU64((BASE + i * 16 + 8) as Addr, length)
    })
  vector([
    [BASE + PAGE, 3],
    [0, 0],
    [BASE + PAGE + 8, 5],
  ])
  const io = mm.ioVector(BASE as Addr, 3)
  expect(io.remaining).toBe(8)
  expect(io.put(bytesOf('abcdefghij'))).toBe(8)
  expect(byteString(mm.readBytes((BASE + PAGE) as Addr, 13))).toBe('abc\0\0\0\0\0defgh')
  vector([[BASE, -1]])
  expect(() => mm.ioVector(BASE as Addr, 1)).toThrow(EINVAL)
  vector([[0x7fff_ffff_f000, 1]])
  expect(() => mm.ioVector(BASE as Addr, 1)).toThrow(EFAULT)
  expect(() => mm.ioVector(BASE as Addr, 1025)).toThrow(EINVAL)
  expect(() => mm.ioVector(BASE as Addr, -1)).toThrow(EINVAL)
})
