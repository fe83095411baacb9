// The fids of one connection: what each stands for, and its release. (p9)

import { type Awaitable, run, type Steps, wait } from '../awaitable.ts'
import { NOFID } from '../constants.ts'
import { EBADF, EINVAL, EMFILE, P9Error } from '../errno.ts'
import type { Operation } from '../signal.ts'
import type { ServedTree } from './served-tree.ts'

/** Reading an extended attribute (its value), or collecting one that is set at the clunk. */
export type XattrState =
  | { readonly use: 'read'; readonly value: Uint8Array }
  | {
      readonly use: 'write'
      readonly name: string
      readonly value: Uint8Array
      readonly flags: number
      filled: number
    }

export interface Fid<N, H> {
  readonly node: N
  /** Whom the client attached as to get here; undefined where it named no uid. */
  readonly uid: number | undefined
  /** Set once by lopen or lcreate. */
  open?: { readonly handle: H }
  xattr?: XattrState
  /** An lopen or lcreate is under way. */
  opening: boolean
  /** Requests under way that use it: what it stands for is released after the last. */
  users: number
  gone: boolean
  locked: boolean
}

/** errno constants of this file carry no state and are thrown as they are. */
export const BAD_FID = new P9Error(EBADF, 'unknown fid')
const FID_IN_USE = new P9Error(EINVAL, 'fid in use')
const TOO_MANY_FIDS = new P9Error(EMFILE, 'too many fids')
const FID_IS_OPEN = new P9Error(EINVAL, 'fid is open')

export class FidTable<N, H> {
  readonly #fids = new Map<number, Fid<N, H>>()
  /** New fids of requests under way. */
  readonly #claims = new Set<number>()
  readonly #tree: ServedTree<N, H>
  readonly #max: number
  readonly #onRelease: (fid: Fid<N, H>) => void
  readonly #idle: Operation
  #state: 'open' | 'cleared' = 'open'
  /** What the request that is being started has looked up. */
  #touched: Fid<N, H>[] = []

  /** `idle` is the operation that closes nobody waits for are done under. */
  constructor(
    tree: ServedTree<N, H>,
    max: number,
    onRelease: (fid: Fid<N, H>) => void,
    idle: Operation,
  ) {
    this.#tree = tree
    this.#max = max
    this.#onRelease = onRelease
    this.#idle = idle
  }

  get size(): number {
    return this.#fids.size
  }

  /** A request starts: handlers look up their fids before they wait for anything. */
  begin(): void {
    this.#touched.length = 0
  }

  /** The request that just started goes on later: keeps its fids alive until the result is called. */
  pin(): () => void {
    const pinned = this.#touched
    this.#touched = []
    for (const entry of pinned) entry.users++
    return () => {
      for (const entry of pinned) {
        if (--entry.users === 0 && entry.gone) quietly(() => this.#end(entry, this.#idle))
      }
    }
  }

  get(fid: number): Fid<N, H> {
    const entry = this.#fids.get(fid)
    if (entry === undefined) throw BAD_FID
    this.#touched.push(entry)
    return entry
  }

  /** A fid that names a file, open or not. */
  file(fid: number): Fid<N, H> {
    const entry = this.get(fid)
    if (entry.xattr !== undefined) throw BAD_FID
    return entry
  }
  node(fid: number): N {
    return this.file(fid).node
  }

  /** A fid that is not open. */
  unopened(fid: number): Fid<N, H> {
    const entry = this.get(fid)
    if (entry.open !== undefined || entry.xattr !== undefined || entry.opening) throw FID_IS_OPEN
    return entry
  }

  /** Throws unless `count` more fids fit and `fid` is free. */
  checkFree(fid: number, count = 1): void {
    if (fid === NOFID) throw BAD_FID
    if (this.#fids.has(fid) || this.#claims.has(fid)) throw FID_IN_USE
    if (this.#fids.size + this.#claims.size + count > this.#max) throw TOO_MANY_FIDS
  }

  /** Checks and keeps a number for `set`; give it back with `unclaim` if nothing comes of it. */
  claim(fid: number): void {
    this.checkFree(fid)
    this.#claims.add(fid)
  }
  unclaim(fid: number): void {
    this.#claims.delete(fid)
  }

  /** `fid` now stands for `node`, whose hold it takes over; what it stood for before is released. */
  set(fid: number, node: N, uid: number | undefined): Fid<N, H> {
    this.#claims.delete(fid)
    if (this.#state === 'cleared') {
      this.#tree.release(node)
      throw BAD_FID
    }
    this.drop(fid)
    const entry: Fid<N, H> = { node, uid, opening: false, users: 0, gone: false, locked: false }
    this.#fids.set(fid, entry)
    return entry
  }

  /** Takes the number away; `end` releases what it stood for. */
  take(fid: number): Fid<N, H> {
    const entry = this.get(fid)
    this.#fids.delete(fid)
    entry.gone = true
    return entry
  }

  /** Releases what a taken fid stood for, unless other requests use it: then the last one does. */
  end(entry: Fid<N, H>, operation: Operation): Awaitable<void> {
    if (entry.users > 0) return undefined
    return this.#end(entry, operation)
  }

  #end(entry: Fid<N, H>, operation: Operation): Awaitable<void> {
    if (entry.locked) this.#onRelease(entry)
    if (entry.open === undefined) {
      this.#tree.release(entry.node)
      return undefined
    }
    return run(this.#close(entry, entry.open.handle, operation))
  }

  *#close(entry: Fid<N, H>, handle: H, operation: Operation): Steps<void> {
    try {
      yield* wait(this.#tree.close(handle, operation))
    } finally {
      this.#tree.release(entry.node)
    }
  }

  /** Forgets and releases; nobody waits for the result. False where nothing was there. */
  drop(fid: number): boolean {
    const entry = this.#fids.get(fid)
    if (entry === undefined) return false
    this.#fids.delete(fid)
    entry.gone = true
    if (entry.users === 0) quietly(() => this.#end(entry, this.#idle))
    return true
  }

  /** The connection ends, or starts anew with another table. */
  clear(): void {
    this.#state = 'cleared'
    for (const fid of [...this.#fids.keys()]) this.drop(fid)
  }
}

/** The peer is gone, or did not ask: nobody waits for the result of a close. */
const quietly = (step: () => Awaitable<void>): void => {
  try {
    step()?.then(undefined, () => {})
  } catch {}
}
