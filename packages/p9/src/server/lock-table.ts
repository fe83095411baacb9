// Byte-range locks of one tree, shared by its connections. (p9)
// Linux fs/locks.c: posix_lock_inode. Owners are processes of clients; ranges of one owner replace
// each other; a request that may wait is granted in the order of arrival.

import { EINVAL, ENOLCK, P9Error } from '../errno.ts'
import type { Operation } from '../signal.ts'
import type { Wide } from '../wire.ts'

export const LOCK_READ = 0
export const LOCK_WRITE = 1
export const LOCK_UNLOCK = 2

export interface LockRange {
  readonly type: number
  readonly start: Wide
  /** First byte after it; Infinity: however long the file gets. */
  readonly end: Wide
  /** Who it conflicts not with. */
  readonly owner: string
  /** The fid it goes with. */
  readonly holder: object
}

interface Waiter {
  readonly range: LockRange
  grant(): void
}

interface LockedFile {
  ranges: LockRange[]
  waiters: Waiter[]
}

const MAX_RANGES = 4096
const NO_LOCKS = new P9Error(ENOLCK, 'too many locks')

/** The range of `length` bytes from `start`; a length of 0 has no end. Throws EINVAL. */
export const rangeEnd = (start: Wide, length: Wide): Wide => {
  if (length === 0) return Number.POSITIVE_INFINITY
  const end = BigInt(start) + BigInt(length)
  if (end > 1n << 64n) throw new P9Error(EINVAL, 'a range beyond 2^64')
  return end <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(end) : end
}

export class LockTable {
  readonly #files = new Map<Wide, LockedFile>()

  /** What stands in the way of `range`. */
  conflict(file: Wide, range: LockRange): LockRange | undefined {
    return this.#files
      .get(file)
      ?.ranges.find(
        other =>
          other.owner !== range.owner &&
          other.start < range.end &&
          range.start < other.end &&
          (other.type === LOCK_WRITE || range.type === LOCK_WRITE),
      )
  }

  /** Locks or unlocks now; false where another owner is in the way. Throws ENOLCK. */
  tryLock(file: Wide, range: LockRange): boolean {
    if (range.type === LOCK_UNLOCK) {
      this.#replace(file, range)
      this.#wake(file)
      return true
    }
    if (this.conflict(file, range) !== undefined) return false
    this.#replace(file, range)
    // A write lock that became a read lock makes room.
    this.#wake(file)
    return true
  }

  /** Resolves when `range` is granted; rejects when the operation is aborted. */
  wait(file: Wide, range: LockRange, operation: Operation): Promise<void> {
    const { signal } = operation
    return new Promise((resolve, reject) => {
      const { waiters } = this.#file(file)
      if (waiters.length >= MAX_RANGES) {
        reject(NO_LOCKS)
        return
      }
      const abandon = (): void => {
        waiters.splice(waiters.indexOf(waiter), 1)
        this.#forget(file)
        reject(signal.reason)
      }
      const waiter: Waiter = {
        range,
        grant: () => {
          signal.removeEventListener('abort', abandon)
          resolve()
        },
      }
      waiters.push(waiter)
      signal.addEventListener('abort', abandon)
    })
  }

  /** The fid is gone, and all that was locked through it. */
  release(file: Wide, holder: object): void {
    const locked = this.#files.get(file)
    if (locked === undefined) return
    locked.ranges = locked.ranges.filter(range => range.holder !== holder)
    this.#wake(file)
  }

  #file(file: Wide): LockedFile {
    let locked = this.#files.get(file)
    if (locked === undefined) {
      locked = { ranges: [], waiters: [] }
      this.#files.set(file, locked)
    }
    return locked
  }

  #forget(file: Wide): void {
    const locked = this.#files.get(file)
    if (locked?.ranges.length === 0 && locked.waiters.length === 0) this.#files.delete(file)
  }

  /** Cuts `range` out of its owner's ranges, and puts it in unless it unlocks. */
  #replace(file: Wide, range: LockRange): void {
    const locked = this.#file(file)
    const ranges: LockRange[] = []
    for (const old of locked.ranges) {
      if (old.owner !== range.owner || old.end <= range.start || range.end <= old.start) {
        ranges.push(old)
        continue
      }
      if (old.start < range.start) ranges.push({ ...old, end: range.start })
      if (range.end < old.end) ranges.push({ ...old, start: range.end })
    }
    if (range.type !== LOCK_UNLOCK) ranges.push(range)
    if (ranges.length > MAX_RANGES && ranges.length > locked.ranges.length) throw NO_LOCKS
    locked.ranges = ranges
  }

  #wake(file: Wide): void {
    const { waiters } = this.#file(file)
    for (let i = 0; i < waiters.length; ) {
      const waiter = waiters[i]!
      if (this.conflict(file, waiter.range) !== undefined) {
        i++
        continue
      }
      waiters.splice(i, 1)
      this.#replace(file, waiter.range)
      waiter.grant()
    }
    this.#forget(file)
  }
}
