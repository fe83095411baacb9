// Dentries: cached names, and the bound on how many are kept. (vfs)
// Linux fs/dcache.c.

import type { Inode, NameCaching } from './inode.ts'

/** Names that one file system keeps cached before the unused ones go. */
const DEFAULT_LIMIT = 32_768

/** The cached names of one file system instance: a clock over all but the root. */
class DentryCache {
  readonly caching: NameCaching
  limit = DEFAULT_LIMIT
  /** In use although the name is gone. */
  readonly orphans = new Set<Dentry>()
  #count = 0
  /** Swept when there are more, past the limit: what is in use is not looked at each time. */
  #enough = 0
  /** Where the clock's hand stands. */
  #hand: Dentry | undefined

  constructor(caching: NameCaching) {
    this.caching = caching
  }

  get count(): number {
    return this.#count
  }

  add(dentry: Dentry): void {
    const hand = this.#hand
    if (hand === undefined) {
      dentry.next = dentry.previous = dentry
      this.#hand = dentry
    } else {
      // Just behind the hand: the last that it comes to.
      const before = hand.previous!
      dentry.next = hand
      dentry.previous = before
      before.next = dentry
      hand.previous = dentry
    }
    if (++this.#count > Math.max(this.limit, this.#enough)) this.#sweep()
  }

  remove(dentry: Dentry): void {
    const next = dentry.next
    if (next === undefined) return
    if (next === dentry) this.#hand = undefined
    else {
      dentry.previous!.next = next
      next.previous = dentry.previous
      if (this.#hand === dentry) this.#hand = next
    }
    dentry.next = dentry.previous = undefined
    this.#count--
  }

  /** Evicts an eighth of the names: those without users, children or mounts, not used lately. */
  #sweep(): void {
    const wanted = this.limit - (this.limit >> 3)
    for (let steps = 2 * this.#count; steps > 0 && this.#count > wanted; steps--) {
      const dentry = this.#hand!
      this.#hand = dentry.next
      if (dentry.referenced) dentry.referenced = false
      else if (!dentry.inUse) dentry.forget()
    }
    this.#enough = this.#count + (this.#count >> 3)
  }
}

/** A cached name: what `parent` holds under `name`. `inode` is undefined for a cached absence. */
export class Dentry {
  name: string
  /** Itself for the root of a file system. */
  parent: Dentry
  inode: Inode | undefined
  /** Cached children; only names that were looked up. */
  #children: Map<string, Dentry> | undefined
  /** Mounts whose mount point is this dentry, in any namespace: cheap check before searching. */
  mountCount = 0
  /** Removed from its parent (unlinked, or found gone): shown as "(deleted)". */
  unlinked = false
  /** Who refers to it from outside the cache: open files and mounts. */
  #pins = 0
  /** What waits for the last of them to go. */
  #whenUnused: (() => void) | undefined
  /** Was somebody's working directory. */
  isKept = false
  /** Looked up since the clock last passed. */
  referenced = false
  readonly cache: DentryCache
  /** The clock's ring; undefined while not cached. */
  next: Dentry | undefined
  previous: Dentry | undefined

  constructor(name: string, parent: Dentry | undefined, inode: Inode | undefined) {
    this.name = name
    this.parent = parent ?? this
    this.inode = inode
    this.cache = parent?.cache ?? new DentryCache(inode?.fs.caching ?? 'always')
  }

  /** The cached child of that name. */
  child(name: string): Dentry | undefined {
    return this.#children?.get(name)
  }
  /** Caches `child`, made with this parent. */
  add(child: Dentry): void {
    this.#children ??= new Map()
    this.#children.set(child.name, child)
    this.cache.add(child)
  }
  get hasChildren(): boolean {
    return this.#children !== undefined && this.#children.size > 0
  }
  get inUse(): boolean {
    return this.#pins > 0 || this.isKept || this.mountCount > 0 || this.hasChildren
  }

  pin(): void {
    this.#pins++
    if (this.unlinked) this.cache.orphans.add(this)
  }
  unpin(): void {
    if (--this.#pins > 0 || !this.unlinked) return
    this.cache.orphans.delete(this)
    this.#whenUnused?.()
    this.#whenUnused = undefined
  }
  /** Once it is unlinked: at once, or when the last that refers to it goes. */
  whenUnused(action: () => void): void {
    if (this.#pins === 0) action()
    else this.#whenUnused = action
  }

  /** Drops it from the cache; a later walk looks the name up anew. */
  forget(): void {
    if (this.parent.#children?.get(this.name) === this) this.parent.#children.delete(this.name)
    this.cache.remove(this)
  }
  /** Drops what is cached below and has no user. */
  forgetBelow(): void {
    for (const child of [...(this.#children?.values() ?? [])]) {
      child.forgetBelow()
      if (!child.inUse) child.forget()
    }
  }
  /** The name is gone from the directory: who still holds it sees "(deleted)". */
  detach(): void {
    this.unlinked = true
    if (this.#pins > 0) this.cache.orphans.add(this)
    this.forget()
  }
  /** rename(2): now `parent` holds it under `name`, in place of what was cached there. */
  moveTo(parent: Dentry, name: string): void {
    const cached = this.parent.#children?.get(this.name) === this
    if (cached) this.parent.#children!.delete(this.name)
    parent.#children ??= new Map()
    parent.#children.get(name)?.detach()
    this.parent = parent
    this.name = name
    parent.#children.set(name, this)
    if (!cached) this.cache.add(this)
  }
  /** RENAME_EXCHANGE. */
  swapWith(other: Dentry): void {
    const { parent, name } = this
    this.parent = other.parent
    this.name = other.name
    other.parent = parent
    other.name = name
    this.parent.#children?.set(this.name, this)
    other.parent.#children?.set(other.name, other)
  }

  /** Whether this is `other` or lies below it, within one file system. */
  isWithin(other: Dentry): boolean {
    for (let at: Dentry = this; ; at = at.parent) {
      if (at === other) return true
      if (at.parent === at) return false
    }
  }
}
