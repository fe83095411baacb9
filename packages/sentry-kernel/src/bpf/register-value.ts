// What a register holds, as far as that is known before a program runs. (bpf)
// Linux kernel/bpf/verifier.c: struct bpf_reg_state, of which this keeps far less.

import { BPF_AND, BPF_DIV, BPF_MOD, BPF_MOV, BPF_RSH } from '@tsvisor/abi'
import { compute, endian, type Width } from './arithmetic.ts'

/** A number from `min` to `max`, both unsigned. */
export interface Range {
  readonly min: bigint
  readonly max: bigint
}
/** The address of the context or of the stack, a number, or undefined: nothing that may be used. */
export type RegisterValue = 'ctx' | 'fp' | Range | undefined

export const upTo = (bits: number): Range => ({ min: 0n, max: (1n << BigInt(bits)) - 1n })
export const exactly = (value: bigint): Range => ({ min: value, max: value })

/** What holds where two ways meet. */
export function join(a: RegisterValue, b: RegisterValue): RegisterValue {
  if (a === b || a === undefined || b === undefined) return a === b ? a : undefined
  if (typeof a === 'string' || typeof b === 'string') return undefined
  return { min: lower(a.min, b.min), max: higher(a.max, b.max) }
}

// Math.min takes no bigint.
export const lower = (a: bigint, b: bigint): bigint => (b > a ? a : b)
export const higher = (a: bigint, b: bigint): bigint => (b < a ? a : b)

/** The low 32 bits of it. */
export function narrowed(range: Range): Range {
  const all = upTo(32)
  if (range.max <= all.max) return range
  return range.min === range.max ? exactly(BigInt.asUintN(32, range.min)) : all
}

/** The result of an arithmetic operation. */
export function computed(operation: number, left: Range, right: Range, width: Width): Range {
  const [a, b] = width === 64 ? [left, right] : [narrowed(left), narrowed(right)]
  if (operation === BPF_MOV) return b
  // Of quotients and remainders Linux assumes nothing either.
  if (operation === BPF_DIV || operation === BPF_MOD) return upTo(width)
  const isConstant = b.min === b.max
  if (isConstant && a.min === a.max) return exactly(compute(operation, a.min, b.min, width))
  if (operation === BPF_AND) return { min: 0n, max: lower(a.max, b.max) }
  if (operation === BPF_RSH && isConstant) {
    const shift = b.min & BigInt(width - 1)
    return { min: a.min >> shift, max: a.max >> shift }
  }
  return upTo(width)
}

/** As `endian`. */
export const swapped = (value: Range, bits: number, order: 'little' | 'big'): Range =>
  value.min === value.max ? exactly(endian(value.min, bits, order)) : upTo(bits)
