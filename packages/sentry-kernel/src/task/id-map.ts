// How a user namespace numbers users, groups or projects. (task)
// Linux kernel/user_namespace.c: map_id_range_down, from_kuid_munged. The kernel itself has one number for each, that
// of the first namespace; these maps are asked only where numbers come in and go out.

/** `size` ids from `inside` on are those from `outside` on. */
export interface IdRange {
  readonly inside: number
  readonly outside: number
  readonly size: number
}

/** (uid_t)-1: nobody. */
export const NO_ID = 0xffff_ffff
/** What is shown of who has no number in a namespace: fs.overflowuid, kernel.overflowuid. */
const OVERFLOW_ID = 65_534

export class IdMap {
  /** Undefined: every number is what it is outside. */
  readonly #ranges: readonly IdRange[] | undefined

  private constructor(ranges: readonly IdRange[] | undefined) {
    this.#ranges = ranges
  }
  /** That of the first namespace. */
  static readonly IDENTITY = new IdMap(undefined)
  /** That of a namespace before somebody wrote one. */
  static readonly EMPTY = new IdMap([])
  /** `outside` are the kernel's numbers. */
  static of(ranges: readonly IdRange[]): IdMap {
    return new IdMap(ranges)
  }

  get isEmpty(): boolean {
    return this.#ranges?.length === 0
  }
  /** As it was written, but with the kernel's numbers. */
  get ranges(): readonly IdRange[] {
    return this.#ranges ?? EVERYBODY
  }

  /** The kernel's number for `id` (make_kuid), NO_ID where the namespace has no such id. */
  toKernel(id: number): number {
    return this.#ranges === undefined ? id : this.rangeToKernel(id, 1)
  }
  /** The kernel's first number for a range that lies in one of the map's, or NO_ID. */
  rangeToKernel(first: number, size: number): number {
    for (const { inside, outside, size: length } of this.ranges)
      if (first >= inside && first + size <= inside + length) return outside + (first - inside)
    return NO_ID
  }
  /** The namespace's number for the kernel's `id` (from_kuid), or NO_ID. */
  fromKernel(id: number): number {
    if (this.#ranges === undefined) return id
    for (const { inside, outside, size } of this.#ranges)
      if (id >= outside && id < outside + size) return inside + (id - outside)
    return NO_ID
  }
  /** What the namespace calls the kernel's `id`, known or not (from_kuid_munged). */
  shown(id: number): number {
    if (this.#ranges === undefined) return id
    const own = this.fromKernel(id)
    return own === NO_ID ? OVERFLOW_ID : own
  }
  has(id: number): boolean {
    return this.#ranges === undefined ? id !== NO_ID : this.fromKernel(id) !== NO_ID
  }
}

const EVERYBODY: readonly IdRange[] = [{ inside: 0, outside: 0, size: NO_ID }]
