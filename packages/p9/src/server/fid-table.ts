// The fids of one connection: what each stands for, and its release. (p9)

import { NOFID } from '../constants.ts'
import { EBADF, EINVAL, EMFILE, P9Error } from '../errno.ts'
import type { FileTree } from './file-tree.ts'

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
  /** Set once by lopen or lcreate. */
  open?: { readonly handle: H }
  xattr?: XattrState
}

/** errno constants of this file carry no state and are thrown as they are. */
export const BAD_FID = new P9Error(EBADF, 'unknown fid')
const FID_IN_USE = new P9Error(EINVAL, 'fid in use')
const TOO_MANY_FIDS = new P9Error(EMFILE, 'too many fids')

export class FidTable<N, H> {
  readonly #fids = new Map<number, Fid<N, H>>()
  readonly #tree: FileTree<N, H>
  readonly #max: number

  constructor(tree: FileTree<N, H>, max: number) {
    this.#tree = tree
    this.#max = max
  }

  get size(): number {
    return this.#fids.size
  }

  get(fid: number): Fid<N, H> {
    const entry = this.#fids.get(fid)
    if (entry === undefined) throw BAD_FID
    return entry
  }

  /** The node of a fid that names a file, open or not. */
  node(fid: number): N {
    const entry = this.get(fid)
    if (entry.xattr !== undefined) throw BAD_FID
    return entry.node
  }

  /** The node of a fid that is not open. */
  unopened(fid: number): N {
    const entry = this.get(fid)
    if (entry.open !== undefined || entry.xattr !== undefined)
      throw new P9Error(EINVAL, 'fid is open')
    return entry.node
  }

  /** Throws unless `count` more fids fit and `fid` is free. */
  checkFree(fid: number, count = 1): void {
    if (fid === NOFID) throw BAD_FID
    if (this.#fids.has(fid)) throw FID_IN_USE
    if (this.#fids.size + count > this.#max) throw TOO_MANY_FIDS
  }

  /** `fid` now stands for `node`, whose hold it takes over; what it stood for before is released. */
  set(fid: number, node: N): Fid<N, H> {
    this.drop(fid)
    const entry: Fid<N, H> = { node }
    this.#fids.set(fid, entry)
    return entry
  }

  /** Forgets and releases; false where nothing was there. Never throws what the fid's user must know. */
  drop(fid: number): boolean {
    const entry = this.#fids.get(fid)
    if (entry === undefined) return false
    this.#fids.delete(fid)
    try {
      if (entry.open !== undefined) this.#tree.close(entry.open.handle)
    } finally {
      this.#tree.release(entry.node)
    }
    return true
  }

  clear(): void {
    for (const fid of [...this.#fids.keys()]) {
      try {
        this.drop(fid)
      } catch {
        // The peer is gone or starts anew: nobody waits for the result of a close.
      }
    }
  }
}
