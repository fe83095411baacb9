// Arithmetic and comparisons of extended BPF against a model of them. (tests)
// Documentation/bpf/standardization/instruction-set.rst: arithmetic, byte swap and jump instructions.

import {
  BPF_ADD,
  BPF_ALU,
  BPF_ALU64,
  BPF_AND,
  BPF_ARSH,
  BPF_DIV,
  BPF_END,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JLE,
  BPF_JLT,
  BPF_JMP,
  BPF_JMP32,
  BPF_JNE,
  BPF_JSET,
  BPF_JSGE,
  BPF_JSGT,
  BPF_JSLE,
  BPF_JSLT,
  BPF_LSH,
  BPF_MOD,
  BPF_MOV,
  BPF_MUL,
  BPF_NEG,
  BPF_OR,
  BPF_RSH,
  BPF_SUB,
  BPF_TO_BE,
  BPF_X,
  BPF_XOR,
} from '@tsvisor/abi'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { interpret } from '../../src/bpf/interpreter.ts'
import { assemble, type Instruction } from './assemble.ts'

const WIDE = 0x18
const EXIT: Instruction = { code: 0x95 }

const size = (bits: number): bigint => 2n ** BigInt(bits)
const low = (value: bigint, bits: number): bigint =>
  ((value % size(bits)) + size(bits)) % size(bits)
const signed = (value: bigint, bits: number): bigint =>
  value >= size(bits - 1) ? value - size(bits) : value
const down = (value: bigint, by: bigint): bigint =>
  value < 0n ? -((-value + by - 1n) / by) : value / by
/** A shift counts its low bits alone. */
const shift = (by: bigint, bits: number): bigint => 2n ** (by % BigInt(bits))

/** Digit by digit. */
function bitwise(a: bigint, b: bigint, digit: (a: string, b: string) => boolean): bigint {
  const [x, y] = [a, b].map(value => value.toString(2).padStart(64, '0'))
  return BigInt(`0b${[...x!].map((each, i) => (digit(each, y![i]!) ? '1' : '0')).join('')}`)
}

type Binary = (a: bigint, b: bigint, bits: number) => bigint
/** Of numbers without a sign; the low bits of the result count. */
const OPERATIONS: readonly [name: string, code: number, model: Binary][] = [
  ['add', BPF_ADD, (a, b) => a + b],
  ['subtract', BPF_SUB, (a, b) => a - b],
  ['multiply', BPF_MUL, (a, b) => a * b],
  ['divide', BPF_DIV, (a, b) => (b === 0n ? 0n : a / b)],
  ['remainder', BPF_MOD, (a, b) => (b === 0n ? a : a - (a / b) * b)],
  ['or', BPF_OR, (a, b) => bitwise(a, b, (x, y) => x === '1' || y === '1')],
  ['and', BPF_AND, (a, b) => bitwise(a, b, (x, y) => x === '1' && y === '1')],
  ['exclusive or', BPF_XOR, (a, b) => bitwise(a, b, (x, y) => x !== y)],
  ['shift left', BPF_LSH, (a, b, bits) => a * shift(b, bits)],
  ['shift right', BPF_RSH, (a, b, bits) => a / shift(b, bits)],
  ['shift right with a sign', BPF_ARSH, (a, b, bits) => down(signed(a, bits), shift(b, bits))],
  ['move', BPF_MOV, (_, b) => b],
]

type Condition = (a: bigint, b: bigint, bits: number) => boolean
const CONDITIONS: readonly [name: string, code: number, model: Condition][] = [
  ['equal', BPF_JEQ, (a, b) => a === b],
  ['not equal', BPF_JNE, (a, b) => a !== b],
  ['above', BPF_JGT, (a, b) => a > b],
  ['above or equal', BPF_JGE, (a, b) => a >= b],
  ['below', BPF_JLT, (a, b) => a < b],
  ['below or equal', BPF_JLE, (a, b) => a <= b],
  ['bits in common', BPF_JSET, (a, b) => bitwise(a, b, (x, y) => x + y === '11') !== 0n],
  ['greater', BPF_JSGT, (a, b, bits) => signed(a, bits) > signed(b, bits)],
  ['greater or equal', BPF_JSGE, (a, b, bits) => signed(a, bits) >= signed(b, bits)],
  ['less', BPF_JSLT, (a, b, bits) => signed(a, bits) < signed(b, bits)],
  ['less or equal', BPF_JSLE, (a, b, bits) => signed(a, bits) <= signed(b, bits)],
]

