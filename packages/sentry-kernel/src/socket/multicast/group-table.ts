// The multicast groups that an interface listens to, and from whom. (socket/multicast)
// Linux net/ipv4/igmp.c: ip_mc_inc_group, ip_mc_add_src, ip_check_mc_rcu; net/ipv6/mcast.c.

/** Of version 4: 32 bits. Of version 6: an Address6. */
export type Address = number | string

/** Whom a member hears: those that it names, or all but those. */
export type FilterMode = 'include' | 'exclude'
export interface Filter {
  readonly mode: FilterMode
  readonly sources: readonly Address[]
}
/** Everybody. */
export const HEARS_ALL: Filter = { mode: 'exclude', sources: [] }

/** How many members name a source, by mode. */
export type SourceCount = Record<FilterMode, number>

export class Group<A extends Address = Address> {
  readonly address: A
  /** Members, with the kernel itself where it is one. */
  users = 0
  /** The interface has been told of it (MAF_LOADED). */
  isLoaded = true
  /** How many members filter in which mode. */
  readonly #modes: SourceCount = { include: 0, exclude: 0 }
  readonly #sources = new Map<Address, SourceCount>()

  constructor(address: A) {
    this.address = address
  }
  get sources(): ReadonlyMap<Address, SourceCount> {
    return this.#sources
  }
  /** Whether any member wants what comes from `source`; undefined: a source without an address. */
  accepts(source: Address | undefined): boolean {
    if (source === undefined) return true
    const named = this.#sources.get(source)
    const { exclude } = this.#modes
    if (named === undefined) return exclude !== 0
    return named.include !== 0 || named.exclude !== exclude
  }
  add({ mode, sources }: Filter): void {
    this.#modes[mode]++
    this.addSources(mode, sources)
  }
  remove({ mode, sources }: Filter): void {
    this.#modes[mode]--
    this.removeSources(mode, sources)
  }
  addSources(mode: FilterMode, sources: readonly Address[]): void {
    for (const source of sources) {
      const count = this.#sources.get(source) ?? { include: 0, exclude: 0 }
      count[mode]++
      this.#sources.set(source, count)
    }
  }
  removeSources(mode: FilterMode, sources: readonly Address[]): void {
    for (const source of sources) {
      const count = this.#sources.get(source)
      if (count === undefined) continue
      count[mode]--
      if (count.include === 0 && count.exclude === 0) this.#sources.delete(source)
    }
  }
}

export class GroupTable<A extends Address = Address> {
  /** The oldest first. */
  readonly #groups = new Map<A, Group<A>>()

  get(address: A): Group<A> | undefined {
    return this.#groups.get(address)
  }
  /** The newest first, as they are listed. */
  list(): Group<A>[] {
    return [...this.#groups.values()].reverse()
  }
  join(address: A, filter: Filter): Group<A> {
    let group = this.#groups.get(address)
    if (group === undefined) this.#groups.set(address, (group = new Group(address)))
    group.users++
    group.add(filter)
    return group
  }
  leave(address: A, filter: Filter): void {
    const group = this.#groups.get(address)
    if (group === undefined) return
    group.remove(filter)
    if (--group.users === 0) this.#groups.delete(address)
  }
}
