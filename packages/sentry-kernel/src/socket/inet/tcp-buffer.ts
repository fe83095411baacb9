// The bytes of one direction of a TCP connection: sent, and not read yet. (socket/inet)

import { EFAULT } from '@tsvisor/abi'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { IoSource, IoTarget } from '../../mm/io.ts'

/** As much as one skb holds at most. */
const LARGE = 65_536
const SMALL = 4096

/** What was sent in one go, or in several small ones. */
interface Chunk {
  readonly data: Uint8Array
  start: number
  end: number
}

/** Memory of chunks that were read, kept for the next ones. */
const spare = { small: [] as Uint8Array[], large: [] as Uint8Array[] }
const takeMemory = (bytes: number): Uint8Array =>
  bytes <= SMALL
    ? (spare.small.pop() ?? new Uint8Array(SMALL))
    : (spare.large.pop() ?? new Uint8Array(LARGE))
const giveMemory = (data: Uint8Array): void => {
  const kept = data.length === SMALL ? spare.small : spare.large
  if (kept.length < 16) kept.push(data)
}

export class TcpBuffer {
  readonly #chunks: Chunk[] = []
  /** Bytes to read now. */
  size = 0
  /** Bytes after them that the sender still holds back. */
  held = 0

  /** With those held back. */
  get total(): number {
    return this.size + this.held
  }
  /** All but the last `kept` bytes are to be read from now on. */
  show(kept: number): void {
    this.size += this.held - kept
    this.held = kept
  }

  /** Takes at most `room` bytes, and holds them back; returns how many, WOULD_BLOCK for none. Errors: EFAULT. */
  write(source: IoSource, room: number): number {
    let left = Math.min(source.remaining, room)
    if (left <= 0) return WOULD_BLOCK
    let total = 0
    while (left > 0) {
      const last = this.#chunks.at(-1)
      const chunk = last && last.end < last.data.length ? last : this.#append(left)
      const want = Math.min(left, chunk.data.length - chunk.end)
      let got = 0
      try {
        got = source.take(chunk.data.subarray(chunk.end, chunk.end + want))
      } catch (error) {
        if (total === 0) throw error
      } finally {
        chunk.end += got
        this.held += got
        if (chunk.end === chunk.start) this.#chunks.pop()
      }
      total += got
      left -= got
      if (got < want) break
    }
    return total
  }

  /** The one that was written last. */
  get lastByte(): number {
    const { data, end } = this.#chunks.at(-1)!
    return data[end - 1]!
  }

  /** Copies the oldest bytes, as many as fit, at most `limit`; returns how many. Errors: EFAULT. */
  peek(target: IoTarget, limit: number): number {
    let total = 0
    const wanted = Math.min(this.size, target.remaining, limit)
    try {
      for (let i = 0; i < this.#chunks.length && total < wanted; i++) {
        const { data, start, end } = this.#chunks[i]!
        const want = Math.min(end - start, wanted - total)
        // A chunk that cannot be copied as far as wanted stays as it is (tcp_recvmsg_locked).
        if (target.put(data.subarray(start, start + want)) < want) throw EFAULT
        total += want
      }
    } catch (error) {
      if (total === 0) throw error
    }
    return total
  }

  /** The oldest byte is not to be read for now, until showFirst. */
  hideFirst(): void {
    this.#chunks[0]!.start++
    this.size--
  }
  showFirst(): void {
    this.#chunks[0]!.start--
    this.size++
  }

  /** Takes out the oldest `count` bytes, of no more than there are. */
  discard(count: number): void {
    this.size -= count
    let left = count
    let emptied = 0
    for (const chunk of this.#chunks) {
      const taken = Math.min(left, chunk.end - chunk.start)
      chunk.start += taken
      left -= taken
      if (chunk.start < chunk.end) break
      giveMemory(chunk.data)
      emptied++
    }
    this.#chunks.splice(0, emptied)
  }

  /** What is held back is not sent any more. */
  dropHeld(): void {
    while (this.held > 0) {
      const last = this.#chunks.at(-1)!
      const taken = Math.min(this.held, last.end - last.start)
      last.end -= taken
      this.held -= taken
      if (last.start === last.end) giveMemory(this.#chunks.pop()!.data)
    }
  }

  clear(): void {
    this.show(0)
    this.discard(this.size)
  }

  #append(bytes: number): Chunk {
    const chunk = { data: takeMemory(bytes), start: 0, end: 0 }
    this.#chunks.push(chunk)
    return chunk
  }
}
