// Extended attributes. (syscalls)
// Linux fs/xattr.c: xattr_permission, setxattr_copy; security/commoncap.c.

import {
  type Addr,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  CAP_SETFCAP,
  CAP_SYS_ADMIN,
  E2BIG,
  EACCES,
  EINVAL,
  ENODATA,
  EOPNOTSUPP,
  EPERM,
  ERANGE,
  IN_ATTRIB,
  S_IFDIR,
  S_IFREG,
  S_ISVTX,
  XATTR_CREATE,
  XATTR_NAME_MAX,
  XATTR_REPLACE,
  XATTR_SIZE_MAX,
} from '@tsvisor/abi'
import { bytesOf } from '../mm/user-memory.ts'
import { hasCapability, hasCapabilityIn, hasCapabilityOver } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { UserNamespace } from '../task/user-namespace.ts'
import type { Inode } from '../vfs/inode.ts'
import { notifyChange } from '../vfs/notify.ts'
import { checkInode, MAY_READ, MAY_WRITE, ownsInode } from '../vfs/permission.ts'
import { shownCapability, storedCapability } from './capability-attribute.ts'
import type { Handler } from './handler.ts'
import { changeable, named, namedByFd, openFile, type Target } from './named-file.ts'

const CAPABILITY = 'security.capability'

/** Errors: EFAULT, ERANGE (empty or too long). */
function readName(task: Task, addr: Addr): string {
  const name = task.mm.readString(addr, XATTR_NAME_MAX + 1, ERANGE)
  if (name.length === 0) throw ERANGE
  return name
}

/** Errors: as mayAccess, EINVAL for a prefix without a name after it. */
function checkName(task: Task, inode: Inode, name: string, access: 'read' | 'write'): void {
  mayAccess(task, inode, name, access)
  if (name.indexOf('.') === name.length - 1) throw EINVAL
}

/** Whether the task may read or write an attribute of that name. Errors: EPERM, ENODATA, EACCES, EOPNOTSUPP. */
function mayAccess(task: Task, inode: Inode, name: string, access: 'read' | 'write'): void {
  if (name.startsWith('security.') || name.startsWith('system.')) {
    if (access === 'read' || name.startsWith('system.')) return
    const may =
      name === CAPABILITY
        ? hasCapabilityOver(task.creds, inode.attr(), CAP_SETFCAP)
        : hasCapabilityIn(task.creds, inode.fs.userNamespace ?? UserNamespace.FIRST, CAP_SYS_ADMIN)
    if (!may) throw EPERM
    return
  }
  if (name.startsWith('trusted.')) {
    if (!hasCapability(task.creds, CAP_SYS_ADMIN)) throw access === 'read' ? ENODATA : EPERM
    return
  }
  if (!name.startsWith('user.')) throw EOPNOTSUPP
  const { type } = inode
  if (type !== S_IFREG && type !== S_IFDIR) throw access === 'read' ? ENODATA : EPERM
  const sticky = type === S_IFDIR && (inode.attr().mode & S_ISVTX) !== 0
  if (sticky && access === 'write' && !ownsInode(task, inode)) throw EPERM
  try {
    checkInode(task, inode, access === 'read' ? MAY_READ : MAY_WRITE)
  } catch {
    throw EACCES
  }
}

function set(
  task: Task,
  target: Target,
  nameAddr: Addr,
  value: Addr,
  size: number,
  flags: number,
): number {
  if (flags & ~(XATTR_CREATE | XATTR_REPLACE)) throw EINVAL
  const name = readName(task, nameAddr)
  if (size > XATTR_SIZE_MAX) throw E2BIG
  const data = task.mm.readBytes(value, size)
  const inode = changeable(target)
  checkName(task, inode, name, 'write')
  const { userNamespace } = task.creds
  const kept = name === CAPABILITY ? storedCapability(data, userNamespace) : data
  inode.setxattr(name, kept, flags)
  notifyChange(inode, target.path?.dentry, IN_ATTRIB)
  return 0
}

/** Hands `data` out as the calls with a size do: 0 asks for the length. Errors: ERANGE, EFAULT. */
function give(task: Task, data: Uint8Array, addr: Addr, size: number): number {
  if (size === 0) return data.length
  if (data.length > size) throw ERANGE
  task.mm.write(addr, data)
  return data.length
}

function get(task: Task, target: Target, nameAddr: Addr, value: Addr, size: number): number {
  const name = readName(task, nameAddr)
  checkName(task, target.inode, name, 'read')
  const kept = target.inode.getxattr(name)
  const { userNamespace } = task.creds
  const data = name === CAPABILITY ? shownCapability(kept, userNamespace) : kept
  return give(task, data, value, size)
}

function list(task: Task, target: Target, addr: Addr, size: number): number {
  const all = hasCapability(task.creds, CAP_SYS_ADMIN)
  let text = ''
  for (const name of target.inode.listxattr())
    if (all || !name.startsWith('trusted.')) text += `${name}\0`
  return give(task, bytesOf(text), addr, size)
}

function remove(task: Task, target: Target, nameAddr: Addr): number {
  const name = readName(task, nameAddr)
  const inode = changeable(target)
  checkName(task, inode, name, 'write')
  inode.removexattr(name)
  notifyChange(inode, target.path?.dentry, IN_ATTRIB)
  return 0
}

const follow = (task: Task, pathname: Addr): Target => named(task, AT_FDCWD, pathname, 0)
const noFollow = (task: Task, pathname: Addr): Target =>
  named(task, AT_FDCWD, pathname, AT_SYMLINK_NOFOLLOW)
const byFd = (task: Task, fd: number): Target => namedByFd(openFile(task, fd))

export const setxattr: Handler<'setxattr'> = (task, { pathname, name, value, size, flags }) =>
  set(task, follow(task, pathname), name, value, size, flags)
export const lsetxattr: Handler<'lsetxattr'> = (task, { pathname, name, value, size, flags }) =>
  set(task, noFollow(task, pathname), name, value, size, flags)
export const fsetxattr: Handler<'fsetxattr'> = (task, { fd, name, value, size, flags }) =>
  set(task, byFd(task, fd), name, value, size, flags)

export const getxattr: Handler<'getxattr'> = (task, { pathname, name, value, size }) =>
  get(task, follow(task, pathname), name, value, size)
export const lgetxattr: Handler<'lgetxattr'> = (task, { pathname, name, value, size }) =>
  get(task, noFollow(task, pathname), name, value, size)
export const fgetxattr: Handler<'fgetxattr'> = (task, { fd, name, value, size }) =>
  get(task, byFd(task, fd), name, value, size)

export const listxattr: Handler<'listxattr'> = (task, { pathname, list: addr, size }) =>
  list(task, follow(task, pathname), addr, size)
export const llistxattr: Handler<'llistxattr'> = (task, { pathname, list: addr, size }) =>
  list(task, noFollow(task, pathname), addr, size)
export const flistxattr: Handler<'flistxattr'> = (task, { fd, list: addr, size }) =>
  list(task, byFd(task, fd), addr, size)

export const removexattr: Handler<'removexattr'> = (task, { pathname, name }) =>
  remove(task, follow(task, pathname), name)
export const lremovexattr: Handler<'lremovexattr'> = (task, { pathname, name }) =>
  remove(task, noFollow(task, pathname), name)
export const fremovexattr: Handler<'fremovexattr'> = (task, { fd, name }) =>
  remove(task, byFd(task, fd), name)
