// The bytes of a tmpfs file: small ones in kernel memory, others in a memory file. (fs/tmpfs)

import { EFBIG, ENOMEM, ENOSPC, ENXIO } from '@tsvisor/abi'
import type { MappedPages, MemoryAccount } from '../../cgroup/memory-account.ts'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import { type MemoryFile, PAGE_SIZE, type Platform } from '../../platform/platform.ts'
import type { PageBudget } from './page-budget.ts'
import { PageSet } from './page-set.ts'

/** Files up to this size stay in kernel memory until they are mapped, bytes. */
const SMALL = 64 * 1024
/** The memory file of one that is not mapped grows in steps of this, bytes. */
const STEP = 1 << 20
/** Offsets beyond this are refused (Linux: 2^63 - 1; a double counts to 2^53). */
export const MAX_SIZE = 2 ** 52

const EMPTY = new Uint8Array(0)
const pageAfter = (offset: number): number => Math.ceil(offset / PAGE_SIZE)
/** Errors: EFBIG where the platform has no room for so long a file, sparse as it is. */
const enlarge = (file: MemoryFile, size: number): void => {
  try {
    file.resize(size)
  } catch (error) {
    throw error === ENOMEM ? EFBIG : error
  }
}
const pageOf = (offset: number): number => Math.floor(offset / PAGE_SIZE)

export class FileData implements MappedPages {
  readonly #platform: Platform
  readonly #budget: PageBudget
  readonly #pages = new PageSet()
  #small: Uint8Array = EMPTY
  #file: MemoryFile | undefined
  /** Guests map it: the memory file's size is exact, for SIGBUS beyond the end. */
  #mapped = false
  #size = 0
  /** The control group that has its pages, of whoever put something in first, but for those before that. */
  #account: MemoryAccount | undefined
  #charged = 0

  constructor(platform: Platform, budget: PageBudget) {
    this.#platform = platform
    this.#budget = budget
  }

