// Names for flag arguments and fields, as strace prints them. (abi, pure)

import type { FlagSet } from './syscall.ts'

const bitCount = (value: bigint): number => value.toString(2).replaceAll('0', '').length
const hex = (value: bigint): string => `0x${value.toString(16)}`

const formatEnum = (set: FlagSet, value: number): string => {
  for (const [name, known] of Object.entries(set.names())) if (known === value) return name
  return value < 0 ? String(value) : hex(BigInt(value))
}

/**
 * `value` by the names of `set`: `O_RDWR|O_CREAT|0x80000000` for bits, `SEEK_END` for an enum;
 * what has no name is printed in hexadecimal. Not meant for hot paths.
 */
export function formatFlags(set: FlagSet, value: number): string {
  if (set.type === 'enum') return formatEnum(set, value)
  const mask = BigInt(set.mask ?? 0)
  const all = BigInt.asUintN(64, BigInt(value))
  const names = Object.entries(set.names()).map(([name, bits]) => [name, BigInt(bits)] as const)
  const field = names.find(([, bits]) => (bits & ~mask) === 0n && bits === (all & mask))
  // A name of several bits (O_SYNC, O_TMPFILE) stands for all of them.
  let rest = all & ~mask
  const found = new Set<string>()
  for (const [name, bits] of [...names].sort((a, b) => bitCount(b[1]) - bitCount(a[1]))) {
    if ((bits & ~mask) === 0n || (rest & bits) !== bits) continue
    found.add(name)
    rest &= ~bits
  }
  const parts = names.filter(([name]) => found.has(name)).map(([name]) => name)
  if (field && (mask !== 0n || all === 0n)) parts.unshift(field[0])
  else rest |= all & mask
  if (rest !== 0n || parts.length === 0) parts.push(rest === 0n ? '0' : hex(rest))
  return parts.join('|')
}
