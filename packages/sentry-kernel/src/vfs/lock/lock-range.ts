// Byte ranges that one owner has locked, and how they split and join. (vfs)

import type { Pid } from '../../task/pid-namespace.ts'

export type LockType = 'shared' | 'exclusive'

export interface LockRange {
  readonly owner: object
  readonly type: LockType
  /** First byte. */
  readonly start: number
  /** Last byte; Infinity reaches any end of file. */
  readonly end: number
  /** The process that asked; undefined for an open file description. */
  readonly pid: Pid | undefined
}

/** Whether two owners cannot have both. */
export const conflicts = (a: LockRange, b: LockRange): boolean =>
  a.owner !== b.owner &&
  a.start <= b.end &&
  b.start <= a.end &&
  (a.type === 'exclusive' || b.type === 'exclusive')

/** `ranges` after the owner of `wanted` locked or unlocked it: old parts are cut, equals joined. */
export function setRange(
  ranges: readonly LockRange[],
  wanted: LockRange,
  how: 'lock' | 'unlock',
): LockRange[] {
  const result: LockRange[] = []
  let { start, end } = wanted
  for (const held of ranges) {
    if (held.owner !== wanted.owner) {
      result.push(held)
      continue
    }
    const joins = how === 'lock' && held.type === wanted.type
    if (joins && held.start <= end + 1 && start <= held.end + 1) {
      start = Math.min(start, held.start)
      end = Math.max(end, held.end)
      continue
    }
    if (held.end < wanted.start || held.start > wanted.end) {
      result.push(held)
      continue
    }
    if (held.start < wanted.start) result.push({ ...held, end: wanted.start - 1 })
    if (held.end > wanted.end) result.push({ ...held, start: wanted.end + 1 })
  }
  if (how === 'lock') result.push({ ...wanted, start, end })
  return result.sort((a, b) => a.start - b.start)
}
