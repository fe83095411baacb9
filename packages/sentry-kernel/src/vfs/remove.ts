// Removing names: unlink, rmdir. (vfs)
// Linux fs/namei.c: do_unlinkat, do_rmdir, may_delete.

import {
  EBUSY,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  Errno,
  IN_ATTRIB,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_ISDIR,
  S_IFDIR,
} from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import type { Dentry } from './dentry.ts'
import type { Inode } from './inode.ts'
import { lookupChild, resolveParent } from './namei.ts'
import { notifyEntry, notifySelf } from './notify.ts'
import { checkInode, checkWritableMount, MAY_EXEC, MAY_WRITE, stickyForbids } from './permission.ts'

/** Whether the task may take `child` out of `directory`. Errors: EACCES, EPERM, ENOTDIR, EISDIR. */
export function checkDelete(
  task: Task,
  directory: Inode,
  child: Inode,
  as: 'directory' | 'other',
): void {
  checkInode(task, directory, MAY_WRITE | MAY_EXEC)
  if (stickyForbids(task, directory, child)) throw EPERM
  const isDirectory = child.type === S_IFDIR
  if (as === 'directory' && !isDirectory) throw ENOTDIR
  if (as === 'other' && isDirectory) throw EISDIR
}

/** unlinkat(2) without AT_REMOVEDIR. */
export function unlinkAt(task: Task, dirfd: number, path: string): void {
  const parent = resolveParent(task, dirfd, path)
  if (parent.last !== 'name') throw EISDIR
  checkWritableMount(parent)
  const child = lookupChild(parent.dentry, parent.name)
  const { inode } = child
  if (inode === undefined) throw ENOENT
  if (parent.slash) throw inode.type === S_IFDIR ? EISDIR : ENOTDIR
  const directory = parent.dentry.inode!
  checkDelete(task, directory, inode, 'other')
  if (child.mountCount > 0) throw EBUSY
  directory.unlink(child.name, inode)
  gone(directory, child, inode, 0)
}

/** rmdir(2). */
export function rmdirAt(task: Task, dirfd: number, path: string): void {
  const parent = resolveParent(task, dirfd, path)
  if (parent.last === 'dotdot') throw ENOTEMPTY
  if (parent.last === 'dot') throw EINVAL
  if (parent.last === 'none') throw EBUSY
  checkWritableMount(parent)
  const child = lookupChild(parent.dentry, parent.name)
  const { inode } = child
  if (inode === undefined) throw ENOENT
  const directory = parent.dentry.inode!
  checkDelete(task, directory, inode, 'directory')
  if (child.mountCount > 0) throw EBUSY
  directory.rmdir(child.name, inode)
  gone(directory, child, inode, IN_ISDIR)
}

/**
 * `name` is gone. Watchers hear of the end of what it named when nobody uses that under it any more, and no
 * other name is left (dentry_unlink_inode).
 */
export function notifyOfEnd(inode: Inode, name: Dentry): void {
  if (inode.watchers === undefined) return
  name.whenUnused(() => {
    if (inode.watchers !== undefined && hasEnded(inode)) notifySelf(inode, IN_DELETE_SELF)
  })
}
/** What a server does not know any more has no name either. */
function hasEnded(inode: Inode): boolean {
  if (inode.type === S_IFDIR) return true
  try {
    return inode.attr().nlink === 0
  } catch (error) {
    if (error instanceof Errno) return true
    throw error
  }
}

function gone(directory: Inode, child: Dentry, inode: Inode, bits: number): void {
  child.detach()
  if (bits === 0) notifySelf(inode, IN_ATTRIB)
  notifyOfEnd(inode, child)
  if (directory.watchers) notifyEntry(directory, IN_DELETE | bits, child.name)
}
