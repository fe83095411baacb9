// Repeatable randomness from a seed (xorshift128). Not for secrets. (testing)

import type { Random } from '../platform/host.ts'

export class SeededRandom implements Random {
  #a: number
  #b = 0x9e3779b9
  #c = 0x243f6a88
  #d = 0xb7e15162

  constructor(seed = 1) {
    this.#a = seed | 0
    for (let i = 0; i < 20; i++) this.next()
  }
  /** An unsigned 32-bit number. */
  next(): number {
    let t = this.#d
    const s = this.#a
    this.#d = this.#c
    this.#c = this.#b
    this.#b = s
    t ^= t << 11
    t ^= t >>> 8
    this.#a = t ^ s ^ (s >>> 19)
    return this.#a >>> 0
  }
  fill(target: Uint8Array): void {
    for (let i = 0; i < target.length; i++) target[i] = this.next() >>> 24
  }
}
