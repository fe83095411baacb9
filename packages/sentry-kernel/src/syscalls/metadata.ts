// System calls on what a file is: stat, access, chmod, chown, times, readlink, statfs. (syscalls)
// Linux fs/stat.c, fs/open.c, fs/utimes.c, fs/statfs.c.

import {
  type Addr,
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_NO_AUTOMOUNT,
  AT_STATX_SYNC_TYPE,
  AT_SYMLINK_NOFOLLOW,
  EACCES,
  EINVAL,
  ENOENT,
  EOPNOTSUPP,
  MS_NOEXEC,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFLNK,
  S_IFREG,
  S_IFSOCK,
  STATX__RESERVED,
  X_OK,
} from '@tsvisor/abi'
import { checkDeviceAccess } from '../fs/devices/device-rules.ts'
import { bytesOf } from '../mm/user-memory.ts'
import type { Credentials } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { changeMode, changeOwner } from '../vfs/attributes.ts'
import { EMPTY_PATH, FOLLOW, tryResolve } from '../vfs/namei.ts'
import { checkInode, checkWritableMount, MAY_WRITE } from '../vfs/permission.ts'
import type { Handler } from './handler.ts'
import { changeable, named, namedByFd, openFile, type Target, tryNamed } from './named-file.ts'
import { writeStat } from './stat-buffer.ts'
import { writeStatx } from './statx-buffer.ts'

const STAT_FLAGS = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE

function statAt(task: Task, dirfd: number, pathname: Addr, lookup: number, statbuf: Addr): number {
  const path = task.mm.readPath(pathname)
  const place = tryResolve(task, dirfd, path, lookup)
  if (place === undefined) return -ENOENT.code
  writeStat(task, statbuf, place.dentry.inode!)
  return 0
}

export const stat: Handler<'stat'> = (task, { pathname, statbuf }) =>
  statAt(task, AT_FDCWD, pathname, FOLLOW, statbuf)

export const lstat: Handler<'lstat'> = (task, { pathname, statbuf }) =>
  statAt(task, AT_FDCWD, pathname, 0, statbuf)

export const fstat: Handler<'fstat'> = (task, { fd, statbuf }) => {
  writeStat(task, statbuf, task.fds.getAny(fd).inode)
  return 0
}

export const newfstatat: Handler<'newfstatat'> = (task, { dirfd, pathname, statbuf, flags }) => {
  if (flags & ~STAT_FLAGS) throw EINVAL
  const target = tryNamed(task, dirfd, pathname, flags)
  if (target === undefined) return -ENOENT.code
  writeStat(task, statbuf, target.inode)
  return 0
}

