// A bounded queue of bytes. (fs/pty)

/** First in, first out; grows to `limit` bytes. */
export class ByteQueue {
  readonly limit: number
  #data: Uint8Array
  #start = 0
  length = 0

  constructor(limit: number) {
    this.limit = limit
    this.#data = new Uint8Array(Math.min(limit, 256))
  }
  get room(): number {
    return this.limit - this.length
  }
  push(byte: number): void {
    if (this.length === this.#data.length) this.#grow()
    this.#data[(this.#start + this.length) % this.#data.length] = byte
    this.length++
  }
  /** The oldest byte, or -1. */
  shift(): number {
    if (this.length === 0) return -1
    const byte = this.#data[this.#start]!
    this.#start = (this.#start + 1) % this.#data.length
    this.length--
    return byte
  }
  /** The oldest bytes that lie in one piece, at most `limit`; `drop` takes them out. */
  peek(limit: number): Uint8Array {
    const n = Math.min(limit, this.length, this.#data.length - this.#start)
    return this.#data.subarray(this.#start, this.#start + n)
  }
  drop(count: number): void {
    this.#start = (this.#start + count) % this.#data.length
    this.length -= count
  }
  /** Forgets the newest bytes: `length` stay. */
  truncate(length: number): void {
    if (length < this.length) this.length = length
  }
  clear(): void {
    this.#start = 0
    this.length = 0
  }
  #grow(): void {
    const larger = new Uint8Array(this.#data.length * 2)
    const first = this.#data.subarray(this.#start)
    larger.set(first)
    larger.set(this.#data.subarray(0, this.#start), first.length)
    this.#data = larger
    this.#start = 0
  }
}
