// System calls in a row, laid out for a loop of machine code that makes them. (host)

/** One system call of a batch: number and six arguments, 64 bits each, and one unused. */
export const ENTRY_SIZE = 64

const WORDS = ENTRY_SIZE / 4
/** The word of an entry that says what its result means. */
const MEANING = 14
/** That it may fail. */
export const TOLERATED = 1
/** That there is a new process, and only that goes on. */
export const FORKED = 2
const TWO_32 = 0x1_0000_0000

/** System calls in the layout that such a loop reads. Grows by halves of what it has. */
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
    words[start + MEANING] = 0
    this.put(start + 2, a)
    this.put(start + 4, b)
    this.put(start + 6, c)
    this.put(start + 8, d)
    this.put(start + 10, e)
    this.put(start + 12, f)
    this.length++
  }

  /** The last call may fail: the loop goes on, if it is one that heeds this (batch-loop.ts). */
  tolerate(): void {
    this.words[(this.length - 1) * WORDS + MEANING] = TOLERATED
  }

  /** The last call is a clone, whose caller ends: for a loop that is a process. */
  fork(): void {
    this.words[(this.length - 1) * WORDS + MEANING] = FORKED
  }

  /** The system call number of a queued call. */
  number(index: number): number {
    return this.words[index * WORDS]!
  }

  /** Copies calls from index `from` into a page, as many as fit; returns how many. */
  copyTo(target: Uint32Array, from: number): number {
    const count = Math.min(this.length - from, Math.floor(target.length / WORDS))
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
