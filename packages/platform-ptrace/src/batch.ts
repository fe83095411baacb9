// Queued system calls of one address space, to be run by one of its threads in one stop. (platform-ptrace)

import { BATCH_ENTRIES, ENTRY_SIZE } from './stub-code.ts'

const WORDS = ENTRY_SIZE / 4
const TWO_32 = 0x1_0000_0000

/** System calls in the layout that the stub's loop reads. Grows by halves of what it has. */
export class Batch {
  private words = new Uint32Array(16 * WORDS)
  length = 0

  /** Appends a call. Arguments are integers within ±2^53. */
  push(nr: number, a: number, b: number, c: number, d: number, e: number, f: number): void {
    const start = this.length * WORDS
    if (start === this.words.length) {
      const larger = new Uint32Array(this.words.length * 2)
      larger.set(this.words)
      this.words = larger
    }
    const words = this.words
    words[start] = nr
    words[start + 1] = 0
    this.put(start + 2, a)
    this.put(start + 4, b)
    this.put(start + 6, c)
    this.put(start + 8, d)
    this.put(start + 10, e)
    this.put(start + 12, f)
    this.length++
  }

  /** The system call number of a queued call. */
  number(index: number): number {
    return this.words[index * WORDS]!
  }

  /** Copies calls from index `from` into the stub's page, as many as fit; returns how many. */
  copyTo(target: Uint32Array, from: number): number {
    const count = Math.min(this.length - from, BATCH_ENTRIES)
    const start = from * WORDS
    const words = this.words
    for (let i = 0; i < count * WORDS; i++) target[i] = words[start + i]!
    return count
  }

  clear(): void {
    this.length = 0
    if (this.words.length > 1024 * WORDS) this.words = new Uint32Array(16 * WORDS)
  }

  private put(index: number, value: number): void {
    // Negative arguments are small: AT_FDCWD, -1.
    this.words[index] = value >= 0 ? value % TWO_32 : value + TWO_32
    this.words[index + 1] = Math.floor(value / TWO_32)
  }
}
