// Pipes: a ring of page slots between writers and readers. (fs/pipe)
// Linux fs/pipe.c: pipe_read, pipe_write, pipe_poll, pipe_set_size.

import { EBUSY, EFAULT, EINVAL } from '@tsvisor/abi'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import { PAGE_SIZE } from '../../platform/platform.ts'
import { WaitQueue } from '../../wait-queue.ts'
import { READABLE, WRITABLE } from '../poll-events.ts'

/** Writes up to this many bytes are atomic. */
export const PIPE_BUF = 4096
const DEFAULT_SLOTS = 16
/** /proc/sys/fs/pipe-max-size, bytes. */
export const PIPE_MAX_SIZE = 1024 * 1024

/** One page's worth of bytes, or one packet. */
interface Slot {
  data: Uint8Array
  offset: number
  length: number
  /** Later writes may be added to it. */
  merge: boolean
  /** Made by a writer in packet mode: a read takes no more than this slot. */
  packet: boolean
}

/** Pages of emptied slots, kept for the next write (Linux's tmp_page). */
const sparePages: Uint8Array[] = []
const takePage = (): Uint8Array => sparePages.pop() ?? new Uint8Array(PAGE_SIZE)
const givePage = (page: Uint8Array): void => {
  if (sparePages.length < 64 && page.length === PAGE_SIZE) sparePages.push(page)
}

/** The shared state of both ends. Ends, blocking and SIGPIPE are PipeEnd's. */
export class Pipe {
  /** Both ends sleep here: readers on READABLE, writers on WRITABLE. */
  readonly queue = new WaitQueue()
  readers = 0
  writers = 0
  /** How often each side was opened: FIFO opens wait for a change. */
  readerOpens = 0
  writerOpens = 0
  #slots: Slot[] = []
  /** Index of the oldest slot; those before it are used up. */
  #head = 0
  #capacity = DEFAULT_SLOTS

  /** Bytes to read now. */
  get size(): number {
    let total = 0
    for (let i = this.#head; i < this.#slots.length; i++) total += this.#slots[i]!.length
    return total
  }
  get #used(): number {
    return this.#slots.length - this.#head
  }
  get isEmpty(): boolean {
    return this.#slots.length === this.#head
  }
  get isFull(): boolean {
    return this.#used >= this.#capacity
  }
  /** Bytes that fit in all slots, as F_GETPIPE_SZ tells. */
  get capacity(): number {
    return this.#capacity * PAGE_SIZE
  }
  /**
   * F_SETPIPE_SZ without the privilege check. Returns the new size, bytes.
   * Errors: EBUSY when what it holds needs more slots; EINVAL for more than 2^31.
   */
  setCapacity(bytes: number): number {
    const slots = slotsFor(bytes)
    if (slots < this.#used) throw EBUSY
    const wasFull = this.isFull
    this.#capacity = slots
    if (wasFull && !this.isFull) this.queue.notify(WRITABLE)
    return this.capacity
  }

  /** Bytes moved; 0 when empty and without writers; WOULD_BLOCK when empty. Errors: EFAULT. */
  read(target: IoTarget): number {
    if (this.isEmpty) return this.writers === 0 ? 0 : WOULD_BLOCK
    const wasFull = this.isFull
    let total = 0
    while (target.remaining > 0 && !this.isEmpty) {
      const slot = this.#slots[this.#head]!
      const want = Math.min(slot.length, target.remaining)
      let got: number
      try {
        got = target.put(slot.data.subarray(slot.offset, slot.offset + want))
      } catch (error) {
        if (total === 0) throw error
        break
      }
      // A slot that cannot be copied whole stays as it is (pipe_read).
      if (got < want) {
        if (total === 0) throw EFAULT
        break
      }
      slot.offset += got
      slot.length -= got
      total += got
      const { packet } = slot
      if (slot.length === 0 || packet) this.#dropHead()
      if (packet) break
    }
    if (wasFull && !this.isFull) this.queue.notify(WRITABLE)
    return total
  }

  /**
   * Bytes moved, or WOULD_BLOCK when full (or when an atomic write has no room). The caller has
   * checked that there are readers. Errors: EFAULT.
   */
  write(source: IoSource, mode: 'stream' | 'packet'): number {
    const wanted = source.remaining
    if (wanted === 0) return 0
    let total = 0
    try {
      const tail = wanted % PAGE_SIZE
      const last = this.#slots[this.#slots.length - 1]
      if (tail > 0 && !this.isEmpty && last?.merge) {
        const end = last.offset + last.length
        if (end + tail <= PAGE_SIZE) {
          if (source.take(last.data.subarray(end, end + tail)) < tail) throw EFAULT
          last.length += tail
          total += tail
        }
      }
      while (source.remaining > 0) {
        if (this.isFull) return total > 0 ? this.#wrote(total) : WOULD_BLOCK
        const page = takePage()
        const want = Math.min(source.remaining, PAGE_SIZE)
        let got = 0
        try {
          got = source.take(want === PAGE_SIZE ? page : page.subarray(0, want))
        } finally {
          if (got < want) givePage(page)
        }
        // A page that cannot be filled is not written at all (pipe_write).
        if (got < want) throw EFAULT
        const packet = mode === 'packet'
        this.#push({ data: page, offset: 0, length: got, merge: !packet, packet })
        total += got
      }
    } catch (error) {
      if (total === 0) throw error
    }
    return this.#wrote(total)
  }

  #wrote(total: number): number {
    if (total > 0) this.queue.notify(READABLE)
    return total
  }