export const statx: Handler<'statx'> = (task, { dirfd, pathname, flags, mask, statxbuf }) => {
  if (mask & STATX__RESERVED) throw EINVAL
  if ((flags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE || flags & ~STAT_FLAGS) throw EINVAL
  const target = tryNamed(task, dirfd, pathname, flags)
  if (target === undefined) return -ENOENT.code
  writeStatx(task, statxbuf, target.inode, target.path, mask)
  return 0
}

/** Who access(2) asks for: the real ids, with what root's capabilities would then be. */
function realCredentials(creds: Credentials): Credentials {
  const isRoot = creds.uid === creds.userNamespace.uids.toKernel(0)
  const effective = isRoot ? creds.capabilities.permitted : 0n
  const same = creds.uid === creds.fsuid && creds.gid === creds.fsgid
  if (same && creds.capabilities.effective === effective) return creds
  return {
    ...creds,
    fsuid: creds.uid,
    fsgid: creds.gid,
    capabilities: { ...creds.capabilities, effective },
  }
}

function checkAccess(
  task: Task,
  dirfd: number,
  pathname: Addr,
  mode: number,
  flags: number,
): number {
  if (mode & ~7 || flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) throw EINVAL
  const saved = task.creds
  if (!(flags & AT_EACCESS)) task.creds = realCredentials(saved)
  try {
    const target = tryNamed(task, dirfd, pathname, flags)
    if (target === undefined) return -ENOENT.code
    const { inode, path } = target
    const { type } = inode
    if (mode & X_OK && type === S_IFREG && path && path.mount.flags & MS_NOEXEC) throw EACCES
    if (mode !== 0) checkInode(task, inode, mode)
    checkDeviceAccess(task, inode, mode)
    if (mode === 0) return 0
    const special = type === S_IFCHR || type === S_IFBLK || type === S_IFIFO || type === S_IFSOCK
    if (mode & MAY_WRITE && path && !special) checkWritableMount(path)
    return 0
  } finally {
    task.creds = saved
  }
}

export const access: Handler<'access'> = (task, { pathname, mode }) =>
  checkAccess(task, AT_FDCWD, pathname, mode, 0)
export const faccessat: Handler<'faccessat'> = (task, { dirfd, pathname, mode }) =>
  checkAccess(task, dirfd, pathname, mode, 0)
export const faccessat2: Handler<'faccessat2'> = (task, { dirfd, pathname, mode, flags }) =>
  checkAccess(task, dirfd, pathname, mode, flags)

function setMode(task: Task, target: Target, mode: number): number {
  const inode = changeable(target)
  if (inode.type === S_IFLNK) throw EOPNOTSUPP
  changeMode(task, inode, target.path?.dentry, mode)
  return 0
}

export const chmod: Handler<'chmod'> = (task, { pathname, mode }) =>
  setMode(task, named(task, AT_FDCWD, pathname, 0), mode)
export const fchmod: Handler<'fchmod'> = (task, { fd, mode }) =>
  setMode(task, namedByFd(openFile(task, fd)), mode)
export const fchmodat: Handler<'fchmodat'> = (task, { dirfd, pathname, mode }) =>
  setMode(task, named(task, dirfd, pathname, 0), mode)
export const fchmodat2: Handler<'fchmodat2'> = (task, { dirfd, pathname, mode, flags }) => {
  if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) throw EINVAL
  return setMode(task, named(task, dirfd, pathname, flags), mode)
}

function setOwner(task: Task, target: Target, uid: number, gid: number): number {
  changeOwner(task, changeable(target), target.path?.dentry, uid, gid)
  return 0
}

export const chown: Handler<'chown'> = (task, { pathname, owner, group }) =>
  setOwner(task, named(task, AT_FDCWD, pathname, 0), owner, group)
export const lchown: Handler<'lchown'> = (task, { pathname, owner, group }) =>
  setOwner(task, named(task, AT_FDCWD, pathname, AT_SYMLINK_NOFOLLOW), owner, group)
export const fchown: Handler<'fchown'> = (task, { fd, owner, group }) =>
  setOwner(task, namedByFd(openFile(task, fd)), owner, group)
export const fchownat: Handler<'fchownat'> = (task, args) => {
  const { dirfd, pathname, owner, group, flags } = args
  if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) throw EINVAL
  return setOwner(task, named(task, dirfd, pathname, flags), owner, group)
}

export const umask: Handler<'umask'> = (task, { mask }) => {
  const old = task.fs.umask
  task.fs.umask = mask & 0o777
  return old
}

function readLink(task: Task, dirfd: number, pathname: Addr, buf: Addr, size: number): number {
  if (size <= 0) throw EINVAL
  const path = task.mm.readPath(pathname)
  const place = tryResolve(task, dirfd, path, EMPTY_PATH)
  if (place === undefined) return -ENOENT.code
  const inode = place.dentry.inode!
  if (path === '' && (dirfd === AT_FDCWD || inode.type !== S_IFLNK)) throw ENOENT
  if (inode.type !== S_IFLNK) throw EINVAL
  const target = inode.readlink(task)
  const data = bytesOf(target.length > size ? target.substring(0, size) : target)
  task.mm.write(buf, data)
  return data.length
}

export const readlink: Handler<'readlink'> = (task, { pathname, buf, bufsiz }) =>
  readLink(task, AT_FDCWD, pathname, buf, bufsiz)
export const readlinkat: Handler<'readlinkat'> = (task, { dirfd, pathname, buf, bufsiz }) =>
  readLink(task, dirfd, pathname, buf, bufsiz)
