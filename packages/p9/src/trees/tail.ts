// What comes in a file after a large hole, in pieces: the hole costs nothing. (p9)

const PAGE = 4096

export class Tail {
  /** Of the whole file. */
  size: number
  readonly #pages = new Map<number, Uint8Array>()

  constructor(size: number) {
    this.size = size
  }

  /** Blocks of 512 bytes that it takes. */
  get blocks(): number {
    return this.#pages.size * (PAGE / 512)
  }

  /** Reads from `at` of the file on; holes are zeros. Returns how much there is. */
  read(target: Uint8Array, at: number): number {
    const count = Math.max(0, Math.min(target.length, this.size - at))
    for (const { index, start, from, to } of pieces(at, count)) {
      const page = this.#pages.get(index)
      if (page === undefined) target.fill(0, from, to)
      else target.set(page.subarray(start, start + to - from), from)
    }
    return count
  }

  write(source: Uint8Array, at: number): void {
    for (const { index, start, from, to } of pieces(at, source.length)) {
      let page = this.#pages.get(index)
      if (page === undefined) {
        page = new Uint8Array(PAGE)
        this.#pages.set(index, page)
      }
      page.set(source.subarray(from, to), start)
    }
    this.size = Math.max(this.size, at + source.length)
  }

  truncate(size: number): void {
    if (size < this.size) {
      const last = Math.floor(size / PAGE)
      for (const index of this.#pages.keys()) if (index > last) this.#pages.delete(index)
      this.#pages.get(last)?.fill(0, size % PAGE)
    }
    this.size = size
  }
}

/** Where `count` bytes from `at` of the file on are: `from` … `to` of them at `start` of a page. */
function* pieces(at: number, count: number) {
  for (let from = 0; from < count; ) {
    const start = (at + from) % PAGE
    const to = Math.min(count, from + PAGE - start)
    yield { index: Math.floor((at + from) / PAGE), start, from, to }
    from = to
  }
}
