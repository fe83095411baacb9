// Where the bytes of a read or write go or come from: guest memory or kernel memory. (mm)

import { type Addr, EFAULT } from '@tsvisor/abi'
import type { MemoryFile } from '../platform/platform.ts'
import type { UserMemory } from './user-memory.ts'

/** Takes bytes. Advances as it goes. */
export interface IoTarget {
  /** Bytes that still fit. */
  readonly remaining: number
  /**
   * Takes up to `data.length` bytes (no more than `remaining`).
   * Returns how many; throws EFAULT when not even one could be stored.
   */
  put(data: Uint8Array): number
  /** As put, straight from a memory file. `length` ≤ remaining. */
  putFrom(file: MemoryFile, offset: number, length: number): number
}

/** Gives bytes. Advances as it goes. */
export interface IoSource {
  readonly remaining: number
  /** Fills up to `data.length` bytes; returns how many; throws EFAULT when not even one could be read. */
  take(data: Uint8Array): number
  takeInto(file: MemoryFile, offset: number, length: number): number
  /** Gives back the last `count` bytes taken: who they were for had no room. */
  untake(count: number): void
}

/** One piece of guest memory. */
export interface IoVec {
  readonly addr: Addr
  readonly length: number
}

/** Guest memory, as one buffer or an iovec. Source and target at once. */
export class UserIo implements IoTarget, IoSource {
  remaining: number
  readonly #memory: UserMemory
  readonly #vectors: readonly IoVec[]
  #index = 0
  #done = 0

  constructor(memory: UserMemory, vectors: readonly IoVec[]) {
    this.#memory = memory
    this.#vectors = vectors
    let total = 0
    for (const v of vectors) total += v.length
    this.remaining = total
  }

  put(data: Uint8Array): number {
    return this.#each(Math.min(data.length, this.remaining), (addr, at, length) =>
      this.#memory.copyOut(addr, length === data.length ? data : data.subarray(at, at + length)),
    )
  }
  putFrom(file: MemoryFile, offset: number, length: number): number {
    return this.#each(Math.min(length, this.remaining), (addr, at, n) =>
      this.#memory.copyThrough(addr, n, (space, to, done, count) =>
        file.copyTo(space, to, offset + at + done, count),
      ),
    )
  }
  take(data: Uint8Array): number {
    return this.#each(Math.min(data.length, this.remaining), (addr, at, length) =>
      this.#memory.copyIn(addr, length === data.length ? data : data.subarray(at, at + length)),
    )
  }
  takeInto(file: MemoryFile, offset: number, length: number): number {
    return this.#each(Math.min(length, this.remaining), (addr, at, n) =>
      this.#memory.copyThrough(addr, n, (space, from, done, count) =>
        file.copyFrom(space, from, offset + at + done, count),
      ),
    )
  }

  untake(count: number): void {
    this.remaining += count
    let left = count
    while (left > this.#done) {
      left -= this.#done
      this.#done = this.#vectors[--this.#index]!.length
    }
    this.#done -= left
  }

  #each(total: number, copy: (addr: Addr, at: number, length: number) => number): number {
    let done = 0
    while (done < total) {
      const vector = this.#vectors[this.#index]!
      const room = vector.length - this.#done
      if (room === 0) {
        this.#index++
        this.#done = 0
        continue
      }
      const want = Math.min(room, total - done)
      const copied = copy((vector.addr + this.#done) as Addr, done, want)
      this.#done += copied
      this.remaining -= copied
      done += copied
      if (copied < want) break
    }
    if (done === 0 && total > 0) throw EFAULT
    return done
  }
}

/** Kernel memory as a target or source: for sendfile, splice, the loader, core readers. */
export class BufferIo implements IoTarget, IoSource {
  readonly #data: Uint8Array
  position = 0

  constructor(data: Uint8Array) {
    this.#data = data
  }
  get remaining(): number {
    return this.#data.length - this.position
  }
  put(data: Uint8Array): number {
    const n = Math.min(data.length, this.remaining)
    this.#data.set(n === data.length ? data : data.subarray(0, n), this.position)
    this.position += n
    return n
  }
  putFrom(file: MemoryFile, offset: number, length: number): number {
    const n = Math.min(length, this.remaining)
    const got = file.read(this.#data.subarray(this.position, this.position + n), offset)
    this.position += got
    return got
  }
  take(data: Uint8Array): number {
    const n = Math.min(data.length, this.remaining)
    data.set(this.#data.subarray(this.position, this.position + n))
    this.position += n
    return n
  }
  takeInto(file: MemoryFile, offset: number, length: number): number {
    const n = Math.min(length, this.remaining)
    file.write(this.#data.subarray(this.position, this.position + n), offset)
    this.position += n
    return n
  }
  untake(count: number): void {
    this.position -= count
  }
}
