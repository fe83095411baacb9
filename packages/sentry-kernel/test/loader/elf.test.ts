import { existsSync, readFileSync } from 'node:fs'
import {
  type Addr,
  E2BIG,
  EEXIST,
  EFAULT,
  EINVAL,
  EIO,
  ENOENT,
  ENOEXEC,
  ENOMEM,
  Errno,
} from '@tsvisor/abi'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byteString } from '../../src/mm/user-memory.ts'
import { layout } from '../mm/memory.ts'
import { buildElf, type ElfSpec, PT_GNU_STACK, staticProgram } from './elf-builder.ts'
import { load } from './loading.ts'

const PAGE = 4096

describe('placing', () => {
  test.each([true, false])('a static program, mappable: %s', mappable => {
    const { mm, ip } = load(staticProgram(), { mappable })
    expect(ip).toBe(0x40_1000)
    const own = layout(mm).filter(line => line.startsWith('4'))
    expect(own).toEqual(
      ['400000-402000 r-xp', '403000-404000 rw-p', '404000-406000 rw-p']
        .slice(0, mappable ? 3 : 1)
        .concat(mappable ? [] : ['403000-406000 rw-p']),
    )
    // File bytes, then zeroes to the end of the page and beyond.
    expect(mm.readBytes(0x40_3233 as Addr, 3)).toEqual(new Uint8Array([0x33, 0, 0]))
    expect(mm.readBytes(0x40_5000 as Addr, 2)).toEqual(new Uint8Array(2))
    expect(mm.program.startBrk).toBeGreaterThanOrEqual(0x40_6000)
    expect(mm.exe).toBeDefined()
  })
  test('a static position-independent one goes where mmap would put it', () => {
    const { mm, ip } = load(staticProgram(0, 3))
    expect(ip).toBeGreaterThan(0x7000_0000_0000)
    expect(ip).toBeLessThan(mm.mmapBase)
    expect(mm.program.startBrk).toBeGreaterThanOrEqual(0x5555_5555_4000)
  })
  test('a large alignment is kept', () => {
    const align = 0x20_0000
    const { ip } = load(
      buildElf({ type: 3, entry: 0x1000, segments: [{ vaddr: 0, fileSize: 0x2000, align }] }),
    )
    expect((ip - 0x1000) % align).toBe(0)
  })
  test('PT_GNU_STACK makes the stack executable', () => {
    const program = (flags: number) =>
      buildElf({
        segments: [
          { vaddr: 0x40_0000, fileSize: PAGE },
          { type: PT_GNU_STACK, flags },
        ],
      })
    const stack = (data: Uint8Array) => layout(load(data).mm).at(-1)
    expect(stack(program(7))).toMatch(/rwxp/)
    expect(stack(program(6))).toMatch(/rw-p/)
  })
})

describe('the stack', () => {
  test('holds argc, argv, envp and the auxiliary vector', () => {
    const { mm, sp, ip } = load(staticProgram(), {
      argv: ['prog', 'two words'],
      envp: ['A=1', 'B='],
    })
    expect(sp % 16).toBe(0)
    const word = (index: number) => mm.readU64((sp + index * 8) as Addr)
    const string = (index: number) => mm.readString(word(index) as Addr, 1000)
    expect(word(0)).toBe(2)
    expect([string(1), string(2), word(3)]).toEqual(['prog', 'two words', 0])
    expect([string(4), string(5), word(6)]).toEqual(['A=1', 'B=', 0])
    const auxv = new Map<number, number>()
    for (let i = 7; word(i) !== 0; i += 2) auxv.set(word(i), word(i + 1))
    expect(auxv.get(3)).toBe(0x40_0040)
    expect(auxv.get(4)).toBe(56)
    expect(auxv.get(5)).toBe(3)
    expect(auxv.get(6)).toBe(PAGE)
    expect(auxv.get(7)).toBe(0)
    expect(auxv.get(9)).toBe(ip)
    expect(auxv.get(17)).toBe(100)
    expect(auxv.get(23)).toBe(0)
    expect(mm.readString(auxv.get(15) as Addr, 10)).toBe('x86_64')
    expect(mm.readString(auxv.get(31) as Addr, 100)).toBe('/bin/program')
    expect(mm.readBytes(auxv.get(25) as Addr, 16)).toEqual(new Uint8Array(16).fill(9))
    const { argStart, argEnd, envStart, envEnd } = mm.program
    expect(byteString(mm.readBytes(argStart as Addr, argEnd - argStart))).toBe('prog\0two words\0')
    expect(byteString(mm.readBytes(envStart as Addr, envEnd - envStart))).toBe('A=1\0B=\0')
  })
  test('an empty argv becomes one empty string', () => {
    const { mm, sp } = load(staticProgram(), { argv: [] })
    expect(mm.readU64(sp as Addr)).toBe(1)
    expect(mm.readString(mm.readU64((sp + 8) as Addr) as Addr, 10)).toBe('')
  })
  test('too much is E2BIG', () => {
    expect(() => load(staticProgram(), { argv: ['x'.repeat(131072)] })).toThrow(E2BIG)
    const many = Array.from({ length: 60 }, () => 'x'.repeat(100_000))
    expect(() => load(staticProgram(), { argv: many, limits: { 3: 8 << 20 } })).toThrow(E2BIG)
    load(staticProgram(), { argv: many.slice(0, 20), limits: { 3: 8 << 20 } })
  })
})

