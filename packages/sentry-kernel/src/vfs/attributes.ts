// Changing attributes: who may, and what else changes with it. (vfs)
// Linux fs/attr.c: setattr_prepare, setattr_copy; fs/open.c: chmod_common, chown_common, do_truncate.

import {
  CAP_CHOWN,
  CAP_FSETID,
  EFBIG,
  EINVAL,
  EPERM,
  IN_ATTRIB,
  IN_MODIFY,
  S_IFDIR,
  S_IFREG,
  S_ISGID,
  S_ISUID,
  S_IXGRP,
} from '@tsvisor/abi'
import { hasCapability, hasCapabilityOver, inGroup } from '../task/credentials.ts'
import { NO_ID } from '../task/id-map.ts'
import type { Task } from '../task/task.ts'
import type { Dentry } from './dentry.ts'
import type { FileDescription } from './file-description.ts'
import { exceedsFileSize } from './file-size-limit.ts'
import type { Attr, AttrChange, Inode } from './inode.ts'
import { notifyChange } from './notify.ts'
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
    !hasCapabilityOver(task.creds, inode.attr(), CAP_FSETID)
  )
    bits &= ~S_ISGID
  inode.setattr({ mode: bits })
  notifyChange(inode, dentry, IN_ATTRIB)
}

/** `user` and `group` as given to chown(2): 0xffffffff leaves one. Errors: EPERM, EINVAL (without a number here). */
export function changeOwner(
  task: Task,
  inode: Inode,
  dentry: Dentry | undefined,
  user: number,
  group: number,
): void {
  const { creds } = task
  const { uids, gids } = creds.userNamespace
  const uid = uids.toKernel(user)
  const gid = gids.toKernel(group)
  if ((user !== UNCHANGED && uid === NO_ID) || (group !== UNCHANGED && gid === NO_ID)) throw EINVAL
  const attr = inode.attr()
  const owns = attr.uid === creds.fsuid
  const change: AttrChange = {}
  if (user !== UNCHANGED) {
    if (!(owns && uid === attr.uid) && !hasCapabilityOver(creds, attr, CAP_CHOWN)) throw EPERM
    change.uid = uid
  }
  if (group !== UNCHANGED) {
    const may = owns && (gid === attr.gid || inGroup(creds, gid))
    if (!may && !hasCapabilityOver(creds, attr, CAP_CHOWN)) throw EPERM
    change.gid = gid
  }
  const kept = inode.type === S_IFDIR ? attr.mode : withoutPrivilege(task, attr)
  if (kept !== attr.mode) change.mode = kept & 0o7777
  inode.setattr(change)
  const changes = Object.keys(change).length > 0
  // After it: only then an overlay has a copy to take it from.
  if (inode.type !== S_IFDIR) inode.dropCapabilities()
  if (changes) notifyChange(inode, dentry, IN_ATTRIB)
}

/** `mode` without set-user-ID, and without set-group-ID where that is no mandatory lock mark. */
function withoutPrivilege({ creds }: Task, attr: Attr): number {
  const { mode, gid } = attr
  let kept = mode & ~S_ISUID
  if (mode & S_ISGID) {
    if (mode & S_IXGRP) kept &= ~S_ISGID
    else if (!inGroup(creds, gid) && !hasCapabilityOver(creds, attr, CAP_FSETID)) kept &= ~S_ISGID
  }
  return kept
}

/**
 * Writing to or truncating a set-ID file takes the privilege away. Returns what watchers are to hear of that:
 * IN_ATTRIB, or 0 for nothing. Linux file_remove_privs.
 */
export function dropPrivileges(task: Task, inode: Inode): number {
  inode.dropCapabilities()
  const attr = inode.attr()
  const { mode } = attr
  if (!(mode & (S_ISUID | S_ISGID)) || inode.type !== S_IFREG) return 0
  if (hasCapability(task.creds, CAP_FSETID)) return 0
  const kept = withoutPrivilege(task, attr)
  if (kept === mode) return 0
  inode.setattr({ mode: kept & 0o7777 })
  return IN_ATTRIB
}

/** As dropPrivileges, for a write to an open file; tells its watchers. */
export function dropPrivilegesToWrite(task: Task, { inode, path }: FileDescription): void {
  const mask = dropPrivileges(task, inode)
  if (mask !== 0) notifyChange(inode, path?.dentry, mask)
}

/** truncate(2) of a regular file, of which its watchers hear. Errors: EFBIG with SIGXFSZ beyond RLIMIT_FSIZE. */
export function setSize(task: Task, inode: Inode, dentry: Dentry, size: number): void {
  if (size > inode.attr().size && exceedsFileSize(task, size)) throw EFBIG
  const mask = IN_MODIFY | dropPrivileges(task, inode)
  inode.setattr({ size })
  inode.dropCapabilities()
  notifyChange(inode, dentry, mask)
}
