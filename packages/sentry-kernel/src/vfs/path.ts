// Paths: a place in the tree is a dentry seen through a mount. (vfs)

export { Dentry } from './dentry.ts'
export { Mount } from './mount.ts'

import type { Dentry } from './dentry.ts'
import type { Mount } from './mount.ts'

/** A place in the tree: a dentry seen through a mount. */
export interface Path {
  readonly mount: Mount
  readonly dentry: Dentry
}

/** The inode at a place that a walk reached: such a dentry is never a cached absence. */
export const samePlace = (a: Path, b: Path): boolean => a.dentry === b.dentry && a.mount === b.mount

/** Where a file is that a file system opens for itself, in another one: under no name. */
export const NOWHERE = undefined as unknown as Path
