// Mounting a new file system: who may, and whose it is. (vfs)
// Linux fs/super.c: mount_capable; fs/namespace.c: mount_too_revealing.

import { CAP_SYS_ADMIN, EPERM, MS_RDONLY } from '@tsvisor/abi'
import { hasCapabilityIn } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { UserNamespace } from '../task/user-namespace.ts'
import type { FileSystemType } from './filesystems.ts'
import type { FileSystem } from './inode.ts'
import { visibleMount } from './locked-mounts.ts'
import type { Mount } from './mount.ts'

/** An instance of `type`. Errors: EPERM; those of FileSystemType.make. */
export function newFileSystem(
  task: Task,
  type: FileSystemType,
  source: string,
  data: string,
): FileSystem {
  const owner = type.owner?.(task) ?? UserNamespace.FIRST
  // Bad options are found first.
  const fs = type.make(task, source, data)
  if (!hasCapabilityIn(task.creds, owner, CAP_SYS_ADMIN)) throw EPERM
  if (owner.level > 0 && type.instances !== 'shared') fs.userNamespace = owner
  return fs
}

/**
 * What tells of the whole system is shown to users of their own namespaces only where they see it already, and as
 * they do. Errors: EPERM.
 */
export function checkRevealing(task: Task, type: FileSystemType, mount: Mount): void {
  const { mounts } = task
  if (type.shows !== 'system' || mounts.userNamespace.level === 0) return
  const known = visibleMount(mounts, mount.fs, mount.flags)
  if (known === undefined) throw EPERM
  mount.lockedFlags |= known.lockedFlags & MS_RDONLY
  mount.atimeLocked = known.atimeLocked
}
