// Dentries, mounts and paths: names in the tree, and where trees are joined. (vfs)

import type { FileSystem, Inode } from './inode.ts'

/** A cached name: what `parent` holds under `name`. `inode` is undefined for a cached absence. */
export class Dentry {
  name: string
  /** Itself for the root of a file system. */
  parent: Dentry
  inode: Inode | undefined
  /** Cached children; only names that were looked up. */
  readonly children = new Map<string, Dentry>()
  /** Mounts whose mount point is this dentry, in any namespace: cheap check before searching. */
  mountCount = 0
  /** Removed from its parent (unlinked, or over-mounted and detached): shown as "(deleted)". */
  unlinked = false

  constructor(name: string, parent: Dentry | undefined, inode: Inode | undefined) {
    this.name = name
    this.parent = parent ?? this
    this.inode = inode
  }
}

/** Per-mount flags (MS_*): rdonly, nosuid, nodev, noexec, noatime … */
export class Mount {
  readonly id: number
  readonly fs: FileSystem
  /** Root of what this mount shows: the fs root, or a subtree for bind mounts. */
  readonly root: Dentry
  /** Where it is mounted: undefined for the namespace root. */
  parent: Mount | undefined
  mountPoint: Dentry | undefined
  flags: number
  /** As in mountinfo. */
  source: string
  readonly children = new Set<Mount>()

  constructor(id: number, fs: FileSystem, root: Dentry, flags: number, source: string) {
    this.id = id
    this.fs = fs
    this.root = root
    this.flags = flags
    this.source = source
  }
}

/** A place in the tree: a dentry seen through a mount. */
export interface Path {
  readonly mount: Mount
  readonly dentry: Dentry
}
