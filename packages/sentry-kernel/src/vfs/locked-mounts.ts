// Mounts that are shown to other users: what these may not take away. (vfs)
// Linux fs/namespace.c: lock_mnt_tree, has_locked_children, can_change_locked_flags; mount_namespaces(7).

import {
  EPERM,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_RELATIME,
} from '@tsvisor/abi'
import type { Dentry } from './dentry.ts'
import type { FileSystem } from './inode.ts'
import type { Mount } from './mount.ts'
import type { MountNamespace } from './mount-namespace.ts'

const PROTECTIVE = MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC
const ATIME = MS_NOATIME | MS_NODIRATIME | MS_RELATIME

/** For a tree that comes to a mount namespace of other users: it stays as it is, and in one piece. */
export function lockTree(top: Mount): void {
  for (const mount of top.tree()) {
    mount.lockedFlags |= mount.flags & PROTECTIVE
    mount.atimeLocked = true
    mount.locked = mount !== top
  }
}

/** Whether a copy of what is at `root` alone would show what locked mounts there cover. */
export function hidesPlaces(mount: Mount, root: Dentry): boolean {
  for (const child of mount.children.values())
    if (child.locked && child.mountPoint!.isWithin(root)) return true
  return false
}

/** Errors: EPERM. */
export function checkLockedFlags(mount: Mount, flags: number): void {
  if (mount.lockedFlags & ~flags) throw EPERM
  if (mount.atimeLocked && (mount.flags & ATIME) !== (flags & ATIME)) throw EPERM
}

/**
 * Where the namespace shows another instance of the type of `fs` in full already, with no fewer rights than `flags`
 * leave: a new one tells its users nothing new. (mnt_already_visible)
 */
export function visibleMount(
  namespace: MountNamespace,
  fs: FileSystem,
  flags: number,
): Mount | undefined {
  for (const mount of namespace.mounts()) {
    if (mount.fs.type !== fs.type || mount.root.inode !== mount.fs.root) continue
    if (mount.lockedFlags & MS_RDONLY && !(flags & MS_RDONLY)) continue
    if (mount.atimeLocked && (mount.flags & ATIME) !== (flags & ATIME)) continue
    if (coversNothing(mount)) return mount
  }
  return undefined
}

/** Locked mounts may lie on directories that are always empty. */
function coversNothing(mount: Mount): boolean {
  for (const { locked, mountPoint } of mount.children.values())
    if (locked && !mountPoint!.inode!.isAlwaysEmpty) return false
  return true
}
