// Making names: mkdir, mknod, symlink, link. (vfs)
// Linux fs/namei.c: filename_create, vfs_mkdir, vfs_mknod, vfs_symlink, vfs_link.

import {
  CAP_MKNOD,
  EEXIST,
  EINVAL,
  ENOENT,
  EPERM,
  EXDEV,
  IN_ATTRIB,
  IN_CREATE,
  IN_ISDIR,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  S_ISGID,
  S_ISUID,
  S_IXGRP,
} from '@tsvisor/abi'
import { checkDeviceNode } from '../fs/devices/device-rules.ts'
import { hasCapability } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import type { Dentry } from './dentry.ts'
import type { Inode, Owner } from './inode.ts'
import { lookupChild, type Parent, resolveParent } from './namei.ts'
import { notifyEntry, notifySelf } from './notify.ts'
import { instantiate } from './open.ts'
import type { Path } from './path.ts'
import {
  checkInode,
  checkWritableMount,
  MAY_EXEC,
  MAY_READ,
  MAY_WRITE,
  newMode,
  newOwner,
  ownsInode,
  permits,
} from './permission.ts'

/** A directory and an absent name in it. */
interface Vacancy {
  readonly parent: Parent
  readonly directory: Inode
  readonly absent: Dentry
}

/** Errors: EEXIST, ENOENT (trailing slash for what is no directory), EROFS. */
function findVacancy(
  task: Task,
  dirfd: number,
  path: string,
  kind: 'directory' | 'other',
): Vacancy {
  const parent = resolveParent(task, dirfd, path)
  if (parent.last !== 'name') throw EEXIST
  const absent = lookupChild(parent.dentry, parent.name)
  if (absent.inode !== undefined) throw EEXIST
  if (parent.slash && kind === 'other') throw ENOENT
  checkWritableMount(parent)
  return { parent, directory: parent.dentry.inode!, absent }
}

/** Errors: EACCES; ENOENT in a removed directory. */
function checkCreate(task: Task, { parent, directory }: Vacancy): void {
  if (parent.dentry.unlinked) throw ENOENT
  checkInode(task, directory, MAY_WRITE | MAY_EXEC)
}

function created(spot: Vacancy, inode: Inode, bits = 0): Path {
  const dentry = instantiate(spot.parent.dentry, spot.absent, inode)
  if (spot.directory.watchers) notifyEntry(spot.directory, IN_CREATE | bits, dentry.name)
  return { mount: spot.parent.mount, dentry }
}

/** mkdirat(2). */
export function mkdirAt(task: Task, dirfd: number, path: string, mode: number): Path {
  const spot = findVacancy(task, dirfd, path, 'directory')
  checkCreate(task, spot)
  const { directory, parent } = spot
  const bits = newMode(task, directory, mode & 0o1777, 'directory')
  return created(spot, directory.mkdir(parent.name, bits, newOwner(task, directory)), IN_ISDIR)
}

/** mknodat(2), and bind(2) of a unix socket (S_IFSOCK). `mode` with the type; 0 is S_IFREG. */
export function mknodAt(task: Task, dirfd: number, path: string, mode: number, rdev: number): Path {
  const type = mode & S_IFMT || S_IFREG
  if (type === S_IFDIR) throw EPERM
  if (![S_IFREG, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK].includes(type)) throw EINVAL
  const spot = findVacancy(task, dirfd, path, 'other')
  checkCreate(task, spot)
  const device = type === S_IFCHR || type === S_IFBLK
  // A character device 0:0 is an overlay's whiteout, which anybody may make.
  if (device && !(type === S_IFCHR && rdev === 0) && !hasCapability(task.creds, CAP_MKNOD))
    throw EPERM
  if (device) checkDeviceNode(task, type, rdev)
  const { directory, parent } = spot
  const bits = newMode(task, directory, mode & 0o7777, 'file')
  const owner: Owner = newOwner(task, directory)
  const inode =
    type === S_IFREG
      ? directory.create(parent.name, bits, owner)
      : directory.mknod(parent.name, type | bits, device ? rdev : 0, owner)
  return created(spot, inode)
}

/** symlinkat(2). */
export function symlinkAt(task: Task, target: string, dirfd: number, path: string): Path {
  if (target.length === 0) throw ENOENT
  const spot = findVacancy(task, dirfd, path, 'other')
  checkCreate(task, spot)
  const { directory, parent } = spot
  return created(spot, directory.symlink(parent.name, target, newOwner(task, directory)))
}

/** As with fs.protected_hardlinks = 1: others' files only if they are plain, readable and writable. */
function mayBeLinked(task: Task, inode: Inode): boolean {
  if (ownsInode(task, inode)) return true
  const { mode } = inode.attr()
  const setGroup = S_ISGID | S_IXGRP
  if (inode.type !== S_IFREG || mode & S_ISUID || (mode & setGroup) === setGroup) return false
  return permits(task.creds, inode, MAY_READ | MAY_WRITE)
}

/** linkat(2) of a place already resolved. */
export function linkAt(task: Task, old: Path, dirfd: number, path: string): void {
  const spot = findVacancy(task, dirfd, path, 'other')
  if (old.mount !== spot.parent.mount) throw EXDEV
  const inode = old.dentry.inode!
  if (!mayBeLinked(task, inode)) throw EPERM
  checkCreate(task, spot)
  if (inode.fs !== spot.directory.fs) throw EXDEV
  if (inode.type === S_IFDIR) throw EPERM
  if (inode.attr().nlink === 0 && !inode.linkable) throw ENOENT
  spot.directory.link(spot.parent.name, inode)
  if (inode.watchers) notifySelf(inode, IN_ATTRIB)
  created(spot, inode)
}
