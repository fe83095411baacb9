// System calls on names: directories, links, renames, the working directory. (syscalls)
// Linux fs/namei.c, fs/readdir.c, fs/open.c, fs/d_path.c.

import {
  type Addr,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  CAP_DAC_READ_SEARCH,
  CAP_SYS_CHROOT,
  EFAULT,
  EINVAL,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  EPERM,
  ERANGE,
  IN_ACCESS,
  S_IFDIR,
  writeDirent,
  writeDirent64,
} from '@tsvisor/abi'
import { bytesOf, PATH_MAX } from '../mm/user-memory.ts'
import { hasCapability, hasOwnCapability } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { linkAt, mkdirAt, mknodAt, symlinkAt } from '../vfs/create.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { DIRECTORY, FOLLOW, resolve } from '../vfs/namei.ts'
import { notifyUse } from '../vfs/notify.ts'
import type { Path } from '../vfs/path.ts'
import { directoryText } from '../vfs/path-text.ts'
import { checkInode, MAY_EXEC } from '../vfs/permission.ts'
import { rmdirAt, unlinkAt } from '../vfs/remove.ts'
import { renameAt } from '../vfs/rename.ts'
import type { Handler } from './handler.ts'
import { linkLookupFlags, openFile } from './named-file.ts'

/** What one getdents call returns at most, bytes. */
const MAX_LISTING = 256 * 1024
let listing = new Uint8Array(32 * 1024)

function listEntries(
  task: Task,
  fd: number,
  dirp: Addr,
  count: number,
  writeEntry: typeof writeDirent64,
): number {
  const file = openFile(task, fd)
  if (file.inode.type !== S_IFDIR) throw ENOTDIR
  if (file.path?.dentry.unlinked) throw ENOENT
  // Linux counts what is left in an int.
  const size = count > 0x7fff_ffff ? 0 : Math.min(count, MAX_LISTING)
  if (listing.length < size) listing = new Uint8Array(size)
  const view = new DataView(listing.buffer, 0, size)
  const from = file.position
  let used = 0
  let full = false
  file.iterate(task, (entry, next) => {
    const length = writeEntry(view, used, entry.ino, next, entry.type, entry.name)
    if (length === 0) full = true
    used += length
    return length > 0
  })
  notifyUse(file, IN_ACCESS)
  if (full && used === 0) throw EINVAL
  const stored = task.mm.copyOut(dirp, listing.subarray(0, used))
  return stored === used ? used : takeBack(file, view, from, stored)
}

/** Only `stored` bytes of a listing could be given: the entries behind them come again. Errors: EFAULT for none. */
function takeBack(file: FileDescription, view: DataView, from: number, stored: number): number {
  let end = 0
  file.position = from
  while (end + D_NAME <= stored) {
    const next = end + view.getUint16(end + D_RECLEN, true)
    if (next > stored) break
    file.position = Number(view.getBigInt64(end + D_OFF, true))
    end = next
  }
  if (end === 0) throw EFAULT
  return end
}
/** Both kinds of struct linux_dirent have these at the same place. */
const D_OFF = 8
const D_RECLEN = 16
const D_NAME = 18

export const getdents64: Handler<'getdents64'> = (task, { fd, dirp, count }) =>
  listEntries(task, fd, dirp, count, writeDirent64)
export const getdents: Handler<'getdents'> = (task, { fd, dirp, count }) =>
  listEntries(task, fd, dirp, count, writeDirent)

export const mkdir: Handler<'mkdir'> = (task, { pathname, mode }) => {
  mkdirAt(task, AT_FDCWD, task.mm.readPath(pathname), mode)
  return 0
}
export const mkdirat: Handler<'mkdirat'> = (task, { dirfd, pathname, mode }) => {
  mkdirAt(task, dirfd, task.mm.readPath(pathname), mode)
  return 0
}

export const mknod: Handler<'mknod'> = (task, { pathname, mode, dev }) => {
  mknodAt(task, AT_FDCWD, task.mm.readPath(pathname), mode, dev)
  return 0
}
export const mknodat: Handler<'mknodat'> = (task, { dirfd, pathname, mode, dev }) => {
  mknodAt(task, dirfd, task.mm.readPath(pathname), mode, dev)
  return 0
}

