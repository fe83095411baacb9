// Locks on a file: flock(2), POSIX record locks, open file description locks. (vfs)
// Linux fs/locks.c.

import { kernelLocal } from '../../kernel/kernel-local.ts'
import type { Pid } from '../../task/pid-namespace.ts'
import type { Task } from '../../task/task.ts'
import { WaitQueue } from '../../wait-queue.ts'
import type { FileDescription } from '../file-description.ts'
import type { Inode } from '../inode.ts'
import { conflicts, type LockRange, type LockType, setRange } from './lock-range.ts'

/** Who holds range locks: an FdTable (POSIX) or a FileDescription (OFD). flock: a FileDescription. */
export type LockOwner = object

/** A lock that somebody has or waits for; one of flock(2) is of the whole file. */
export interface FileLock {
  readonly kind: 'flock' | 'range'
  readonly range: LockRange
}

/** Whom each blocked POSIX owner waits for, to find deadlocks. */
const waitsFor = new WeakMap<LockOwner, LockOwner>()
/** Linux gives up a search for a deadlock after that many steps. */
const MAX_DEADLOCK_STEPS = 10

/** Files that are locked. */
export const lockedFiles = kernelLocal(() => new Set<FileLocks>())

/** The locks of an open file. */
export const locksOf = ({ kernel }: Task, { inode }: FileDescription): FileLocks =>
  (inode.locks ??= new FileLocks(inode, lockedFiles(kernel)))

/** What flock(2) asks for. */
export const wholeFile = (owner: LockOwner, type: LockType, pid: Pid): LockRange => ({
  ...{ owner, type, pid, start: 0, end: Number.POSITIVE_INFINITY },
})

export class FileLocks {
  readonly inode: Inode
  /** Notified when a lock goes or weakens. */
  readonly queue = new WaitQueue()
  readonly #locked: Set<FileLocks>
  readonly #flocks = new Map<LockOwner, LockRange>()
  /** Sorted by start for each owner; owners mixed. */
  #ranges: LockRange[] = []
  /** Wanted, oldest first. */
  readonly #wanted = new Set<FileLock>()

  /** `locked`: where it is while there are any. */
  constructor(inode: Inode, locked: Set<FileLocks>) {
    this.inode = inode
    this.#locked = locked
  }

  /** flock(2). False when another holds a conflicting one. */
  setFlock(wanted: LockRange): boolean {
    const { owner, type } = wanted
    if (this.#flocks.get(owner)?.type === type) return true
    // Changing the kind gives the old lock up first, as Linux does.
    this.clearFlock(owner)
    for (const other of this.#flocks.values()) if (conflicts(other, wanted)) return false
    this.#flocks.set(owner, wanted)
    this.#locked.add(this)
    return true
  }
  clearFlock(owner: LockOwner): void {
    if (this.#flocks.delete(owner)) this.#gone()
  }

  /** The first lock that conflicts with `wanted`. */
  conflict(wanted: LockRange): LockRange | undefined {
    return this.#ranges.find(held => conflicts(held, wanted))
  }
  /** Takes a range lock that conflicts with none, replacing what the owner held there. */
  setRange(wanted: LockRange): void {
    this.#ranges = setRange(this.#ranges, wanted, 'lock')
    this.#locked.add(this)
    this.queue.notify()
  }
  clearRange(wanted: LockRange): void {
    this.#ranges = setRange(this.#ranges, wanted, 'unlock')
    this.#gone()
  }

  /** What is held, in no order. */
  get held(): FileLock[] {
    const flocks = [...this.#flocks.values()].map(range => ({ kind: 'flock', range }) as const)
    return [...flocks, ...this.#ranges.map(range => ({ kind: 'range', range }) as const)]
  }
  get wanted(): readonly FileLock[] {
    return [...this.#wanted]
  }
  /** Somebody waits for it until the result is called. */
  want(lock: FileLock): () => void {
    this.#wanted.add(lock)
    return () => this.#wanted.delete(lock)
  }

  /** A descriptor of the file was closed in `owner`, an FdTable: its POSIX locks go, all of them. */
  releaseOwner(owner: LockOwner): void {
    if (this.#ranges.length === 0) return
    const kept = this.#ranges.filter(range => range.owner !== owner)
    if (kept.length === this.#ranges.length) return
    this.#ranges = kept
    this.#gone()
  }
  /** The description is gone. */
  releaseDescription(file: LockOwner): void {
    this.releaseOwner(file)
    this.clearFlock(file)
  }
  #gone(): void {
    if (this.#ranges.length === 0 && this.#flocks.size === 0) this.#locked.delete(this)
    this.queue.notify()
  }

  /** Whether `owner` waiting for `holder` would close a circle. */
  static wouldDeadlock(owner: LockOwner, holder: LockOwner): boolean {
    let at: LockOwner | undefined = holder
    for (let i = 0; i < MAX_DEADLOCK_STEPS && at !== undefined; i++) {
      if (at === owner) return true
      at = waitsFor.get(at)
    }
    return false
  }
  static waits(owner: LockOwner, holder: LockOwner): void {
    waitsFor.set(owner, holder)
  }
  static doneWaiting(owner: LockOwner): void {
    waitsFor.delete(owner)
  }
}
