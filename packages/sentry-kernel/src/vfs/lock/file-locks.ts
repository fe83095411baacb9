// Locks on a file: flock(2), POSIX record locks, open file description locks. (vfs)
// Linux fs/locks.c.

import { WaitQueue } from '../../wait-queue.ts'
import { type LockRange, type LockType, setRange } from './lock-range.ts'

/** Who holds range locks: an FdTable (POSIX) or a FileDescription (OFD). flock: a FileDescription. */
export type LockOwner = object

/** Whom each blocked POSIX owner waits for, to find deadlocks. */
const waitsFor = new WeakMap<LockOwner, LockOwner>()
/** Linux gives up a search for a deadlock after that many steps. */
const MAX_DEADLOCK_STEPS = 10

export class FileLocks {
  /** Notified when a lock goes or weakens. */
  readonly queue = new WaitQueue()
  #flocks = new Map<LockOwner, LockType>()
  /** Sorted by start for each owner; owners mixed. */
  #ranges: LockRange[] = []

  /** flock(2); undefined unlocks. False when another holds a conflicting one. */
  setFlock(owner: LockOwner, type: LockType | undefined): boolean {
    const held = this.#flocks.get(owner)
    if (held === type) return true
    // Changing the kind gives the old lock up first, as Linux does.
    if (held !== undefined) {
      this.#flocks.delete(owner)
      this.queue.notify()
    }
    if (type === undefined) return true
    for (const other of this.#flocks.values())
      if (type === 'exclusive' || other === 'exclusive') return false
    this.#flocks.set(owner, type)
    return true
  }

  /** The first lock that conflicts with `wanted`. */
  conflict(wanted: LockRange): LockRange | undefined {
    return this.#ranges.find(
      held =>
        held.owner !== wanted.owner &&
        held.start <= wanted.end &&
        wanted.start <= held.end &&
        (held.type === 'exclusive' || wanted.type === 'exclusive'),
    )
  }
  /** Takes a range lock that conflicts with none, replacing what the owner held there. */
  setRange(wanted: LockRange): void {
    this.#ranges = setRange(this.#ranges, wanted, 'lock')
    this.queue.notify()
  }
  clearRange(wanted: LockRange): void {
    this.#ranges = setRange(this.#ranges, wanted, 'unlock')
    this.queue.notify()
  }

  /** Range locks, for /proc/locks and tests. */
  get ranges(): readonly LockRange[] {
    return this.#ranges
  }

  /** A descriptor of the file was closed in `owner`, an FdTable: its POSIX locks go, all of them. */
  releaseOwner(owner: LockOwner): void {
    if (this.#ranges.length === 0) return
    const kept = this.#ranges.filter(range => range.owner !== owner)
    if (kept.length === this.#ranges.length) return
    this.#ranges = kept
    this.queue.notify()
  }
  /** The description is gone. */
  releaseDescription(file: LockOwner): void {
    this.releaseOwner(file)
    if (this.#flocks.delete(file)) this.queue.notify()
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
