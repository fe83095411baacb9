// Cuts chunks that others own into messages; what is whole in a chunk is not copied. (p9)

import { HEADER_SIZE } from '../constants.ts'
import { ProtocolError } from '../protocol-error.ts'

const NOTHING = new Uint8Array(0)
const SIZE_FIELD = 4
/** Smaller buffers are not worth keeping. */
const MIN_SPARE = 16 * 1024

const u32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0

export class Assembler {
  /** Messages above this many bytes are refused. */
  limit: number
  #chunk: Uint8Array = NOTHING
  #at = 0
  #queue: Uint8Array[] = []
  /** A message that began in an earlier chunk, and how much of it is there. */
  #partial: Uint8Array | undefined
  #filled = 0
  /** A buffer whose message is done with. */
  #spare: Uint8Array = NOTHING
  #last: Uint8Array | undefined

  constructor(limit: number) {
    this.limit = limit
  }

  push(bytes: Uint8Array): void {
    if (this.#at < this.#chunk.length) this.#queue.push(bytes)
    else {
      this.#chunk = bytes
      this.#at = 0
    }
  }

  /**
   * The next whole message, which nobody changes until it is given to `recycle`; undefined if more
   * bytes must come. Throws ProtocolError for a size that no message has.
   */
  next(): Uint8Array | undefined {
    this.#last = undefined
    while (this.#at < this.#chunk.length || this.#advance()) {
      const message = this.#partial === undefined ? this.#cut() : this.#fill(this.#partial)
      if (message !== undefined) return message
    }
    return undefined
  }

  /** The message that `next` gave last is done with: its memory may be used again. */
  recycle(): void {
    if (this.#last !== undefined) this.#spare = this.#last
    this.#last = undefined
  }

  #advance(): boolean {
    const next = this.#queue.shift()
    if (next === undefined) return false
    this.#chunk = next
    this.#at = 0
    return next.length > 0 || this.#advance()
  }

  #cut(): Uint8Array | undefined {
    const at = this.#at
    const left = this.#chunk.length - at
    if (left < SIZE_FIELD) {
      this.#partial = new Uint8Array(SIZE_FIELD)
      this.#filled = 0
      return undefined
    }
    const size = this.#checked(u32(this.#chunk, at))
    if (left >= size) {
      this.#at = at + size
      return this.#chunk.subarray(at, at + size)
    }
    this.#partial = this.#buffer(size)
    this.#filled = 0
    return undefined
  }

  #fill(partial: Uint8Array): Uint8Array | undefined {
    const count = Math.min(partial.length - this.#filled, this.#chunk.length - this.#at)
    partial.set(this.#chunk.subarray(this.#at, this.#at + count), this.#filled)
    this.#at += count
    this.#filled += count
    if (this.#filled < partial.length) return undefined
    if (partial.length === SIZE_FIELD) {
      // The size had been cut apart.
      const whole = this.#buffer(this.#checked(u32(partial, 0)))
      whole.set(partial)
      this.#partial = whole
      return undefined
    }
    this.#partial = undefined
    if (partial.buffer.byteLength >= MIN_SPARE) this.#last = partial
    return partial
  }

  #buffer(size: number): Uint8Array {
    const room = this.#spare.buffer.byteLength
    if (room < size) return new Uint8Array(size)
    const { buffer } = this.#spare
    this.#spare = NOTHING
    return new Uint8Array(buffer, 0, size)
  }

  #checked(size: number): number {
    if (size >= HEADER_SIZE && size <= this.limit) return size
    throw new ProtocolError(
      `a message of ${size} bytes, allowed are ${HEADER_SIZE} to ${this.limit}`,
    )
  }
}