  /**
   * Adds a page of the kernel's own (splice). It must not be changed afterwards; false when full.
   */
  pushPage(data: Uint8Array): boolean {
    if (this.isFull) return false
    this.#push({ data, offset: 0, length: data.length, merge: false, packet: false })
    this.queue.notify(READABLE)
    return true
  }

  /** Pages that pushPage takes now. */
  get freeSlots(): number {
    return Math.max(0, this.#capacity - this.#used)
  }
  /** A copy of the oldest bytes, at most `limit`; `consume` takes them out (splice). */
  peek(limit: number): Uint8Array {
    const data = new Uint8Array(Math.min(limit, this.size))
    let at = 0
    for (let i = this.#head; i < this.#slots.length && at < data.length; i++) {
      const slot = this.#slots[i]!
      const n = Math.min(slot.length, data.length - at)
      data.set(slot.data.subarray(slot.offset, slot.offset + n), at)
      at += n
    }
    return data
  }
  consume(count: number): void {
    const wasFull = this.isFull
    let left = count
    while (left > 0 && !this.isEmpty) {
      const slot = this.#slots[this.#head]!
      const n = Math.min(slot.length, left)
      slot.offset += n
      slot.length -= n
      left -= n
      if (slot.length === 0) this.#dropHead()
    }
    if (wasFull && !this.isFull) this.queue.notify(WRITABLE)
  }

  /** Copies up to `limit` bytes to another pipe without taking them (tee). Returns bytes, 0 when either cannot go on. */
  teeTo(other: Pipe, limit: number): number {
    let total = 0
    for (let i = this.#head; i < this.#slots.length && total < limit; i++) {
      const slot = this.#slots[i]!
      const n = Math.min(slot.length, limit - total)
      if (!other.pushPage(slot.data.slice(slot.offset, slot.offset + n))) break
      total += n
    }
    return total
  }

  /** The last reader and writer are gone: what is left is lost. */
  clear(): void {
    while (!this.isEmpty) this.#dropHead()
  }

  #push(slot: Slot): void {
    this.#slots.push(slot)
  }
  #dropHead(): void {
    const slot = this.#slots[this.#head]!
    if (slot.merge) givePage(slot.data)
    this.#head++
    if (this.#head === this.#slots.length) {
      this.#slots.length = 0
      this.#head = 0
    } else if (this.#head >= 64) {
      this.#slots.splice(0, this.#head)
      this.#head = 0
    }
  }
}

/** Slots for a wanted size: a power of two. Errors: EINVAL. */
function slotsFor(bytes: number): number {
  if (bytes < 0 || bytes > 0x8000_0000) throw EINVAL
  let slots = 1
  while (slots * PAGE_SIZE < bytes) slots *= 2
  return slots
}
