// Mounts that are nowhere yet, held by an open file: what open_tree(2) and fsmount(2) give. (vfs)
// Linux fs/namespace.c: open_detached_copy, dissolve_on_fput.

import type { Mount } from './mount.ts'
import type { MountNamespace } from './mount-namespace.ts'
import { PathOnly } from './path-only.ts'

export class DetachedTree extends PathOnly {
  readonly #namespace: MountNamespace

  /** `root` and what is below it come into a namespace of their own, like those of `like`. */
  constructor(root: Mount, like: MountNamespace) {
    super(root.root.inode!, { mount: root, dentry: root.root }, 0)
    this.#namespace = like.detached(root)
  }
  /** What move_mount(2) has not taken goes. */
  protected override close(): void {
    if (this.path?.mount.namespace === this.#namespace) this.#namespace.drop()
  }
}
