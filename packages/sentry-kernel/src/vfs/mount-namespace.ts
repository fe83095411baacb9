// The mounts that a group of tasks sees. (vfs)

import type { Mount } from './path.ts'

/** Linux's mnt_namespace. Filled in by the VFS. */
export class MountNamespace {
  root: Mount
  constructor(root: Mount) {
    this.root = root
  }
}
