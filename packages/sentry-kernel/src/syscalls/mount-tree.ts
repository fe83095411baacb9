// open_tree(2), move_mount(2). (syscalls)
// Linux fs/namespace.c.

import {
  type Addr,
  AT_EMPTY_PATH,
  AT_NO_AUTOMOUNT,
  AT_RECURSIVE,
  AT_SYMLINK_NOFOLLOW,
  EINVAL,
  MOVE_MOUNT_BENEATH,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_F_SYMLINKS,
  MOVE_MOUNT_SET_GROUP,
  MOVE_MOUNT_T_EMPTY_PATH,
  MOVE_MOUNT_T_SYMLINKS,
  moveMountFlags,
  O_PATH,
  OPEN_TREE_CLOEXEC,
  OPEN_TREE_CLONE,
} from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import { DetachedTree } from '../vfs/detached-tree.ts'
import type { Mount } from '../vfs/mount.ts'
import { copyForBind } from '../vfs/mount-namespace.ts'
import type { Path } from '../vfs/path.ts'
import { PathOnly } from '../vfs/path-only.ts'
import { joinPeers, setMaster } from '../vfs/peers.ts'
import type { Handler } from './handler.ts'
import { installNew } from './install-fd.ts'
import {
  checkAdmin,
  checkCopied,
  checkOurs,
  checkOursOrDetached,
  mountRoot,
} from './mount-checks.ts'
import { placeNamed } from './named-file.ts'

export const open_tree: Handler<'open_tree'> = (task, { dirfd, pathname, flags }) => {
  const lookup = AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW
  const own = AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC
  if (flags & ~(lookup | own)) throw EINVAL
  const clones = (flags & OPEN_TREE_CLONE) !== 0
  if (flags & AT_RECURSIVE && !clones) throw EINVAL
  if (clones) checkAdmin(task)
  const place = placeNamed(task, dirfd, pathname, flags)
  const closesOnExec = (flags & OPEN_TREE_CLOEXEC) !== 0
  if (!clones)
    return installNew(task, new PathOnly(place.dentry.inode!, place, O_PATH), closesOnExec)
  checkCopied(task, place)
  const copy = copyForBind(place, flags & AT_RECURSIVE ? 'recursive' : 'single')
  return installNew(task, new DetachedTree(copy, task.mounts), closesOnExec)
}

const MOVE_FLAGS = Object.values(moveMountFlags()).reduce((all, flag) => all | flag, 0)

export const move_mount: Handler<'move_mount'> = (task, args) => {
  const { from_dirfd, from_pathname, to_dirfd, to_pathname, flags } = args
  checkAdmin(task)
  if (flags & ~MOVE_FLAGS) throw EINVAL
  const both = MOVE_MOUNT_BENEATH | MOVE_MOUNT_SET_GROUP
  if ((flags & both) === both) throw EINVAL
  const end = (dirfd: number, pathname: Addr, follows: number, mayBeEmpty: number): Path =>
    placeNamed(
      task,
      dirfd,
      pathname,
      (flags & follows ? 0 : AT_SYMLINK_NOFOLLOW) | (flags & mayBeEmpty ? AT_EMPTY_PATH : 0),
    )
  const to = end(to_dirfd, to_pathname, MOVE_MOUNT_T_SYMLINKS, MOVE_MOUNT_T_EMPTY_PATH)
  const from = end(from_dirfd, from_pathname, MOVE_MOUNT_F_SYMLINKS, MOVE_MOUNT_F_EMPTY_PATH)
  if (flags & MOVE_MOUNT_SET_GROUP) joinGroup(mountRoot(from).mount, mountRoot(to).mount)
  else moveTo(task, from, flags & MOVE_MOUNT_BENEATH ? beneath(task, from, to) : to)
  return 0
}

function moveTo(task: Task, from: Path, to: Path): void {
  const { namespace } = mountRoot(from).mount
  if (namespace === task.mounts) {
    checkOurs(task, to)
    task.mounts.move(from, to)
    return
  }
  if (!namespace?.isAnonymous || namespace.root !== from.mount) throw EINVAL
  if (namespace === to.mount.namespace) throw EINVAL
  checkOursOrDetached(task, to)
  to.mount.namespace!.take(namespace, to)
}

/** Where to mount what is to lie below the mount at `to`. Errors: EINVAL. */
function beneath(task: Task, from: Path, to: Path): Path {
  const over = mountRoot(to).mount
  const { parent, mountPoint } = over
  if (parent === undefined || mountPoint === undefined) throw EINVAL
  if (from.mount.overmount !== undefined || over === task.fs.root.mount) throw EINVAL
  for (let at: Mount | undefined = from.mount; at; at = at.parent) if (at === over) throw EINVAL
  const place = { mount: parent, dentry: mountPoint }
  if (wouldCover(place, over)) throw EINVAL
  if (from.mount.namespace === task.mounts && wouldCover(place, from.mount)) throw EINVAL
  return place
}

/** Whether what is mounted at `place` comes to lie on `mount` too. */
function wouldCover({ mount: parent, dentry }: Path, mount: Mount): boolean {
  if (parent.groupId === 0 || mount.root !== dentry) return false
  for (let at: Mount | undefined = mount; at; at = at.master)
    if (at.groupId === parent.groupId) return true
  return false
}

/** MOVE_MOUNT_SET_GROUP: `to` becomes to others what `from` is. Errors: EINVAL. */
function joinGroup(from: Mount, to: Mount): void {
  if (from.namespace === undefined || to.namespace === undefined) throw EINVAL
  if (from.fs !== to.fs || !to.root.isWithin(from.root)) throw EINVAL
  if (to.groupId !== 0 || to.master !== undefined) throw EINVAL
  if (from.groupId === 0 && from.master === undefined) throw EINVAL
  setMaster(to, from.master)
  if (from.groupId !== 0) {
    joinPeers(to, from)
    to.unbindable = false
  }
  to.namespace.noteChange()
}
