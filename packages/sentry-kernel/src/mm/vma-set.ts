// The mappings of one address space, sorted by address. (mm)

import type { Vma } from './vma.ts'
import { VM_GROWSDOWN } from './vma.ts'

/** What stays free below a mapping that grows down (Linux's stack_guard_gap), bytes. */
export const STACK_GUARD = 256 * 4096

/** Where the guard of `vma` begins (Linux's vm_start_gap). */
export const guardStart = (vma: Vma): number =>
  vma.flags & VM_GROWSDOWN ? Math.max(0, vma.start - STACK_GUARD) : vma.start

/**
 * Disjoint vmas in ascending order in one array: look-up is a binary search with a one-entry
 * cache, a change moves pointers. Backing references move with the vmas; a split opens one more,
 * a merge closes one.
 */
export class VmaSet {
  readonly list: Vma[] = []
  #hit = 0
  // Below #gapHigh, no gap above #gapFrom is as long as #gapLength.
  #gapHigh = -1
  #gapFrom = 0
  #gapLength = 0

  get size(): number {
    return this.list.length
  }

  /** Index of the first vma that ends after `address`; `size` when there is none. */
  indexOf(address: number): number {
    const list = this.list
    const hit = this.#hit
    if (hit < list.length && list[hit]!.end > address) {
      if (hit === 0 || list[hit - 1]!.end <= address) return hit
    }
    let low = 0
    let high = list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (list[middle]!.end > address) high = middle
      else low = middle + 1
    }
    this.#hit = low
    return low
  }

  /** The vma that holds `address`. */
  find(address: number): Vma | undefined {
    const vma = this.list[this.indexOf(address)]
    return vma !== undefined && vma.start <= address ? vma : undefined
  }

  /** Whether anything is mapped in [start, end). */
  overlaps(start: number, end: number): boolean {
    const vma = this.list[this.indexOf(start)]
    return vma !== undefined && vma.start < end
  }

  /** Whether every byte of [start, end) is mapped. */
  covers(start: number, end: number): boolean {
    let at = start
    for (let i = this.indexOf(start); at < end; i++) {
      const vma = this.list[i]
      if (vma === undefined || vma.start > at) return false
      at = vma.end
    }
    return true
  }

  /** Adds a vma that overlaps none, joined with its neighbours where possible. */
  insert(vma: Vma): void {
    const list = this.list
    const i = this.indexOf(vma.start)
    const before = list[i - 1]
    const after = list[i]
    if (before?.joins(vma)) {
      before.end = vma.end
      vma.backing?.close()
      if (after !== undefined && before.joins(after)) {
        before.end = after.end
        after.backing?.close()
        list.splice(i, 1)
      }
    } else if (after !== undefined && vma.joins(after)) {
      after.start = vma.start
      after.offset = vma.offset
      vma.backing?.close()
    } else if (i === list.length) list.push(vma)
    else list.splice(i, 0, vma)
  }

  /** Makes `address` a boundary: a vma that spans it becomes two. */
  split(address: number): void {
    const i = this.indexOf(address)
    const vma = this.list[i]
    if (vma === undefined || vma.start >= address) return
    const upper = vma.slice(address, vma.end)
    upper.backing?.open()
    vma.end = address
    this.list.splice(i + 1, 0, upper)
  }

  /** Takes [start, end) out and returns what was there; the caller closes the backings. */
  carve(start: number, end: number): Vma[] {
    this.split(start)
    this.split(end)
    const from = this.indexOf(start)
    let to = from
    while (to < this.list.length && this.list[to]!.start < end) to++
    if (from === to) return []
    if (end >= this.#gapFrom) this.#gapFrom = this.list[to]?.start ?? Number.POSITIVE_INFINITY
    return this.list.splice(from, to - from)
  }

  /** Joins whatever can be joined among the vmas that touch [start, end]. */
  mergeAround(start: number, end: number): void {
    const list = this.list
    let i = Math.max(0, this.indexOf(start) - 1)
    while (i + 1 < list.length && list[i]!.start < end) {
      const vma = list[i]!
      const next = list[i + 1]!
      if (vma.joins(next)) {
        vma.end = next.end
        next.backing?.close()
        list.splice(i + 1, 1)
      } else i++
    }
  }

  /** How many more vmas there will be once `start` and `end` are boundaries. */
  splitsAt(start: number, end: number): number {
    const first = this.find(start)
    const last = this.find(end)
    return (
      (first !== undefined && first.start < start ? 1 : 0) +
      (last !== undefined && last.start < end ? 1 : 0)
    )
  }

  /** The highest address in [low, high − length] with `length` free bytes, or -1. */
  gapBelow(low: number, high: number, length: number): number {
    const known = high === this.#gapHigh && length >= this.#gapLength
    const found = this.#searchDown(low, known ? Math.min(high, this.#gapFrom) : high, length)
    if (found >= 0) {
      this.#gapHigh = high
      this.#gapFrom = found + length
      this.#gapLength = length
    }
    return found
  }
  #searchDown(low: number, high: number, length: number): number {
    const list = this.list
    let i = this.indexOf(high) - 1
    const above = list[i + 1]
    let ceiling = above === undefined ? high : Math.min(high, guardStart(above))
    for (;;) {
      const vma = i >= 0 ? list[i]! : undefined
      const floor = Math.max(low, vma === undefined ? 0 : vma.end)
      if (ceiling - floor >= length) return ceiling - length
      if (vma === undefined || vma.start <= low) return -1
      ceiling = Math.min(high, guardStart(vma))
      i--
    }
  }

  /** The lowest address in [low, high − length] with `length` free bytes, or -1. */
  gapAbove(low: number, high: number, length: number): number {
    let floor = low
    for (let i = this.indexOf(low); floor + length <= high; i++) {
      const vma = this.list[i]
      if (vma === undefined || guardStart(vma) - floor >= length) return floor
      floor = Math.max(floor, vma.end)
    }
    return -1
  }

  /** Takes everything out. */
  clear(): Vma[] {
    this.#gapHigh = -1
    return this.list.splice(0)
  }
}
