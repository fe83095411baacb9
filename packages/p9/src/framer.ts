// Cuts a byte stream into messages without copying what is whole. (p9)

import { HEADER_SIZE } from './constants.ts'
import { ProtocolError } from './protocol-error.ts'

/**
 * A receive buffer: put bytes in at `room()`, say how many with `added`, take messages with
 * `next`. Each byte is moved at most once per refill, so byte-by-byte delivery stays linear.
 */
export class Framer {
  readonly buffer: Uint8Array
  readonly #view: DataView
  #start = 0
  #end = 0
  /** Messages above this many bytes are refused; the buffer's length at most. */
  limit: number

  constructor(buffer: Uint8Array) {
    this.buffer = buffer
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    this.limit = buffer.length
  }

  /** Where the next bytes go: offset into `buffer`, which is free from there to its end. */
  room(): number {
    if (this.#start === this.#end) this.#start = this.#end = 0
    else if (this.#start > 0 && this.buffer.length - this.#end < this.limit) {
      this.buffer.copyWithin(0, this.#start, this.#end)
      this.#end -= this.#start
      this.#start = 0
    }
    return this.#end
  }

  /** `count` bytes were put at `room()`. */
  added(count: number): void {
    this.#end += count
  }

  /**
   * The next whole message as a view, valid until the next `room()`, or undefined if more bytes
   * must come. Throws ProtocolError for a size that no message has: the connection is lost then.
   */
  next(): Uint8Array | undefined {
    const available = this.#end - this.#start
    if (available < 4) return undefined
    const size = this.#view.getUint32(this.#start, true)
    if (size < HEADER_SIZE || size > this.limit) {
      throw new ProtocolError(
        `a message of ${size} bytes, allowed are ${HEADER_SIZE} to ${this.limit}`,
      )
    }
    if (available < size) return undefined
    const message = this.buffer.subarray(this.#start, this.#start + size)
    this.#start += size
    return message
  }
}
