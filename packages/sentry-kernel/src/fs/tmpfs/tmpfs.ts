// tmpfs: files in memory. (fs/tmpfs)
// Linux mm/shmem.c.

import { TMPFS_MAGIC } from '@tsvisor/abi'
import type { Clock } from '../../platform/host.ts'
import { PAGE_SIZE, type Platform } from '../../platform/platform.ts'
import type { FileSystem, StatFs } from '../../vfs/inode.ts'
import { PageBudget } from './page-budget.ts'
import { TmpfsInode } from './tmpfs-inode.ts'

export interface TmpfsOptions {
  readonly platform: Platform
  readonly clock: Clock
  /** st_dev. */
  readonly dev: number
  /** Bytes at most; absent or 0: no limit. */
  readonly size?: number
  /** nr_inodes: files at most; absent or 0: no limit. */
  readonly inodes?: number
  /** Of the root directory; 01777 if absent. */
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  /** "tmpfs" unless it backs another type (devtmpfs, mqueue). */
  readonly type?: string
  /** The size that is not shown among the options, bytes. */
  readonly usualSize?: number
}

export class Tmpfs implements FileSystem {
  readonly type: string
  readonly dev: number
  readonly caching = 'always'
  readonly platform: Platform
  readonly clock: Clock
  readonly budget: PageBudget
  readonly root: TmpfsInode
  readonly #shown: TmpfsOptions
  readonly #usualPages: number | undefined
  #lastIno = 0

  constructor(options: TmpfsOptions) {
    this.type = options.type ?? 'tmpfs'
    this.dev = options.dev
    this.platform = options.platform
    this.clock = options.clock
    this.#shown = options
    const pages = options.size ? Math.ceil(options.size / PAGE_SIZE) : Number.POSITIVE_INFINITY
    this.budget = new PageBudget(pages, options.inodes || Number.POSITIVE_INFINITY)
    const { usualSize } = options
    this.#usualPages = usualSize === undefined ? undefined : Math.ceil(usualSize / PAGE_SIZE)
    const owner = { uid: options.uid ?? 0, gid: options.gid ?? 0 }
    this.root = new TmpfsInode(this, 0o040000 | (options.mode ?? 0o1777), owner, 0)
  }

  nextIno(): number {
    return ++this.#lastIno
  }

  statfs(): StatFs {
    const { budget } = this
    const limited = budget.maxPages !== Number.POSITIVE_INFINITY
    const counted = budget.maxInodes !== Number.POSITIVE_INFINITY
    const free = limited ? Math.max(0, budget.freePages) : 0
    return {
      type: TMPFS_MAGIC,
      bsize: PAGE_SIZE,
      blocks: limited ? budget.maxPages : 0,
      bfree: free,
      bavail: free,
      files: counted ? budget.maxInodes : 0,
      ffree: counted ? budget.maxInodes - budget.inodes : 0,
      namelen: 255,
    }
  }

  /** remount: new limits, which must hold what is there. False if they do not. */
  resize(size: number | undefined, inodes: number | undefined): boolean {
    const { budget } = this
    const pages =
      size === undefined
        ? budget.maxPages
        : size
          ? Math.ceil(size / PAGE_SIZE)
          : Number.POSITIVE_INFINITY
    const files = inodes === undefined ? budget.maxInodes : inodes || Number.POSITIVE_INFINITY
    if (pages < budget.pages || files < budget.inodes) return false
    budget.maxPages = pages
    budget.maxInodes = files
    return true
  }

  options(): readonly string[] {
    const { mode, uid, gid } = this.#shown
    const { maxPages, maxInodes } = this.budget
    const shown: string[] = []
    if (maxPages !== Number.POSITIVE_INFINITY && maxPages !== this.#usualPages)
      shown.push(`size=${maxPages * (PAGE_SIZE / 1024)}k`)
    if (maxInodes !== Number.POSITIVE_INFINITY) shown.push(`nr_inodes=${maxInodes}`)
    if (mode !== undefined && mode !== 0o1777) shown.push(`mode=${mode.toString(8)}`)
    if (uid) shown.push(`uid=${uid}`)
    if (gid) shown.push(`gid=${gid}`)
    return shown
  }

  release(): void {
    this.root.releaseTree()
  }
}
