// mount_setattr(2). (syscalls)
// Linux fs/namespace.c: do_mount_setattr.

import {
  AT_EMPTY_PATH,
  AT_NO_AUTOMOUNT,
  AT_RECURSIVE,
  AT_SYMLINK_NOFOLLOW,
  E2BIG,
  EBADF,
  EINVAL,
  EPERM,
  MOUNT_ATTR_IDMAP,
  mount_attr,
} from '@tsvisor/abi'
import { NamespaceFile } from '../fs/nsfs/namespace-file.ts'
import { PAGE_SIZE } from '../platform/platform.ts'
import type { Task } from '../task/task.ts'
import { checkLockedFlags } from '../vfs/locked-mounts.ts'
import { changePropagation } from '../vfs/peers.ts'
import { checkFlagsChange } from '../vfs/remount.ts'
import type { Handler } from './handler.ts'
import { checkAdmin, checkOursOrDetached, mountRoot, propagationOf } from './mount-checks.ts'
import { flagsChange } from './mount-flags.ts'
import { placeNamed } from './named-file.ts'

export const mount_setattr: Handler<'mount_setattr'> = (task, args) => {
  const { dirfd, pathname, flags, attr, size } = args
  const known = AT_EMPTY_PATH | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT
  if (flags & ~known) throw EINVAL
  if (size > PAGE_SIZE) throw E2BIG
  if (size < mount_attr.size) throw EINVAL
  checkAdmin(task)
  const data = task.mm.readBytes(attr, size)
  if (data.subarray(mount_attr.size).some(byte => byte !== 0)) throw E2BIG
  const { attr_set, attr_clr, propagation, userns_fd } = mount_attr.decode(data)
  if (attr_set === 0 && attr_clr === 0 && propagation === 0) return 0
  const type = propagation === 0 ? undefined : propagationOf(propagation)
  if ((attr_set | attr_clr) & MOUNT_ATTR_IDMAP) refuseIdMap(task, attr_clr, userns_fd)
  const { set, clear } = flagsChange(attr_set, attr_clr)
  const place = mountRoot(placeNamed(task, dirfd, pathname, flags))
  checkOursOrDetached(task, place)
  const mounts = flags & AT_RECURSIVE ? [...place.mount.tree()] : [place.mount]
  for (const mount of mounts) {
    checkLockedFlags(mount, (mount.flags & ~clear) | set)
    checkFlagsChange(mount, set)
  }
  for (const mount of mounts) {
    mount.flags = (mount.flags & ~clear) | set
    if (type !== undefined) changePropagation(mount, type)
  }
  place.mount.namespace?.noteChange()
  return 0
}

/** No file system here takes a map: as Linux answers for those that do not (FS_ALLOW_IDMAP). */
function refuseIdMap(task: Task, clear: number, fd: number): never {
  if (clear & MOUNT_ATTR_IDMAP || fd > 0x7fff_ffff) throw EINVAL
  const file = task.fds.peek(fd)
  if (file === undefined) throw EBADF
  if (!(file instanceof NamespaceFile) || file.inode.which.kind !== 'user') throw EINVAL
  throw file.inode.which.namespace.level === 0 ? EPERM : EINVAL
}
