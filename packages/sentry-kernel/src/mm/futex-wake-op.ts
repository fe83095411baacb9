// The operation and comparison that FUTEX_WAKE_OP packs in one word. (mm)

import {
  ENOSYS,
  FUTEX_OP_ADD,
  FUTEX_OP_ANDN,
  FUTEX_OP_CMP_EQ,
  FUTEX_OP_CMP_GE,
  FUTEX_OP_CMP_GT,
  FUTEX_OP_CMP_LE,
  FUTEX_OP_CMP_LT,
  FUTEX_OP_CMP_NE,
  FUTEX_OP_OR,
  FUTEX_OP_SET,
  FUTEX_OP_XOR,
} from '@tsvisor/abi'

export interface WakeOperation {
  /** The word's new value. */
  readonly operate: (word: number) => number
  /** Whether the old value (signed) satisfies the comparison. Errors: ENOSYS. */
  readonly compare: (old: number) => boolean
}

const signed12 = (value: number): number => (value << 20) >> 20

/** futex(2), FUTEX_OP. Errors: ENOSYS for an unknown operation. */
export function wakeOperation(encoded: number): WakeOperation {
  const argument = signed12((encoded >> 12) & 0xfff)
  const operand = encoded < 0 || encoded >>> 31 ? 1 << (argument & 31) : argument
  const comparand = signed12(encoded & 0xfff)
  const operate = OPERATIONS[(encoded >> 28) & 7]
  if (operate === undefined) throw ENOSYS
  return {
    operate: word => operate(word | 0, operand) >>> 0,
    compare: old => {
      const compare = COMPARISONS[(encoded >> 24) & 15]
      if (compare === undefined) throw ENOSYS
      return compare(old, comparand)
    },
  }
}

const OPERATIONS: Readonly<Record<number, (word: number, operand: number) => number>> = {
  [FUTEX_OP_SET]: (_word, operand) => operand,
  [FUTEX_OP_ADD]: (word, operand) => (word + operand) | 0,
  [FUTEX_OP_OR]: (word, operand) => word | operand,
  [FUTEX_OP_ANDN]: (word, operand) => word & ~operand,
  [FUTEX_OP_XOR]: (word, operand) => word ^ operand,
}

const COMPARISONS: Readonly<Record<number, (old: number, comparand: number) => boolean>> = {
  [FUTEX_OP_CMP_EQ]: (old, comparand) => old === comparand,
  [FUTEX_OP_CMP_NE]: (old, comparand) => old !== comparand,
  [FUTEX_OP_CMP_LT]: (old, comparand) => old < comparand,
  [FUTEX_OP_CMP_LE]: (old, comparand) => old <= comparand,
  [FUTEX_OP_CMP_GT]: (old, comparand) => old > comparand,
  [FUTEX_OP_CMP_GE]: (old, comparand) => old >= comparand,
}
