// Cuts chunks of bytes into messages. (p9)
// A chunk may change as soon as `received` returns; what is whole in it is looked at where it is,
// all else is copied to memory that is used again and again.

import { HEADER_SIZE } from '../constants.ts'
import { ProtocolError } from '../protocol-error.ts'

const NOTHING = new Uint8Array(0)
const SIZE_FIELD = 4

/** Not `slice`, which gives a view where Node's Buffer is concerned. */
export const copied = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

const u32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0

export class Assembler {
  /** Messages above this many bytes are refused. */
  limit: number
  #chunk: Uint8Array = NOTHING
  #at = 0
  /** Copies of chunks that came while the one before was not done with. */
  #queue: Uint8Array[] = []
  #chunkIs: 'lent' | 'ours' = 'ours'
  /** A message that began in an earlier chunk, and how much of it is there. */
  #partial: Uint8Array | undefined
  #filled = 0
  /** Memory whose message is done with. */
  #spare: Uint8Array = NOTHING
  /** The last message, where it is in memory of ours. */
  #last: Uint8Array | undefined
  readonly #size = new Uint8Array(SIZE_FIELD)

  constructor(limit: number) {
    this.limit = limit
  }

  /** Takes a chunk until `returnChunk`. */
  push(bytes: Uint8Array): void {
    if (this.#at < this.#chunk.length) {
      this.#queue.push(copied(bytes))
      return
    }
    this.#chunk = bytes
    this.#chunkIs = 'lent'
    this.#at = 0
  }

  /** The chunk that was pushed will change: copies what is left of it. */
  returnChunk(): void {
    if (this.#chunkIs === 'ours') return
    this.#chunk = this.#at < this.#chunk.length ? copied(this.#chunk.subarray(this.#at)) : NOTHING
    this.#chunkIs = 'ours'
    this.#at = 0
  }

  /**
   * The next whole message; undefined if more bytes must come. It is good until the next call, and
   * `returnChunk`. Throws ProtocolError for a size that no message has.
   */
  next(): Uint8Array | undefined {
    this.#recycle()
    while (this.#at < this.#chunk.length || this.#advance()) {
      const message = this.#partial === undefined ? this.#cut() : this.#fill(this.#partial)
      if (message !== undefined) return message
    }
    return undefined
  }

  /** The message that `next` just gave, in memory that nobody else uses until `keep`. */
  owned(message: Uint8Array): Uint8Array {
    if (this.#last !== undefined) return message
    const copy = this.#memory(message.length)
    copy.set(message)
    this.#last = copy
    return copy
  }

  /** The memory of the last message stays its holder's. */
  keep(): void {
    this.#last = undefined
  }

  #recycle(): void {
    if (this.#last === undefined) return
    this.#spare = this.#last
    this.#last = undefined
  }

  #advance(): boolean {
    const next = this.#queue.shift()
    if (next === undefined) return false
    this.#chunk = next
    this.#chunkIs = 'ours'
    this.#at = 0
    return next.length > 0 || this.#advance()
  }

  #cut(): Uint8Array | undefined {
    const at = this.#at
    const left = this.#chunk.length - at
    this.#filled = 0
    if (left < SIZE_FIELD) {
      this.#partial = this.#size
      return undefined
    }
    const size = this.#checked(u32(this.#chunk, at))
    if (left >= size) {
      this.#at = at + size
      return this.#chunk.subarray(at, at + size)
    }
    this.#partial = this.#memory(size)
    return undefined
  }

  #fill(partial: Uint8Array): Uint8Array | undefined {
    const count = Math.min(partial.length - this.#filled, this.#chunk.length - this.#at)
    partial.set(this.#chunk.subarray(this.#at, this.#at + count), this.#filled)
    this.#at += count
    this.#filled += count
    if (this.#filled < partial.length) return undefined
    if (partial === this.#size) {
      // The size had been cut apart.
      const whole = this.#memory(this.#checked(u32(partial, 0)))
      whole.set(partial)
      this.#partial = whole
      return undefined
    }
    this.#partial = undefined
    this.#last = partial
    return partial
  }

  #memory(size: number): Uint8Array {
    const { buffer } = this.#spare
    this.#spare = NOTHING
    if (buffer.byteLength >= size) return new Uint8Array(buffer, 0, size)
    // All large ones alike, so that one serves all.
    const isLarge = size > this.limit / 8
    return new Uint8Array(new ArrayBuffer(isLarge ? Math.max(this.limit, size) : size), 0, size)
  }

  #checked(size: number): number {
    if (size >= HEADER_SIZE && size <= this.limit) return size
    throw new ProtocolError(
      `a message of ${size} bytes, allowed are ${HEADER_SIZE} to ${this.limit}`,
    )
  }
}
