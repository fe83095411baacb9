// rename(2), renameat2(2). (vfs)
// Linux fs/namei.c: do_renameat2, vfs_rename.

import {
  EBUSY,
  EEXIST,
  EINVAL,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EXDEV,
  IN_ATTRIB,
  IN_ISDIR,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
  S_IFDIR,
} from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import type { Dentry } from './dentry.ts'
import type { Inode } from './inode.ts'
import { lookupChild, type Parent, resolveParent } from './namei.ts'
import { FS_RENAME, notifyEntry, notifySelf } from './notify.ts'
import { checkInode, checkWritableMount, MAY_EXEC, MAY_WRITE } from './permission.ts'
import { checkDelete, notifyOfEnd } from './remove.ts'

/** A name in its directory, as rename needs it. */
interface Side {
  readonly parent: Parent
  readonly directory: Inode
  readonly dentry: Dentry
  readonly inode: Inode | undefined
  readonly isDirectory: boolean
}

const sideOf = (parent: Parent): Side => {
  const dentry = lookupChild(parent.dentry, parent.name)
  const { inode } = dentry
  return {
    parent,
    directory: parent.dentry.inode!,
    dentry,
    inode,
    isDirectory: inode !== undefined && inode.type === S_IFDIR,
  }
}

/** RENAME_WHITEOUT is for the upper layers of overlays, which do without: EINVAL. */
export function renameAt(
  task: Task,
  oldDirfd: number,
  oldPath: string,
  newDirfd: number,
  newPath: string,
  flags: number,
): void {
  if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT)) throw EINVAL
  const exchange = (flags & RENAME_EXCHANGE) !== 0
  if (exchange && flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)) throw EINVAL
  if (flags & RENAME_WHITEOUT) throw EINVAL
  const from = resolveParent(task, oldDirfd, oldPath)
  const to = resolveParent(task, newDirfd, newPath)
  if (from.mount !== to.mount) throw EXDEV
  if (from.last !== 'name') throw EBUSY
  if (to.last !== 'name') throw flags & RENAME_NOREPLACE ? EEXIST : EBUSY
  checkWritableMount(from)
  const old = sideOf(from)
  if (old.inode === undefined) throw ENOENT
  const target = sideOf(to)
  checkShape(old, target, flags)
  if (old.inode === target.inode) return
  checkPermission(task, old, old.inode, target, exchange)
  // A mount point stays where it is.
  if (old.dentry.mountCount > 0 || target.dentry.mountCount > 0) throw EBUSY
  old.directory.rename(
    old.parent.name,
    old.inode,
    target.directory,
    target.parent.name,
    target.inode,
    flags,
  )
  if (exchange) old.dentry.swapWith(target.dentry)
  else {
    if (target.inode !== undefined) target.dentry.detach()
    old.dentry.moveTo(target.parent.dentry, target.parent.name)
  }
  announce(task, old, old.inode, target, exchange)
}

/** What the names are, and where: before any permission. */
function checkShape(old: Side, target: Side, flags: number): void {
  const exchange = (flags & RENAME_EXCHANGE) !== 0
  if (flags & RENAME_NOREPLACE && target.inode !== undefined) throw EEXIST
  if (exchange) {
    if (target.inode === undefined) throw ENOENT
    if (!target.isDirectory && target.parent.slash) throw ENOTDIR
  }
  if (!old.isDirectory) {
    if (old.parent.slash) throw ENOTDIR
    if (!exchange && target.parent.slash) throw ENOTDIR
  }
  if (target.parent.dentry.isWithin(old.dentry)) throw EINVAL
  if (target.inode !== undefined && old.parent.dentry.isWithin(target.dentry))
    throw exchange ? EINVAL : ENOTEMPTY
}

function checkPermission(
  task: Task,
  old: Side,
  inode: Inode,
  target: Side,
  exchange: boolean,
): void {
  checkDelete(task, old.directory, inode, old.isDirectory ? 'directory' : 'other')
  if (target.inode === undefined) {
    if (target.parent.dentry.unlinked) throw ENOENT
    checkInode(task, target.directory, MAY_WRITE | MAY_EXEC)
  } else {
    const as = exchange ? target.isDirectory : old.isDirectory
    checkDelete(task, target.directory, target.inode, as ? 'directory' : 'other')
  }
  if (target.directory === old.directory) return
  // ".." in a directory that moves changes.
  if (old.isDirectory) checkInode(task, inode, MAY_WRITE)
  if (exchange && target.isDirectory) checkInode(task, target.inode!, MAY_WRITE)
}

/** fsnotify_move. */
function announce(task: Task, old: Side, inode: Inode, target: Side, exchange: boolean): void {
  const moved = (side: Side, to: Side, what: Inode, isDirectory: boolean): void => {
    const replaced = exchange ? undefined : to.inode
    const concerned = [side.directory, to.directory, what, replaced]
    if (concerned.every(one => one?.watchers === undefined)) return
    const cookie = task.kernel.vfs.nextRenameCookie()
    const bits = isDirectory ? IN_ISDIR : 0
    if (side.directory === to.directory) notifyEntry(side.directory, FS_RENAME, side.parent.name)
    notifyEntry(side.directory, IN_MOVED_FROM | bits, side.parent.name, cookie)
    notifyEntry(to.directory, IN_MOVED_TO | bits, to.parent.name, cookie)
    if (replaced !== undefined) notifySelf(replaced, IN_ATTRIB | bits)
    notifySelf(what, IN_MOVE_SELF)
    if (replaced !== undefined) notifyOfEnd(replaced, to.dentry)
  }
  moved(old, target, inode, old.isDirectory)
  if (exchange) moved(target, old, target.inode!, target.isDirectory)
}