const CORNERS = [0n, 1n, 2n, 31n, 32n, 63n, 64n, 255n]
const number = fc.oneof(
  fc.bigInt({ min: 0n, max: size(64) - 1n }),
  fc
    .tuple(fc.constantFrom(0, 16, 31, 32, 33, 63, 64), fc.bigInt({ min: -2n, max: 2n }))
    .map(([bits, near]) => low(size(bits) + near, 64)),
  fc.constantFrom(...CORNERS),
)
const operand = fc.oneof(
  fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  fc.constantFrom(-1, -0x8000_0000, 0x7fff_ffff, ...CORNERS.map(Number)),
)
const always = { seed: 1, numRuns: 300 } as const

function set(destination: number, value: bigint): Instruction[] {
  const half = (bits: bigint): number => Number(signed(low(bits, 32), 32))
  return [
    { code: WIDE, destination, operand: half(value) },
    { code: 0, operand: half(value / size(32)) },
  ]
}
/** All 64 bits of register 0. */
function result(instructions: readonly Instruction[]): bigint {
  const half = (...last: Instruction[]): bigint =>
    BigInt(interpret(assemble([...instructions, ...last, EXIT]), [0, 0, 0]))
  const shifted = { code: BPF_ALU64 | BPF_RSH, operand: 32 }
  return half(shifted) * size(32) + half()
}

const WIDTHS = [
  { bits: 64, arithmetic: BPF_ALU64, jump: BPF_JMP },
  { bits: 32, arithmetic: BPF_ALU, jump: BPF_JMP32 },
]
for (const { bits, arithmetic, jump } of WIDTHS) {
  test.each(OPERATIONS)(`%s, ${bits} bits`, (_, code, model) => {
    const expected = (a: bigint, b: bigint): bigint =>
      low(model(low(a, bits), low(b, bits), bits), bits)
    fc.assert(
      fc.property(number, number, (a, b) => {
        const program = [...set(0, a), ...set(1, b), { code: arithmetic | code | BPF_X, source: 1 }]
        expect(result(program)).toBe(expected(a, b))
      }),
      always,
    )
    fc.assert(
      fc.property(number, operand, (a, k) => {
        const program = [...set(0, a), { code: arithmetic | code, operand: k }]
        expect(result(program)).toBe(expected(a, low(BigInt(k), 64)))
      }),
      always,
    )
  })

  test(`negate, ${bits} bits`, () => {
    fc.assert(
      fc.property(number, a => {
        const program = [...set(0, a), { code: arithmetic | BPF_NEG }]
        expect(result(program)).toBe(low(-low(a, bits), bits))
      }),
      always,
    )
  })

  test.each(CONDITIONS)(`%s, ${bits} bits`, (_, code, model) => {
    const expected = (a: bigint, b: bigint): bigint =>
      model(low(a, bits), low(b, bits), bits) ? 1n : 0n
    // Over a number, which is two instructions, and the jump over the other one.
    const over = (branch: Instruction): Instruction[] => [
      { ...branch, offset: 3 },
      ...set(0, 0n),
      { code: 0x05, offset: 2 },
      ...set(0, 1n),
    ]
    fc.assert(
      fc.property(number, number, (a, b) => {
        const program = [
          ...[...set(2, a), ...set(3, b)],
          ...over({ code: jump | code | BPF_X, destination: 2, source: 3 }),
        ]
        expect(result(program)).toBe(expected(a, b))
      }),
      always,
    )
    fc.assert(
      fc.property(number, operand, (a, k) => {
        const program = [...set(2, a), ...over({ code: jump | code, destination: 2, operand: k })]
        expect(result(program)).toBe(expected(a, low(BigInt(k), 64)))
      }),
      always,
    )
  })
}

test.each([16, 32, 64])('byte order, %d bits', bits => {
  const swapped = (value: bigint): bigint => {
    const digits = value.toString(16).padStart(bits / 4, '0')
    return BigInt(`0x${digits.match(/../g)!.reverse().join('')}`)
  }
  fc.assert(
    fc.property(number, a => {
      const [little, big] = [BPF_ALU | BPF_END, BPF_ALU | BPF_END | BPF_TO_BE]
      expect(result([...set(0, a), { code: little, operand: bits }])).toBe(low(a, bits))
      expect(result([...set(0, a), { code: big, operand: bits }])).toBe(swapped(low(a, bits)))
    }),
    always,
  )
})
