// What is known of a register once a jump was taken, or was not. (bpf)
// Linux kernel/bpf/verifier.c: is_branch_taken, reg_set_min_max, of which this does the unsigned bounds.

import {
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
} from '@tsvisor/abi'
import type { Width } from './arithmetic.ts'
import { higher, lower, narrowed, type Range } from './register-value.ts'

/** The values of `left` for which either is possible; undefined: none. */
export interface Ways {
  readonly taken: Range | undefined
  readonly passed: Range | undefined
}

const OPPOSITES = new Map([
  [BPF_JEQ, BPF_JNE],
  [BPF_JNE, BPF_JEQ],
  [BPF_JGT, BPF_JLE],
  [BPF_JLE, BPF_JGT],
  [BPF_JGE, BPF_JLT],
  [BPF_JLT, BPF_JGE],
])
/** Those that compare signed numbers are those of unsigned ones, with the sign turned around. */
const UNSIGNED = new Map([
  [BPF_JSGT, BPF_JGT],
  [BPF_JSGE, BPF_JGE],
  [BPF_JSLT, BPF_JLT],
  [BPF_JSLE, BPF_JLE],
])

export function branch(condition: number, left: Range, right: Range, width: Width): Ways {
  if (width === 64) return compared(condition, left, right, width)
  const low = narrowed(left)
  const { taken, passed } = compared(condition, low, narrowed(right), width)
  // Of the high half of `left` a comparison says nothing.
  if (low === left) return { taken, passed }
  return { taken: taken && left, passed: passed && left }
}

function compared(condition: number, left: Range, right: Range, width: Width): Ways {
  if (condition === BPF_JSET) return tested(left, right)
  const unsigned = UNSIGNED.get(condition)
  if (unsigned === undefined)
    return {
      taken: fitting(condition, left, right),
      passed: fitting(OPPOSITES.get(condition)!, left, right),
    }
  const [a, b] = [turned(left, width), turned(right, width)]
  if (a === undefined || b === undefined) return { taken: left, passed: left }
  const { taken, passed } = compared(unsigned, a, b, width)
  return { taken: taken && turned(taken, width), passed: passed && turned(passed, width) }
}

/** With the sign bit turned around; undefined for numbers of both signs. */
function turned({ min, max }: Range, width: Width): Range | undefined {
  const sign = 1n << BigInt(width - 1)
  return (min & sign) === (max & sign) ? { min: min ^ sign, max: max ^ sign } : undefined
}

/** The values of `left` that stand in that relation to some value of `right`. */
function fitting(condition: number, left: Range, right: Range): Range | undefined {
  switch (condition) {
    case BPF_JEQ:
      return between(higher(left.min, right.min), lower(left.max, right.max))
    case BPF_JNE:
      return right.min === right.max ? without(left, right.min) : left
    case BPF_JGT:
      return between(higher(left.min, right.min + 1n), left.max)
    case BPF_JGE:
      return between(higher(left.min, right.min), left.max)
    case BPF_JLT:
      return between(left.min, lower(left.max, right.max - 1n))
    default:
      return between(left.min, lower(left.max, right.max))
  }
}

const between = (min: bigint, max: bigint): Range | undefined =>
  min <= max ? { min, max } : undefined

const without = ({ min, max }: Range, value: bigint): Range | undefined =>
  between(min === value ? min + 1n : min, max === value ? max - 1n : max)

/** BPF_JSET. */
function tested(left: Range, right: Range): Ways {
  const areKnown = left.min === left.max && right.min === right.max
  const isNever = areKnown ? (left.min & right.min) === 0n : left.max === 0n || right.max === 0n
  return { taken: isNever ? undefined : left, passed: areKnown && !isNever ? undefined : left }
}
