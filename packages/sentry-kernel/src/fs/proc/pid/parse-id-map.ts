// The text of an id map: "inside outside size", one range a line. (fs/proc)
// Linux kernel/user_namespace.c: map_write.

import { EINVAL } from '@tsvisor/abi'
import { type IdRange, NO_ID } from '../../../task/id-map.ts'

/** UID_GID_MAP_MAX_EXTENTS */
const MOST = 340

const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s*$/

/** Errors: EINVAL (no range, an empty or endless one, two that overlap on a side, too many). */
export function parseIdMap(text: string): IdRange[] {
  const end = text.indexOf('\0')
  const lines = (end < 0 ? text : text.slice(0, end)).split('\n')
  if (lines.at(-1) === '' && lines.length > 1) lines.pop()
  if (lines.length > MOST) throw EINVAL
  const ranges: IdRange[] = []
  for (const line of lines) {
    const range = parseLine(line)
    if (ranges.some(other => overlap(range, other))) throw EINVAL
    ranges.push(range)
  }
  return ranges
}

function parseLine(line: string): IdRange {
  const match = LINE.exec(line)
  if (match === null) throw EINVAL
  const [inside, outside, size] = match.slice(1).map(word)
  const range = { inside: inside!, outside: outside!, size: size! }
  if (range.inside === NO_ID || range.outside === NO_ID) throw EINVAL
  if (!isForward(range.inside, range.size) || !isForward(range.outside, range.size)) throw EINVAL
  return range
}

/** As simple_strtoul, kept in 32 bits. */
const word = (digits: string): number => Number(BigInt.asUintN(32, BigInt(digits)))

const isForward = (first: number, size: number): boolean => size > 0 && first + size < 2 ** 32

const overlap = (a: IdRange, b: IdRange): boolean =>
  (a.inside < b.inside + b.size && b.inside < a.inside + a.size) ||
  (a.outside < b.outside + b.size && b.outside < a.outside + a.size)
