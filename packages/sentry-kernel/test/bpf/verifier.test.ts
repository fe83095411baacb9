// The verifier: whatever it is given it answers, and what it lets through runs to its end. (tests)

import { BPF_PROG_TYPE_CGROUP_DEVICE, EACCES, EBADF, EINVAL, Errno } from '@tsvisor/abi'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Instructions } from '../../src/bpf/instructions.ts'
import { type Context, interpret } from '../../src/bpf/interpreter.ts'
import { programType } from '../../src/bpf/program-type.ts'
import { verify } from '../../src/bpf/verifier.ts'
import { VerifierLog } from '../../src/bpf/verifier-log.ts'
import { assemble, type Instruction } from './assemble.ts'

const DEVICE = programType(BPF_PROG_TYPE_CGROUP_DEVICE, 0)!

/** Undefined for a program that may be loaded. */
function refusal(program: Instructions): Errno | undefined {
  try {
    verify(
      { type: DEVICE, instructions: program },
      new VerifierLog({ level: 0, address: 0 as never, size: 0 }),
      fd => fd === 0,
    )
    return undefined
  } catch (error) {
    if (error instanceof Errno) return error
    throw error
  }
}

/** Whatever is let through answers 0 or 1, whatever it is asked. */
function check(program: Instructions, asked: Context): 'runs' | 'refused' {
  const errno = refusal(program)
  if (errno !== undefined) {
    expect([EACCES, EBADF, EINVAL]).toContain(errno)
    return 'refused'
  }
  expect([0, 1]).toContain(interpret(program, asked))
  return 'runs'
}

const word = fc.nat({ max: 0xffff_ffff })
const asked: fc.Arbitrary<Context> = fc.tuple(word, word, word)
const number = fc.oneof(
  fc.integer({ min: -2, max: 64 }),
  fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
)

/** An instruction that often is a good one: arithmetic, jumps forwards, loads, 64-bit numbers. */
const plausible: fc.Arbitrary<Instruction[]> = fc.oneof(
  fc
    .tuple(fc.constantFrom(0x04, 0x07), fc.nat({ max: 13 }), fc.nat({ max: 4 }), number)
    .map(([type, operation, destination, operand]) => [
      { code: type | (operation << 4), destination, operand: operation === 8 ? 0 : operand },
    ]),
  fc
    .tuple(fc.constantFrom(0x0c, 0x0f), fc.nat({ max: 13 }), fc.nat({ max: 4 }), fc.nat({ max: 4 }))
    .map(([type, operation, destination, source]) => [
      { code: type | (operation << 4), destination, source },
    ]),
  fc
    .tuple(fc.constantFrom(0x05, 0x06), fc.nat({ max: 13 }), fc.nat({ max: 4 }), fc.nat({ max: 3 }))
    .map(([type, condition, destination, offset]) => [
      { code: type | (condition << 4), destination, offset, operand: 0 },
    ]),
  fc
    .tuple(fc.nat({ max: 4 }), fc.constantFrom(0, 4, 8))
    .map(([destination, offset]) => [{ code: 0x61, destination, source: 6, offset }]),
  fc
    .tuple(fc.constantFrom(0x71, 0x69), fc.nat({ max: 3 }))
    .map(([code, offset]) => [{ code, destination: 2, source: 6, offset }]),
  fc.tuple(fc.nat({ max: 4 }), number, number).map(([destination, operand, high]) => [
    { code: 0x18, destination, operand },
    { code: 0, operand: high },
  ]),
)

describe('programs at random', () => {
  test('of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), asked, (bytes, context) => {
        check(new Instructions(bytes.subarray(0, bytes.length & ~7)), context)
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  test('of instructions', () => {
    let ran = 0
    fc.assert(
      fc.property(
        fc.array(plausible, { maxLength: 12 }),
        asked,
        fc.boolean(),
        (list, context, masked) => {
          const program = assemble([
            { code: 0xbf, destination: 6, source: 1 },
            ...[0, 1, 2, 3, 4].map(register => ({ code: 0xb7, destination: register })),
            ...list.flat(),
            ...(masked ? [{ code: 0x57, operand: 1 }] : []),
            { code: 0x95 },
          ])
          if (check(program, context) === 'runs') ran++
        },
      ),
      { seed: 1, numRuns: 5000 },
    )
    expect(ran).toBeGreaterThan(100)
  })
})

test('the longest program is answered, whatever its jumps', () => {
  const jump = (offset: number): Instruction => ({ code: 0x15, destination: 1, offset })
  const many = (offset: (i: number) => number) => [
    { code: 0xb7 },
    { code: 0xb7, destination: 1 },
    ...Array.from({ length: 4093 }, (_, i) => jump(offset(i))),
    { code: 0x95 },
  ]
  expect(refusal(assemble(many(() => 0)))).toBeUndefined()
  expect(refusal(assemble(many(i => Math.min(4092 - i, 4000))))).toBeUndefined()
  expect(refusal(assemble(many(() => -1)))).toBe(EINVAL)
})

describe('of two ways a branch has', () => {
  const move = (destination: number, operand: number) => ({ code: 0xb7, destination, operand })
  const major = { code: 0x61, source: 1, offset: 4 }
  const exit = { code: 0x95 }

  test('the one that is never gone may be anything', () => {
    const unset = { code: 0xbf, source: 3 }
    expect(refusal(assemble([move(0, 1), { code: 0x15, offset: 1 }, exit, unset, exit]))).toBe(
      undefined,
    )
    expect(
      refusal(assemble([move(0, 1), { code: 0x55, operand: 1, offset: 1 }, exit, unset, exit])),
    ).toBe(undefined)
    expect(refusal(assemble([major, { code: 0x15, offset: 1 }, exit, unset, exit]))).toBe(EINVAL)
  })
  test('none leads nowhere, or into an instruction, or past the end', () => {
    expect(refusal(assemble([move(0, 1), exit, move(0, 1), exit]))).toBe(EINVAL)
    expect(refusal(assemble([move(0, 1), { code: 0x55, operand: 1, offset: 9 }, exit]))).toBe(
      EINVAL,
    )
    expect(
      refusal(
        assemble([
          { code: 0xbf, source: 3 },
          { code: 0x05, offset: 9 },
        ]),
      ),
    ).toBe(EINVAL)
  })
  test.each([
    ['above', 0x25, 1],
    ['not below', 0x35, 2],
    ['above, 32 bits', 0x26, 1],
    ['above, with a sign', 0x65, 1],
  ])('each is known by what was compared: %s', (_, code, operand) => {
    // A number above 1 becomes 0.
    expect(
      refusal(assemble([major, { code, operand, offset: 1 }, exit, move(0, 0), exit])),
    ).toBeUndefined()
    expect(
      refusal(assemble([major, { code, operand: operand + 1, offset: 1 }, exit, move(0, 0), exit])),
    ).toBe(EINVAL)
  })
})

test('its log tells why', () => {
  const log = new VerifierLog({ level: 1, address: 4096 as never, size: 100 })
  expect(() =>
    verify({ type: DEVICE, instructions: assemble([{ code: 0x95 }]) }, log, () => false),
  ).toThrow()
  let written = ''
  const memory = {
    write: (_at: number, data: Uint8Array) => (written = String.fromCharCode(...data)),
  }
  log.finish(memory as never)
  expect(written).toBe('R0 !read_ok\n\0')
})