describe('refusals', () => {
  const page = { vaddr: 0x40_0000, fileSize: PAGE }
  const cases: [string, ElfSpec | Uint8Array, Errno][] = [
    ['empty file', new Uint8Array(0), ENOEXEC],
    ['text', new TextEncoder().encode('hello'), ENOEXEC],
    ['magic only', new Uint8Array([0x7f, 0x45, 0x4c, 0x46]), ENOEXEC],
    ['other machine', { machine: 183, segments: [page] }, ENOEXEC],
    ['object file', { type: 1, segments: [page] }, ENOEXEC],
    ['no headers', { segments: [], phnum: 0 }, ENOEXEC],
    ['wrong header size', { phentsize: 32, segments: [page] }, ENOEXEC],
    ['headers past the end', { phnum: 1000, segments: [page] }, ENOEXEC],
    ['no segments', { segments: [{ type: PT_GNU_STACK }] }, EINVAL],
    ['file size above memory size', { segments: [{ ...page, memorySize: 1 }] }, EINVAL],
    ['outside user space', { segments: [{ vaddr: 2n ** 47n, fileSize: PAGE }] }, EINVAL],
    ['wraps around', { segments: [{ vaddr: 2n ** 64n - 0x1000n, fileSize: PAGE }] }, EINVAL],
    ['huge memory size', { segments: [{ ...page, memorySize: 2n ** 63n }] }, EINVAL],
    ['offset not congruent', { segments: [{ ...page, offset: 1 }] }, EINVAL],
    ['page zero', { segments: [{ vaddr: 0, fileSize: PAGE }] }, ENOMEM],
    ['missing interpreter', { interpreter: '/lib/ld.so', segments: [page] }, ENOENT],
    [
      'interpreter name without NUL',
      { segments: [page, { type: 3, offset: 0x1001, fileSize: 5 }] },
      ENOEXEC,
    ],
    [
      'interpreter name too long',
      { segments: [page, { type: 3, offset: 0, fileSize: 5000 }] },
      ENOEXEC,
    ],
    [
      'interpreter name past the end',
      { segments: [page, { type: 3, offset: 0x2fff, fileSize: 50 }] },
      EIO,
    ],
  ]
  test.each(cases)('%s', (_name, spec, errno) => {
    const data = spec instanceof Uint8Array ? spec : buildElf(spec)
    expect(() => load(data)).toThrow(errno)
  })
  test('over the stack', () => {
    const top = load(staticProgram()).mm.vmas.list.at(-1)!.end
    const data = buildElf({ segments: [{ vaddr: top - PAGE, fileSize: PAGE }] })
    expect(() => load(data)).toThrow(EEXIST)
  })
  test('a writable last page that is not there cannot be cleared', () => {
    const data = buildElf({
      size: 0x1000,
      segments: [{ flags: 4, vaddr: 0x40_0000, fileSize: 100, memorySize: 200 }],
    })
    expect(load(data).ip).toBe(0x40_1000)
    expect(EFAULT.code).toBe(14)
  })
})

describe('hostile files', () => {
  const seeds = [staticProgram(), staticProgram(0, 3)]
  if (existsSync('/bin/true')) seeds.push(readFileSync('/bin/true').subarray(0, 0x8000))

  const outcome = (data: Uint8Array): 'loaded' | Errno => {
    try {
      load(data, { limits: { 9: 1 << 28 } })
      return 'loaded'
    } catch (error) {
      if (error instanceof Errno) return error
      throw error
    }
  }
  const mutation = fc.record({
    // Mostly in the headers.
    at: fc.oneof(fc.nat(63), fc.nat(600)),
    value: fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.constantFrom(
        0n,
        1n,
        0xffffn,
        0x7fff_ffff_ffffn,
        2n ** 63n,
        2n ** 64n - 1n,
        0x40_0000n,
        2n ** 47n,
      ),
    ),
    width: fc.constantFrom(1, 2, 4, 8),
  })
  test('never do more than fail with an errno', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        fc.option(fc.nat(0x3000)),
        (seed, mutations, cut) => {
          const data = Uint8Array.from(cut === null ? seed : seed.subarray(0, cut))
          for (const { at, value, width } of mutations)
            for (let i = 0; i < width && at + i < data.length; i++)
              data[at + i] = Number((value >> BigInt(8 * i)) & 0xffn)
          const result = outcome(data)
          expect(result === 'loaded' || result instanceof Errno).toBe(true)
        },
      ),
      { numRuns: 3000 },
    )
  })
})
