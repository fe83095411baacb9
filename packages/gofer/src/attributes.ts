// Host attributes as 9P has them, and inode numbers made unique across the host's mounts. (gofer)

import type { FileStatx } from '@tsvisor/host'
import { type Attr, type Qid, qidType, type Wide } from '@tsvisor/p9'

const NO_TIME = { sec: 0, nsec: 0 }
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

const wide = (value: bigint): Wide => (value <= MAX_SAFE ? Number(value) : value)

/**
 * qid.path for files of one tree: the inode number on the root's own file system; other file
 * systems mounted inside get a number of their own in the bits from 48 up.
 */
export class QidPaths {
  readonly #devices = new Map<bigint, bigint>()

  constructor(rootDev: bigint) {
    this.#devices.set(rootDev, 0n)
  }

  path(dev: bigint, ino: bigint): Wide {
    let device = this.#devices.get(dev)
    if (device === undefined) {
      device = BigInt(this.#devices.size) << 48n
      this.#devices.set(dev, device)
    }
    return wide(device === 0n ? ino : ino ^ device)
  }
}

export const toQid = (path: Wide, mode: number): Qid => ({ type: qidType(mode), version: 0, path })

export const toAttr = (stat: FileStatx, path: Wide): Attr => ({
  qid: toQid(path, stat.mode),
  mode: stat.mode,
  uid: stat.uid,
  gid: stat.gid,
  nlink: stat.nlink,
  rdev: stat.rdev,
  size: stat.size,
  blksize: stat.blksize,
  blocks: stat.blocks,
  atime: stat.atime,
  mtime: stat.mtime,
  ctime: stat.ctime,
  btime: stat.btime ?? NO_TIME,
  gen: 0,
  dataVersion: 0,
})