export const rmdir: Handler<'rmdir'> = (task, { pathname }) => {
  rmdirAt(task, AT_FDCWD, task.mm.readPath(pathname))
  return 0
}
export const unlink: Handler<'unlink'> = (task, { pathname }) => {
  unlinkAt(task, AT_FDCWD, task.mm.readPath(pathname))
  return 0
}
export const unlinkat: Handler<'unlinkat'> = (task, { dirfd, pathname, flags }) => {
  if (flags & ~AT_REMOVEDIR) throw EINVAL
  const path = task.mm.readPath(pathname)
  if (flags & AT_REMOVEDIR) rmdirAt(task, dirfd, path)
  else unlinkAt(task, dirfd, path)
  return 0
}

function doSymlink(task: Task, target: Addr, dirfd: number, linkpath: Addr): number {
  const text = task.mm.readPath(target)
  if (text.length === 0) throw ENOENT
  if (text.length >= PATH_MAX) throw ENAMETOOLONG
  symlinkAt(task, text, dirfd, task.mm.readPath(linkpath))
  return 0
}
export const symlink: Handler<'symlink'> = (task, { target, linkpath }) =>
  doSymlink(task, target, AT_FDCWD, linkpath)
export const symlinkat: Handler<'symlinkat'> = (task, { target, newdirfd, linkpath }) =>
  doSymlink(task, target, newdirfd, linkpath)

function doLink(
  task: Task,
  olddirfd: number,
  oldpath: Addr,
  newdirfd: number,
  newpath: Addr,
  flags: number,
): number {
  if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) throw EINVAL
  const from = task.mm.readPath(oldpath)
  // Naming a descriptor could give files back that were meant to stay nameless.
  if (from === '' && flags & AT_EMPTY_PATH && !hasCapability(task.creds, CAP_DAC_READ_SEARCH))
    throw ENOENT
  const old = resolve(task, olddirfd, from, linkLookupFlags(flags))
  linkAt(task, old, newdirfd, task.mm.readPath(newpath))
  return 0
}
export const link: Handler<'link'> = (task, { oldpath, newpath }) =>
  doLink(task, AT_FDCWD, oldpath, AT_FDCWD, newpath, 0)
export const linkat: Handler<'linkat'> = (task, args) =>
  doLink(task, args.olddirfd, args.oldpath, args.newdirfd, args.newpath, args.flags)

function doRename(
  task: Task,
  olddirfd: number,
  oldpath: Addr,
  newdirfd: number,
  newpath: Addr,
  flags: number,
): number {
  const from = task.mm.readPath(oldpath)
  renameAt(task, olddirfd, from, newdirfd, task.mm.readPath(newpath), flags)
  return 0
}
export const rename: Handler<'rename'> = (task, { oldpath, newpath }) =>
  doRename(task, AT_FDCWD, oldpath, AT_FDCWD, newpath, 0)
export const renameat: Handler<'renameat'> = (task, { olddirfd, oldpath, newdirfd, newpath }) =>
  doRename(task, olddirfd, oldpath, newdirfd, newpath, 0)
export const renameat2: Handler<'renameat2'> = (task, args) =>
  doRename(task, args.olddirfd, args.oldpath, args.newdirfd, args.newpath, args.flags)

/** Once a directory was somebody's root or working directory, its dentry stays: see Dentry.isKept. */
function enterable(task: Task, place: Path): Path {
  checkInode(task, place.dentry.inode!, MAY_EXEC)
  place.dentry.isKept = true
  return place
}

export const chdir: Handler<'chdir'> = (task, { pathname }) => {
  const path = task.mm.readPath(pathname)
  task.fs.cwd = enterable(task, resolve(task, AT_FDCWD, path, FOLLOW | DIRECTORY))
  return 0
}
export const fchdir: Handler<'fchdir'> = (task, { fd }) => {
  const { path, inode } = task.fds.getAny(fd)
  if (path === undefined || inode.type !== S_IFDIR) throw ENOTDIR
  task.fs.cwd = enterable(task, path)
  return 0
}
export const chroot: Handler<'chroot'> = (task, { pathname }) => {
  const path = task.mm.readPath(pathname)
  const place = enterable(task, resolve(task, AT_FDCWD, path, FOLLOW | DIRECTORY))
  if (!hasOwnCapability(task.creds, CAP_SYS_CHROOT)) throw EPERM
  task.fs.root = place
  return 0
}

export const getcwd: Handler<'getcwd'> = (task, { buf, size }) => {
  const { cwd, root } = task.fs
  if (cwd.dentry.unlinked) throw ENOENT
  const text = directoryText(cwd, root)
  if (text.length + 1 > PATH_MAX) throw ENAMETOOLONG
  if (text.length + 1 > size) throw ERANGE
  task.mm.write(buf, bytesOf(`${text}\0`))
  return text.length + 1
}
