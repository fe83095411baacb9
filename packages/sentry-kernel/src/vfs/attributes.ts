// Changing attributes: who may, and what else changes with it. (vfs)
// Linux fs/attr.c: setattr_prepare, setattr_copy; fs/open.c: chmod_common, chown_common, do_truncate.

import {
  CAP_CHOWN,
  CAP_FSETID,
  EFBIG,
  EPERM,
  IN_ATTRIB,
  S_IFDIR,
  S_IFREG,
  S_ISGID,
  S_ISUID,
  S_IXGRP,
} from '@tsvisor/abi'
import { hasCapability, inGroup } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import type { Dentry } from './dentry.ts'
import { exceedsFileSize } from './file-size-limit.ts'
import type { AttrChange, Inode } from './inode.ts'
import { notifyFile } from './notify.ts'
import { ownsInode } from './permission.ts'

/** Stands for "leave it" in chown(2). */
const UNCHANGED = 0xffff_ffff

/** Errors: EPERM. The caller has checked for a read-only mount. */
export function changeMode(
  task: Task,
  inode: Inode,
  dentry: Dentry | undefined,
  mode: number,
): void {
  if (!ownsInode(task, inode)) throw EPERM
  let bits = mode & 0o7777
  if (
    bits & S_ISGID &&
    !inGroup(task.creds, inode.attr().gid) &&
    !hasCapability(task.creds, CAP_FSETID)
  )
    bits &= ~S_ISGID
  inode.setattr({ mode: bits })
  notifyFile(inode, dentry, IN_ATTRIB)
}

/** uid and gid as given to chown(2): 0xffffffff leaves one. Errors: EPERM. */
export function changeOwner(
  task: Task,
  inode: Inode,
  dentry: Dentry | undefined,
  uid: number,
  gid: number,
): void {
  const { creds } = task
  const attr = inode.attr()
  const owns = attr.uid === creds.fsuid
  const change: AttrChange = {}
  if (uid !== UNCHANGED) {
    if (!(owns && uid === attr.uid) && !hasCapability(creds, CAP_CHOWN)) throw EPERM
    change.uid = uid
  }
  if (gid !== UNCHANGED) {
    if (!(owns && (gid === attr.gid || inGroup(creds, gid))) && !hasCapability(creds, CAP_CHOWN))
      throw EPERM
    change.gid = gid
  }
  const kept = inode.type === S_IFDIR ? attr.mode : withoutPrivilege(task, attr.mode, attr.gid)
  if (kept !== attr.mode) change.mode = kept & 0o7777
  inode.setattr(change)
  notifyFile(inode, dentry, IN_ATTRIB)
}

/** `mode` without set-user-ID, and without set-group-ID where that is no mandatory lock mark. */
function withoutPrivilege(task: Task, mode: number, gid: number): number {
  let kept = mode & ~S_ISUID
  if (mode & S_ISGID) {
    if (mode & S_IXGRP) kept &= ~S_ISGID
    else if (!inGroup(task.creds, gid) && !hasCapability(task.creds, CAP_FSETID)) kept &= ~S_ISGID
  }
  return kept
}

/** Writing to or truncating a set-ID file takes the privilege away. Linux file_remove_privs. */
export function dropPrivileges(task: Task, inode: Inode): void {
  const { mode, gid } = inode.attr()
  if (!(mode & (S_ISUID | S_ISGID)) || inode.type !== S_IFREG) return
  if (hasCapability(task.creds, CAP_FSETID)) return
  const kept = withoutPrivilege(task, mode, gid)
  if (kept !== mode) inode.setattr({ mode: kept & 0o7777 })
}

/** truncate(2) of a regular file. Errors: EFBIG with SIGXFSZ beyond RLIMIT_FSIZE. */
export function setSize(task: Task, inode: Inode, size: number): void {
  if (size > inode.attr().size && exceedsFileSize(task, size)) throw EFBIG
  dropPrivileges(task, inode)
  inode.setattr({ size })
}