  get size(): number {
    return this.#size
  }
  /** Pages that hold memory, as far as the kernel knows: guests touch more through mappings. */
  get pages(): number {
    if (!this.#mapped || this.#file === undefined) return this.#pages.count
    return Math.max(this.#pages.count, pageAfter(this.#file.allocated()))
  }

  /** MappedPages. */
  uncharged(): number {
    return (this.pages - this.#pages.count) * PAGE_SIZE
  }

  /** Someone is about to put something in. */
  chargeTo(account: MemoryAccount): void {
    if (this.#account !== undefined) return
    this.#account = account
    if (this.#mapped) account.mapped.add(this)
  }

  /** Pages [first, last) will hold memory. Errors: ENOSPC, ENOMEM. */
  #hold(first: number, last: number): void {
    const missing = this.#pages.missing(first, last)
    this.#budget.charge(missing)
    try {
      if (missing > 0) this.#account?.charge(missing * PAGE_SIZE)
    } catch (error) {
      this.#budget.uncharge(missing)
      throw error
    }
    if (this.#account !== undefined) this.#charged += missing
    this.#pages.add(first, last)
  }

  /** Pages [first, last) do no longer. */
  #drop(first: number, last: number): void {
    const pages = this.#pages.remove(first, last)
    this.#budget.uncharge(pages)
    if (this.#account === undefined) return
    const charged = Math.min(this.#charged, pages)
    this.#charged -= charged
    this.#account.uncharge(charged * PAGE_SIZE)
  }

  /** Returns bytes read; 0 at the end. Errors: EFAULT. */
  read(target: IoTarget, offset: number): number {
    const length = Math.min(target.remaining, this.#size - offset)
    if (length <= 0) return 0
    if (this.#file) return target.putFrom(this.#file, offset, length)
    return target.put(this.#small.subarray(offset, offset + length))
  }

  /** Returns bytes written. Errors: ENOSPC, ENOMEM and EFAULT when none was, EFBIG. */
  write(source: IoSource, offset: number): number {
    if (offset >= MAX_SIZE) throw EFBIG
    let length = Math.min(source.remaining, MAX_SIZE - offset)
    if (length === 0) return 0
    length = this.#charge(offset, length)
    const end = offset + length
    this.#reserve(end)
    if (offset > this.#size) this.#zeroTail()
    let done: number
    try {
      done = this.#file
        ? source.takeInto(this.#file, offset, length)
        : source.take(this.#small.subarray(offset, end))
    } catch (error) {
      this.#settle()
      throw error
    }
    if (offset + done > this.#size) this.#size = offset + done
    if (done < length) this.#settle()
    return done
  }

  /** Accounts for the pages of a write; returns the bytes for which there is room. */
  #charge(offset: number, length: number): number {
    const first = pageOf(offset)
    let last = pageAfter(offset + length)
    const missing = this.#pages.missing(first, last)
    if (missing === 0) return length
    if (missing > this.#budget.freePages) {
      let page = first
      let left = this.#budget.freePages
      while (left - this.#pages.missing(page, page + 1) >= 0) {
        left -= this.#pages.missing(page, page + 1)
        page++
      }
      if (page === first) throw ENOSPC
      last = page
    }
    this.#hold(first, last)
    return Math.min(length, last * PAGE_SIZE - offset)
  }

  /** What guests stored past the end of a mapped file does not become part of it when it grows. */
  #zeroTail(): void {
    const tail = this.#size % PAGE_SIZE
    if (this.#mapped && tail > 0) this.#file!.punch(this.#size, PAGE_SIZE - tail)
  }

  /** Makes room for `end` bytes. */
  #reserve(end: number): void {
    if (this.#file === undefined) {
      if (end > SMALL) this.#promote()
      else if (end > this.#small.length) {
        const grown = new Uint8Array(Math.min(SMALL, Math.max(end, 2 * this.#small.length, 64)))
        grown.set(this.#small)
        this.#small = grown
      }
    }
    const file = this.#file
    if (file !== undefined && end > file.size)
      file.resize(this.#mapped ? end : Math.ceil(end / STEP) * STEP)
  }

  /** A write ended early: what was reserved for it goes back. */
  #settle(): void {
    const used = pageAfter(this.#size)
    this.#drop(used, Number.POSITIVE_INFINITY)
    if (this.#file && this.#mapped) this.#file.resize(this.#size)
  }

  #promote(): MemoryFile {
    const file = this.#platform.newMemoryFile('tmpfs')
    file.resize(this.#size)
    if (this.#size > 0) file.write(this.#small.subarray(0, this.#size), 0)
    this.#small = EMPTY
    this.#file = file
    return file
  }

  /** For mmap: from now on the size is kept exactly. */
  map(): MemoryFile {
    const file = this.#file ?? this.#promote()
    if (!this.#mapped) {
      this.#mapped = true
      if (file.size !== this.#size) file.resize(this.#size)
      this.#account?.mapped.add(this)
    }
    return file
  }

  truncate(size: number): void {
    if (size > MAX_SIZE) throw EFBIG
    if (size < this.#size) {
      this.#drop(pageAfter(size), Number.POSITIVE_INFINITY)
      if (this.#file) this.#file.resize(size)
      else this.#small.fill(0, size)
    } else {
      if (this.#file === undefined && size > SMALL) this.#promote()
      if (this.#file === undefined) this.#reserve(size)
      else if (this.#file.size < size) enlarge(this.#file, size)
      if (size > this.#size) this.#zeroTail()
    }
    this.#size = size
  }

  /** Reads as zeros afterwards; whole pages give their memory back. */
  punch(offset: number, length: number): void {
    const end = Math.min(offset + length, this.#size)
    if (offset >= end) return
    if (this.#file) this.#file.punch(offset, end - offset)
    else this.#small.fill(0, offset, end)
    const last = end === this.#size ? pageAfter(end) : pageOf(end)
    this.#drop(pageAfter(offset), Math.max(last, pageAfter(offset)))
  }

  /** fallocate(2) without flags, or with FALLOC_FL_KEEP_SIZE. Errors: ENOSPC, ENOMEM, EFBIG. */
  allocate(offset: number, length: number, size: 'grow' | 'keep'): void {
    const end = offset + length
    if (end > MAX_SIZE) throw EFBIG
    const first = pageOf(offset)
    const last = pageAfter(end)
    this.#hold(first, last)
    if (size === 'grow' && end > this.#size) this.truncate(end)
  }

  /** SEEK_DATA. Errors: ENXIO. */
  nextData(offset: number): number {
    if (offset < 0 || offset >= this.#size) throw ENXIO
    if (this.#mapped) return offset
    const at = this.#pages.nextData(pageOf(offset)) * PAGE_SIZE
    if (at >= this.#size) throw ENXIO
    return Math.max(at, offset)
  }
  /** SEEK_HOLE: the end of the file counts as one. Errors: ENXIO. */
  nextHole(offset: number): number {
    if (offset < 0 || offset >= this.#size) throw ENXIO
    if (this.#mapped) return this.#size
    const at = this.#pages.nextHole(pageOf(offset)) * PAGE_SIZE
    return Math.min(Math.max(at, offset), this.#size)
  }

  /** Gives all memory back. */
  release(): void {
    this.#drop(0, Number.POSITIVE_INFINITY)
    this.#account?.mapped.delete(this)
    this.#account = undefined
    this.#small = EMPTY
    this.#file?.release()
    this.#file = undefined
    this.#mapped = false
    this.#size = 0
  }
}
