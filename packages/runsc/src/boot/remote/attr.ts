// Attributes of files as the gofer has them, for the kernel. (runsc)

import { type Attr, unpackAttr, type Wide } from '@tsvisor/p9'
import type { PackedAttr, RemoteAttr } from '@tsvisor/sentry-kernel'
import type { Link } from './link.ts'

/** Attributes of a listing's entry, unpacked when somebody asks. */
export class ListedAttr implements PackedAttr {
  readonly #packed: Uint8Array
  readonly #index: number
  readonly #link: Link

  constructor(packed: Uint8Array, index: number, link: Link) {
    this.#packed = packed
    this.#index = index
    this.#link = link
  }

  unpack(): RemoteAttr {
    return toRemoteAttr(unpackAttr(this.#packed, this.#index), this.#link)
  }
}

const toTime = (time: { readonly sec: Wide; readonly nsec: Wide }) => ({
  sec: Number(time.sec),
  nsec: Number(time.nsec),
})

export const toRemoteAttr = (attr: Attr, { ids }: Link): RemoteAttr => ({
  ino: attr.qid.path,
  mode: attr.mode,
  uid: ids.uid.toGuest(attr.uid),
  gid: ids.gid.toGuest(attr.gid),
  nlink: Number(attr.nlink),
  rdev: Number(attr.rdev),
  size: Number(attr.size),
  blksize: Number(attr.blksize),
  blocks: Number(attr.blocks),
  atime: toTime(attr.atime),
  mtime: toTime(attr.mtime),
  ctime: toTime(attr.ctime),
  // As Rgetattr says it where there are no valid bits: 0 for not known.
  btime: attr.btime.sec === 0 ? undefined : toTime(attr.btime),
})
