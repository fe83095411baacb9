// May a task do that to an inode? Permission bits, ownership, capabilities. (vfs)
// Linux fs/namei.c: generic_permission, may_delete; fs/attr.c.

import {
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  EACCES,
  EOVERFLOW,
  EROFS,
  S_IFDIR,
  S_IFMT,
  S_ISGID,
  S_ISVTX,
  S_IXGRP,
} from '@tsvisor/abi'
import {
  type Credentials,
  hasCapabilityOver,
  hasOwnCapability,
  inGroup,
} from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import type { Inode, Owner } from './inode.ts'
import type { Path } from './path.ts'

/** Access masks, as in access(2). */
export const MAY_EXEC = 1
export const MAY_WRITE = 2
export const MAY_READ = 4

/** Whether the permission bits or a capability of `creds` allow `mask`. */
export function permits(creds: Credentials, inode: Inode, mask: number): boolean {
  const attr = inode.attr()
  const { mode } = attr
  const bits = attr.uid === creds.fsuid ? mode >> 6 : inGroup(creds, attr.gid) ? mode >> 3 : mode
  if ((bits & mask) === mask) return true
  if (!creds.userNamespace.knows(attr)) return false
  if ((mode & S_IFMT) === S_IFDIR) {
    if (!(mask & MAY_WRITE) && hasOwnCapability(creds, CAP_DAC_READ_SEARCH)) return true
    return hasOwnCapability(creds, CAP_DAC_OVERRIDE)
  }
  if (mask === MAY_READ && hasOwnCapability(creds, CAP_DAC_READ_SEARCH)) return true
  if (mask & MAY_EXEC && (mode & 0o111) === 0) return false
  return hasOwnCapability(creds, CAP_DAC_OVERRIDE)
}

/** Errors: EACCES, or what the file system itself refuses with. */
export function checkInode(task: Task, inode: Inode, mask: number): void {
  if (!permits(task.creds, inode, mask) && !inode.grants(task)) throw EACCES
  const refusal = inode.refuse(task, mask)
  if (refusal !== undefined) throw refusal
}

/** As checkInode on directories on the way: everybody may search most of them. */
export function checkSearch(task: Task, inode: Inode): void {
  if ((inode.attr().mode & 0o111) !== 0o111)
    if (!permits(task.creds, inode, MAY_EXEC) && !inode.grants(task)) throw EACCES
  const refusal = inode.refuse(task, MAY_EXEC)
  if (refusal !== undefined) throw refusal
}

/** Errors: EROFS. */
export function checkWritableMount(path: Pick<Path, 'mount'>): void {
  if (path.mount.isReadOnly) throw EROFS
}

/** Whether the task owns the inode or may act as if (CAP_FOWNER). */
export function ownsInode({ creds }: Task, inode: Inode): boolean {
  const { uid } = inode.attr()
  if (uid === creds.fsuid) return true
  return hasOwnCapability(creds, CAP_FOWNER) && creds.userNamespace.uids.has(uid)
}

/** Whether a sticky directory keeps the task from removing `child` (restricted deletion). */
export function stickyForbids(task: Task, directory: Inode, child: Inode): boolean {
  const attr = directory.attr()
  if (!(attr.mode & S_ISVTX)) return false
  const { fsuid } = task.creds
  const owner = child.attr()
  if (attr.uid === fsuid || owner.uid === fsuid) return false
  return !hasCapabilityOver(task.creds, owner, CAP_FOWNER)
}

/**
 * Who owns what the task makes in `directory`: a set-group-ID directory gives its group. Errors:
 * EOVERFLOW (on a file system whose users the task is none of).
 */
export function newOwner(task: Task, directory: Inode): Owner {
  const attr = directory.attr()
  const { fsuid, fsgid } = task.creds
  const { userNamespace } = directory.fs
  if (userNamespace !== undefined && !userNamespace.knows({ uid: fsuid, gid: fsgid }))
    throw EOVERFLOW
  return { uid: fsuid, gid: attr.mode & S_ISGID ? attr.gid : fsgid }
}

/** The mode of a new file: umask, and set-group-ID as the directory and the group allow. */
export function newMode(
  task: Task,
  directory: Inode,
  mode: number,
  kind: 'directory' | 'file',
): number {
  let result = mode & ~task.fs.umask
  const attr = directory.attr()
  if (attr.mode & S_ISGID) {
    if (kind === 'directory') result |= S_ISGID
    else if ((result & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP)) {
      if (!inGroup(task.creds, attr.gid) && !hasCapabilityOver(task.creds, attr, CAP_FSETID))
        result &= ~S_ISGID
    }
  }
  return result
}
