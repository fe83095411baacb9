// Any synchronous fs-like object (memfs, node:fs) as a file system. (fs/node)

import type { Platform } from '../../platform/platform.ts'
import type { FileSystem, StatFs } from '../../vfs/inode.ts'
import { simpleStatfs } from '../simple-statfs.ts'
import type { FsLike, StatsLike } from './fs-like.ts'
import { bytesOfText, translating } from './node-error.ts'
import { NodeInode } from './node-inode.ts'

export interface NodeFsOptions {
  readonly fs: FsLike
  /** The directory that becomes "/"; text, as `fs` wants it. */
  readonly root: string
  readonly platform: Platform
  /** st_dev. */
  readonly dev: number
}

/**
 * Owners and modes are those that the object keeps: a memfs keeps what it is told, node:fs needs
 * privileges. It must not change behind the kernel's back. Names that are no UTF-8 cannot exist.
 */
export class NodeFs implements FileSystem {
  readonly type = 'nodefs'
  readonly dev: number
  readonly caching = 'always'
  readonly fs: FsLike
  readonly platform: Platform
  readonly root: NodeInode
  /** Files seen so far, by number: hard links are one inode. */
  readonly #known = new Map<number, NodeInode>()

  constructor({ fs, root, platform, dev }: NodeFsOptions) {
    this.fs = fs
    this.platform = platform
    this.dev = dev
    const top = bytesOfText(root.replace(/\/+$/, ''))
    const stats = translating(() => fs.lstatSync(root))
    this.root = new NodeInode(this, stats, undefined, top)
    this.#known.set(stats.ino, this.root)
  }

  /** The inode of a file just found as `name` in `parent`. */
  inodeFor(stats: StatsLike, parent: NodeInode, name: string): NodeInode {
    const known = this.#known.get(stats.ino)
    if (known !== undefined && known.type === (stats.mode & 0o170000)) {
      known.addName(parent, name)
      return known
    }
    const inode = new NodeInode(this, stats, parent, name)
    this.#known.set(stats.ino, inode)
    return inode
  }
  /** The last name is gone; its number may be used again. */
  forget(inode: NodeInode): void {
    if (this.#known.get(inode.ino) === inode) this.#known.delete(inode.ino)
  }

  statfs(): StatFs {
    // RAMFS_MAGIC: what it most resembles.
    return simpleStatfs(0x858458f6)
  }
  options(): readonly string[] {
    return []
  }
  release(): void {
    this.#known.clear()
  }
}
