// A file system whose changes stay in memory, over one that is never written. (fs/memory-overlay)
// Linux fs/overlayfs, with the upper layer private to the kernel: whiteouts, opaque directories and
// redirects are plain object references here, and nothing of them is visible to the guest.

import { OVERLAYFS_SUPER_MAGIC } from '@tsvisor/abi'
import type { FileSystem, Inode, StatFs } from '../../vfs/inode.ts'
import type { Tmpfs } from '../tmpfs/tmpfs.ts'
import { OverlayInode } from './overlay-inode.ts'

export interface OverlayOptions {
  /** What shows through. Only read; nobody else may change it while the overlay lives. */
  readonly lower: FileSystem
  /** Holds changed and new files, by its own limits. For this overlay alone; its tree stays empty. */
  readonly upper: Tmpfs
  /** st_dev. */
  readonly dev: number
}

/** New files are numbered from here, out of the way of the lower ones'. */
const FIRST_OWN_INO = 2 ** 40

export class OverlayFs implements FileSystem {
  readonly type = 'overlay'
  readonly dev: number
  readonly caching = 'always'
  readonly lower: FileSystem
  readonly upper: Tmpfs
  readonly root: OverlayInode
  /** One object for each lower file while anyone refers to it. */
  readonly #known = new WeakMap<Inode, OverlayInode>()
  /** Changed lower files by their number: kept for good, the lower object may be made anew. */
  readonly #changed = new Map<number, OverlayInode>()
  #lastIno = FIRST_OWN_INO

  constructor({ lower, upper, dev }: OverlayOptions) {
    this.lower = lower
    this.upper = upper
    this.dev = dev
    this.root = new OverlayInode(this, lower.root, undefined, undefined)
    this.#known.set(lower.root, this.root)
  }

  nextIno(): number {
    return ++this.#lastIno
  }

  /** The overlay's file for one found in a lower directory. */
  wrap(lower: Inode, parent: OverlayInode): OverlayInode {
    const known =
      this.#known.get(lower) ??
      (this.#changed.size > 0 ? this.#changed.get(lower.attr().ino) : undefined)
    if (known !== undefined) return known
    const inode = new OverlayInode(this, lower, undefined, parent)
    this.#known.set(lower, inode)
    return inode
  }
  /** A lower file was copied up, or a lower directory's entries changed. */
  keep(ino: number, inode: OverlayInode): void {
    this.#changed.set(ino, inode)
  }
  /** No lower name leads to it any more. */
  forget(ino: number): void {
    this.#changed.delete(ino)
  }

  statfs(): StatFs {
    const upper = this.upper.statfs()
    const shown = upper.blocks > 0 ? upper : this.lower.statfs()
    return { ...shown, type: OVERLAYFS_SUPER_MAGIC }
  }
  options(): readonly string[] {
    return ['lowerdir=/', ...this.upper.options()]
  }
  release(): void {
    this.root.releaseTree()
    for (const inode of this.#changed.values()) inode.releaseTree()
    this.#changed.clear()
    this.lower.release()
  }
}
