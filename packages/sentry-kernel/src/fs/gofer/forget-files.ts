// Forgetting what is cached of the host's files, at a moment when the host may change them. (fs/gofer)

import type { MountNamespace } from '../../vfs/mount-namespace.ts'
import { GoferFs } from './gofer-fs.ts'

/** Names and attributes are asked for again, on exclusive mounts too. */
export function forgetFiles(namespace: MountNamespace): void {
  for (const { fs, root } of namespace.mounts()) {
    if (!(fs instanceof GoferFs)) continue
    fs.distrust()
    root.forgetBelow()
  }
}
