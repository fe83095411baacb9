// What the mount calls check of callers and places. (syscalls)
// Linux fs/namespace.c: may_mount, check_mnt, path_mounted.

import {
  CAP_SYS_ADMIN,
  EINVAL,
  EPERM,
  MS_PRIVATE,
  MS_SHARED,
  MS_SLAVE,
  MS_UNBINDABLE,
} from '@tsvisor/abi'
import { NamespaceInode } from '../fs/nsfs/namespace.ts'
import { hasCapabilityIn } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import type { Path } from '../vfs/path.ts'
import type { Propagation } from '../vfs/peers.ts'

/** Errors: EPERM. */
export function checkAdmin(task: Task): void {
  if (!hasCapabilityIn(task.creds, task.mounts.userNamespace, CAP_SYS_ADMIN)) throw EPERM
}

/** Whether the mount is in the caller's namespace. Errors: EINVAL. */
export function checkOurs(task: Task, { mount }: Path): void {
  if (mount.namespace !== task.mounts) throw EINVAL
}

/** Whether it is in the caller's namespace or in none that is seen (open_tree, fsmount). Errors: EINVAL. */
export function checkOursOrDetached(task: Task, { mount }: Path): void {
  if (mount.namespace !== task.mounts && !mount.namespace?.isAnonymous) throw EINVAL
}

/** may_copy_tree: files of nsfs are in no mount namespace, and may be mounted all the same. Errors: EINVAL. */
export function checkCopied(task: Task, place: Path): void {
  if (!(place.dentry.inode instanceof NamespaceInode)) checkOursOrDetached(task, place)
}

/** Errors: EINVAL where it is not the root of a mount. */
export function mountRoot(place: Path): Path {
  if (place.dentry !== place.mount.root) throw EINVAL
  return place
}

const PROPAGATION: ReadonlyMap<number, Propagation> = new Map([
  [MS_SHARED, 'shared'],
  [MS_PRIVATE, 'private'],
  [MS_SLAVE, 'slave'],
  [MS_UNBINDABLE, 'unbindable'],
])
/** MS_SHARED, MS_PRIVATE, MS_SLAVE or MS_UNBINDABLE, one of them. Errors: EINVAL. */
export function propagationOf(flag: number): Propagation {
  const type = PROPAGATION.get(flag)
  if (type === undefined) throw EINVAL
  return type
}
