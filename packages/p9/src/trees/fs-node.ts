// Files of a served file system by where they are now, for as long as a client holds them. (p9)

import { QT_DIR, qidType, S_IFMT } from '../constants.ts'
import { ENOENT, P9Error } from '../errno.ts'
import type { Attr, Qid } from '../messages.ts'
import type { Wide } from '../wire.ts'
import type { FsStats } from './fs-like.ts'

const NO_TIME = { sec: 0, nsec: 0 }
const NS = 1_000_000_000n
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const GONE = new P9Error(ENOENT, 'removed')

const wide = (value: bigint): Wide => (value <= MAX_SAFE ? Number(value) : value)

const time = (ns: bigint): { sec: Wide; nsec: Wide } => {
  const nsec = ((ns % NS) + NS) % NS
  return { sec: Number((ns - nsec) / NS), nsec: Number(nsec) }
}

/** qid.path: the inode number; that of another file system mounted inside has bits from 48 up. */
export class Inodes {
  readonly #devices = new Map<bigint, bigint>()

  path({ dev, ino }: FsStats): Wide {
    let device = this.#devices.get(dev)
    if (device === undefined) {
      device = BigInt(this.#devices.size) << 48n
      this.#devices.set(dev, device)
    }
    return wide(BigInt.asUintN(64, ino ^ device))
  }
}

export class FsNode {
  parent: FsNode
  name: string
  readonly qid: Qid
  /** S_IFMT bits. */
  readonly type: number
  /** Those that are held. */
  readonly children = new Map<string, FsNode>()
  holds = 0
  /** Its name leads here no more. */
  gone = false
  /** Open descriptors; they outlive the name. */
  readonly fds = new Set<number>()
  /** One opened just before the name went. */
  keptFd: number | undefined

  /** Without a parent it is a root. */
  constructor(parent: FsNode | undefined, name: string, mode: number, path: Wide) {
    this.parent = parent ?? this
    this.name = name
    this.type = mode & S_IFMT
    this.qid = { type: qidType(mode), version: 0, path }
  }

  get isDirectory(): boolean {
    return this.qid.type === QT_DIR
  }

  /** Byte string from the root, "" for itself. Throws ENOENT once it, or what it is in, is gone. */
  get path(): string {
    if (this.gone) throw GONE
    return this.parent === this ? '' : `${this.parent.path}/${this.name}`
  }

  /** A descriptor of what has no name any more. */
  get lastingFd(): number {
    if (this.keptFd !== undefined) return this.keptFd
    for (const fd of this.fds) return fd
    throw GONE
  }

  /** Somebody else has the name from now on, or nobody. */
  lose(): void {
    this.gone = true
    if (this.parent.children.get(this.name) === this) this.parent.children.delete(this.name)
  }

  moveTo(parent: FsNode, name: string): void {
    if (this.parent.children.get(this.name) === this) this.parent.children.delete(this.name)
    const old = this.parent
    parent.retain()
    this.parent = parent
    this.name = name
    parent.children.set(name, this)
    old.release()
  }

  retain(): this {
    this.holds++
    return this
  }

  /** Whether that was the last hold. A node holds its parent. */
  release(): boolean {
    if (--this.holds > 0 || this.parent === this) return false
    if (this.parent.children.get(this.name) === this) this.parent.children.delete(this.name)
    this.parent.release()
    return true
  }
}

export const toAttr = (qid: Qid, stat: FsStats): Attr => ({
  qid,
  mode: Number(stat.mode),
  uid: Number(stat.uid),
  gid: Number(stat.gid),
  nlink: wide(stat.nlink),
  rdev: wide(stat.rdev),
  size: wide(stat.size),
  blksize: wide(stat.blksize),
  blocks: wide(stat.blocks),
  atime: time(stat.atimeNs),
  mtime: time(stat.mtimeNs),
  ctime: time(stat.ctimeNs),
  btime: stat.birthtimeNs > 0n ? time(stat.birthtimeNs) : NO_TIME,
  gen: 0,
  dataVersion: 0,
})
