// What keeps mounts and file systems from becoming read-only. (vfs)
// Linux fs/namespace.c: mnt_hold_writers, sb_prepare_remount_readonly; fs/super.c: reconfigure_super.

import { EBUSY, MS_RDONLY } from '@tsvisor/abi'
import type { Kernel } from '../kernel/kernel.ts'
import type { Dentry } from './dentry.ts'
import type { FileSystem } from './inode.ts'
import type { Mount } from './mount.ts'
import { instanceOf } from './mount-copy.ts'

/** Before the flags of a mount change. Errors: EBUSY (something is open for writing by this mount). */
export function checkFlagsChange(mount: Mount, flags: number): void {
  if (flags & ~mount.flags & MS_RDONLY && mount.writers > 0) throw EBUSY
}

/**
 * Changes those of `mask` to `flags`, MS_* of the file system. Errors: EBUSY (to read-only while a file
 * is open for writing by any mount of it, or in use without a name: its end would be a change).
 */
export function changeSuperFlags(
  kernel: Kernel,
  fs: FileSystem,
  flags: number,
  mask: number,
): void {
  const old = fs.superFlags ?? 0
  const changed = (old & ~mask) | (flags & mask)
  if (changed & ~old & MS_RDONLY && isInUse(kernel, fs)) throw EBUSY
  fs.superFlags = changed
}

function isInUse(kernel: Kernel, fs: FileSystem): boolean {
  const { writers, root } = instanceOf(fs)
  if (writers > 0) return true
  for (const dentry of root.cache.orphans) if (isGone(dentry)) return true
  for (const { state, fs: places } of kernel.rootPidNamespace.tasks())
    for (const { mount, dentry } of state === 'dead' ? [] : [places.cwd, places.root])
      if (mount.fs === fs && dentry.unlinked && isGone(dentry)) return true
  return false
}

/** Without any other name. */
const isGone = ({ inode }: Dentry): boolean => inode!.attr().nlink === 0
