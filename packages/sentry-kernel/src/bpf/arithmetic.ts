// What the operations of extended BPF compute, for the verifier and the interpreter alike. (bpf)

import {
  BPF_ADD,
  BPF_AND,
  BPF_ARSH,
  BPF_DIV,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JLE,
  BPF_JLT,
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
  BPF_XOR,
} from '@tsvisor/abi'

export type Width = 32 | 64

/** `operation` of `a` and `b`, both unsigned and of that width, which the result is too. */
export function compute(operation: number, a: bigint, b: bigint, width: Width): bigint {
  return BigInt.asUintN(width, unbounded(operation, a, b, width))
}

function unbounded(operation: number, a: bigint, b: bigint, width: Width): bigint {
  const shift = b & BigInt(width - 1)
  switch (operation) {
    case BPF_ADD:
      return a + b
    case BPF_SUB:
      return a - b
    case BPF_MUL:
      return a * b
    case BPF_DIV:
      return b === 0n ? 0n : a / b
    case BPF_MOD:
      return b === 0n ? a : a % b
    case BPF_OR:
      return a | b
    case BPF_AND:
      return a & b
    case BPF_XOR:
      return a ^ b
    case BPF_LSH:
      return a << shift
    case BPF_RSH:
      return a >> shift
    case BPF_ARSH:
      return BigInt.asIntN(width, a) >> shift
    case BPF_NEG:
      return -a
    case BPF_MOV:
      return b
    default:
      throw new RangeError(`no operation ${operation}`)
  }
}

/** Whether a jump with that condition is taken; `a` and `b` unsigned and of that width. */
export function isTaken(condition: number, a: bigint, b: bigint, width: Width): boolean {
  switch (condition) {
    case BPF_JEQ:
      return a === b
    case BPF_JNE:
      return a !== b
    case BPF_JGT:
      return a > b
    case BPF_JGE:
      return a >= b
    case BPF_JLT:
      return a < b
    case BPF_JLE:
      return a <= b
    case BPF_JSET:
      return (a & b) !== 0n
    case BPF_JSGT:
      return BigInt.asIntN(width, a) > BigInt.asIntN(width, b)
    case BPF_JSGE:
      return BigInt.asIntN(width, a) >= BigInt.asIntN(width, b)
    case BPF_JSLT:
      return BigInt.asIntN(width, a) < BigInt.asIntN(width, b)
    case BPF_JSLE:
      return BigInt.asIntN(width, a) <= BigInt.asIntN(width, b)
    default:
      throw new RangeError(`no condition ${condition}`)
  }
}

/** The low `bits` of `value` as a big-endian machine has them, or a little-endian one. */
export function endian(value: bigint, bits: number, order: 'little' | 'big'): bigint {
  const low = BigInt.asUintN(bits, value)
  if (order === 'little') return low
  let swapped = 0n
  for (let at = 0; at < bits; at += 8) swapped = (swapped << 8n) | ((low >> BigInt(at)) & 0xffn)
  return swapped
}
