// Which pages of a sparse file hold data: a sorted list of runs. (fs/tmpfs)

/** Page numbers in half-open runs, kept sorted, apart and flat: start, end, start, end … */
export class PageSet {
  #runs: number[] = []
  /** Pages in the set. */
  count = 0

  /** Index of the first run that ends after `page`. */
  #find(page: number): number {
    const runs = this.#runs
    let low = 0
    let high = runs.length >> 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (runs[2 * middle + 1]! > page) high = middle
      else low = middle + 1
    }
    return low
  }

  /** Pages of [from, to) that are not in the set. */
  missing(from: number, to: number): number {
    const runs = this.#runs
    let missing = to - from
    for (let i = this.#find(from); 2 * i < runs.length && runs[2 * i]! < to; i++)
      missing -= Math.min(to, runs[2 * i + 1]!) - Math.max(from, runs[2 * i]!)
    return missing
  }

  /** Adds [from, to). */
  add(from: number, to: number): void {
    if (from >= to) return
    const runs = this.#runs
    const last = runs.length - 2
    if (last >= 0 && runs[last]! <= from && from <= runs[last + 1]!) {
      // The common case: writing on at the end.
      if (to > runs[last + 1]!) {
        this.count += to - runs[last + 1]!
        runs[last + 1] = to
      }
      return
    }
    // A run that ends exactly at `from` joins too.
    const first = this.#find(from - 1)
    let start = from
    let end = to
    let next = first
    while (2 * next < runs.length && runs[2 * next]! <= to) {
      start = Math.min(start, runs[2 * next]!)
      end = Math.max(end, runs[2 * next + 1]!)
      this.count -= runs[2 * next + 1]! - runs[2 * next]!
      next++
    }
    runs.splice(2 * first, 2 * (next - first), start, end)
    this.count += end - start
  }

  /** Takes [from, to) out; returns how many pages that were. */
  remove(from: number, to: number): number {
    const runs = this.#runs
    const first = this.#find(from)
    let removed = 0
    let next = first
    const kept: number[] = []
    while (2 * next < runs.length && runs[2 * next]! < to) {
      const start = runs[2 * next]!
      const end = runs[2 * next + 1]!
      if (start < from) kept.push(start, from)
      if (end > to) kept.push(to, end)
      removed += Math.min(end, to) - Math.max(start, from)
      next++
    }
    if (removed > 0) runs.splice(2 * first, 2 * (next - first), ...kept)
    this.count -= removed
    return removed
  }

  /** The first page at or after `page` in the set; Infinity if there is none. */
  nextData(page: number): number {
    const i = this.#find(page)
    const start = this.#runs[2 * i]
    return start === undefined ? Number.POSITIVE_INFINITY : Math.max(start, page)
  }
  /** The first page at or after `page` not in the set. */
  nextHole(page: number): number {
    const i = this.#find(page)
    const start = this.#runs[2 * i]
    return start === undefined || start > page ? page : this.#runs[2 * i + 1]!
  }
}
