// The multicast groups that one socket is a member of. (socket/multicast)
// Linux net/ipv4/igmp.c: ip_mc_join_group, ip_mc_source, ip_mc_msfilter, ip_mc_sf_allow; net/ipv6/mcast.c.

import { EADDRINUSE, EADDRNOTAVAIL, EINVAL, ENOBUFS, type Errno } from '@tsvisor/abi'
import type { OptionMemory } from '../option-memory.ts'
import type { Address, Filter, FilterMode, GroupTable } from './group-table.ts'

export interface Membership<A extends Address = Address> {
  readonly group: A
  /** The address of the interface, as it was given. */
  readonly via: Address
  mode: FilterMode
  /** Undefined: none has been named yet, and the mode may change. */
  sources: readonly A[] | undefined
  /** How many sources there is memory for. */
  room: number
}
/** Bytes that are kept of a membership, and of each of its sources. */
export interface Sizes {
  readonly membership: number
  readonly source: number
}
/** The start of a list of sources (struct ip_sf_socklist), bytes, and by how many it grows (IP_SFBLOCK). */
const LIST_SIZE = 24
const BLOCK = 10

const filterOf = ({ mode, sources = [] }: Membership): Filter => ({ mode, sources })

export class Memberships<A extends Address = Address> {
  readonly #table: GroupTable<A>
  readonly #memory: OptionMemory
  readonly #sizes: Sizes
  #list: Membership<A>[] = []

  constructor(table: GroupTable<A>, memory: OptionMemory, sizes: Sizes) {
    this.#table = table
    this.#memory = memory
    this.#sizes = sizes
  }
  find(group: A): Membership<A> | undefined {
    return this.#list.find(one => one.group === group)
  }
  /** At most `limit` groups. Errors: EADDRINUSE (is a member), ENOBUFS, `noMemory`. */
  join(group: A, via: Address, mode: FilterMode, limit: number, noMemory: Errno = ENOBUFS): void {
    if (this.find(group)) throw EADDRINUSE
    if (this.#list.length >= limit) throw ENOBUFS
    if (!this.#memory.take(this.#sizes.membership)) throw noMemory
    const membership: Membership<A> = { group, via, mode, sources: undefined, room: 0 }
    this.#list.push(membership)
    this.#table.join(group, filterOf(membership))
  }
  /** `via`: the address that it was joined by, where that matters. Errors: EADDRNOTAVAIL. */
  leave(group: A, via?: Address): void {
    const membership = this.find(group)
    if (membership === undefined) throw EADDRNOTAVAIL
    if (via !== undefined && membership.via !== via) throw EADDRNOTAVAIL
    this.#list = this.#list.filter(one => one !== membership)
    this.#table.leave(group, filterOf(membership))
    this.#makeRoom(membership, 0)
    this.#memory.giveBack(this.#sizes.membership)
  }
  leaveAll(): void {
    for (const { group } of this.#list) this.leave(group)
  }

  /**
   * Names one more source, at most `limit` of them.
   * Errors: EINVAL (no member, or of the other mode), EADDRNOTAVAIL (named already), ENOBUFS.
   */
  addSource(group: A, mode: FilterMode, source: A, limit: number): void {
    const membership = this.#inMode(group, mode)
    const sources = membership.sources ?? []
    if (membership.sources !== undefined && sources.length >= limit) throw ENOBUFS
    if (sources.length === membership.room) this.#makeRoom(membership, membership.room + BLOCK)
    if (sources.includes(source)) throw EADDRNOTAVAIL
    membership.sources = [...sources, source]
    this.#table.get(group)?.addSources(mode, [source])
  }
  /** Who includes nobody any more leaves. Errors: EINVAL, EADDRNOTAVAIL (is not named). */
  removeSource(group: A, mode: FilterMode, source: A): void {
    const membership = this.#inMode(group, mode)
    const { sources = [] } = membership
    const at = sources.indexOf(source)
    if (at < 0) throw EADDRNOTAVAIL
    if (sources.length === 1 && mode === 'include') {
      this.leave(group)
      return
    }
    this.#table.get(group)?.removeSources(mode, [source])
    // A filter may name one twice.
    membership.sources = sources.toSpliced(at, 1)
  }
  #inMode(group: A, mode: FilterMode): Membership<A> {
    const membership = this.find(group)
    if (membership === undefined) throw EINVAL
    if (membership.mode === mode) return membership
    if (membership.sources !== undefined) throw EINVAL
    this.#change(membership, mode, undefined)
    return membership
  }
  /** Errors: EINVAL (no member), EADDRNOTAVAIL (nor was one, and none would be), ENOBUFS. */
  setFilter(group: A, mode: FilterMode, sources: readonly A[]): void {
    if (mode === 'include' && sources.length === 0) {
      this.leave(group)
      return
    }
    const membership = this.find(group)
    if (membership === undefined) throw EINVAL
    this.#makeRoom(membership, sources.length)
    this.#change(membership, mode, sources.length === 0 ? undefined : sources)
  }
  /** A new list, and only then the old one goes. Errors: ENOBUFS. */
  #makeRoom(membership: Membership<A>, sources: number): void {
    if (sources > 0 && !this.#memory.take(this.#listSize(sources))) throw ENOBUFS
    if (membership.room > 0) this.#memory.giveBack(this.#listSize(membership.room))
    membership.room = sources
  }
  #listSize(sources: number): number {
    return LIST_SIZE + sources * this.#sizes.source
  }
  #change(membership: Membership<A>, mode: FilterMode, sources: readonly A[] | undefined): void {
    const group = this.#table.get(membership.group)
    group?.add({ mode, sources: sources ?? [] })
    group?.remove(filterOf(membership))
    membership.mode = mode
    membership.sources = sources
  }

  /** Whether it hears what `source` sends to the group; undefined: it is no member. */
  allows(group: A, source: A): boolean | undefined {
    const membership = this.find(group)
    if (membership === undefined) return undefined
    const named = membership.sources?.includes(source) ?? false
    return named === (membership.mode === 'include')
  }
}
