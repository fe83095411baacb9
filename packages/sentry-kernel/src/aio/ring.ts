// The completion ring of an AIO context: pages that the guest maps, too. (aio)
// Linux fs/aio.c: struct aio_ring, aio_setup_ring, aio_complete, aio_read_events_ring.

import type { Backing } from '../mm/vma.ts'
import { type MemoryFile, PAGE_SIZE } from '../platform/platform.ts'

const HEADER_BYTES = 32
export const EVENT_BYTES = 32
/** By this user-space libraries know that the layout is the one below. */
const MAGIC = 0xa10a_10a1
const COMPATIBLE_FEATURES = 1

/** Offsets of the header's words: id, slots, head, tail, magic, features, incompatible ones, its size. */
const HEAD = 8
const TAIL = 12

const event = new Uint8Array(EVENT_BYTES)
const eventView = new DataView(event.buffer)
const word = new Uint8Array(4)
const wordView = new DataView(word.buffer)

/** Bytes of a ring for `events`, and as many slots as its pages have room for. */
export const ringBytes = (events: number): number =>
  // One slot tells a full ring from an empty one; the other is for good luck.
  Math.ceil((HEADER_BYTES + EVENT_BYTES * (events + 2)) / PAGE_SIZE) * PAGE_SIZE

/**
 * The guest may take events itself, by moving `head`, and may write what it likes: `head` is
 * clamped, and nothing else is believed.
 */
export class AioRing implements Backing {
  readonly mappable: MemoryFile
  readonly file = undefined
  readonly label = '/[aio] (deleted)'
  /** One of them stays empty. */
  readonly slots: number
  #tail = 0
  #users = 1

  /** `id`: its number in the process. The pages are all zero. */
  constructor(memory: MemoryFile, id: number) {
    this.mappable = memory
    this.slots = Math.floor((memory.size - HEADER_BYTES) / EVENT_BYTES)
    const words = [id, this.slots, 0, 0, MAGIC, COMPATIBLE_FEATURES, 0, HEADER_BYTES]
    memory.write(new Uint8Array(Uint32Array.from(words).buffer), 0)
  }
  get identity(): object {
    return this
  }
  open(): void {
    this.#users++
  }
  close(): void {
    if (--this.#users === 0) this.mappable.release()
  }

  /** Events that nobody has taken yet. */
  get used(): number {
    const ahead = this.#tail - this.#head()
    return ahead >= 0 ? ahead : ahead + this.slots
  }

  /** Adds an event, and only then moves the tail. */
  push(data: bigint, obj: number, result: number): void {
    eventView.setBigUint64(0, data, true)
    eventView.setBigUint64(8, BigInt(obj), true)
    eventView.setBigInt64(16, BigInt(result), true)
    this.mappable.write(event, HEADER_BYTES + this.#tail * EVENT_BYTES)
    this.#tail = (this.#tail + 1) % this.slots
    this.#setWord(TAIL, this.#tail)
  }

  /**
   * Hands up to `most` events to `deliver`, as their bytes and how many came before, and takes them
   * out. Nothing is taken when that throws.
   */
  take(most: number, deliver: (bytes: Uint8Array, before: number) => void): number {
    let head = this.#head()
    let done = 0
    while (done < most && head !== this.#tail) {
      const end = head < this.#tail ? this.#tail : this.slots
      const count = Math.min(end - head, most - done)
      const bytes = new Uint8Array(count * EVENT_BYTES)
      this.mappable.read(bytes, HEADER_BYTES + head * EVENT_BYTES)
      deliver(bytes, done)
      done += count
      head = (head + count) % this.slots
    }
    if (done > 0) this.#setWord(HEAD, head)
    return done
  }

  #head(): number {
    this.mappable.read(word, HEAD)
    return wordView.getUint32(0, true) % this.slots
  }
  #setWord(offset: number, value: number): void {
    wordView.setUint32(0, value, true)
    this.mappable.write(word, offset)
  }
}
