// mount(2), umount2(2), pivot_root(2). (syscalls)
// Linux fs/namespace.c.

import {
  type Addr,
  AT_FDCWD,
  CAP_SYS_ADMIN,
  EAGAIN,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOTDIR,
  EPERM,
  MNT_DETACH,
  MNT_EXPIRE,
  MNT_FORCE,
  MS_BIND,
  MS_DIRSYNC,
  MS_MGC_MSK,
  MS_MGC_VAL,
  MS_MOVE,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
  MS_UNBINDABLE,
  S_IFDIR,
  UMOUNT_NOFOLLOW,
} from '@tsvisor/abi'
import { hasCapabilityIn } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { UserNamespace } from '../task/user-namespace.ts'
import type { FileSystemType } from '../vfs/filesystems.ts'
import { checkLockedFlags } from '../vfs/locked-mounts.ts'
import type { Mount } from '../vfs/mount.ts'
import { directoryAt, forgetMount, isMounted, newMount } from '../vfs/mount-copy.ts'
import { DIRECTORY, FOLLOW, KEEP_EXPIRED, resolve } from '../vfs/namei.ts'
import { checkRevealing, newFileSystem } from '../vfs/new-file-system.ts'
import type { Path } from '../vfs/path.ts'
import { samePlace } from '../vfs/path.ts'
import { changePropagation } from '../vfs/peers.ts'
import { changeSuperFlags, checkFlagsChange } from '../vfs/remount.ts'
import type { Handler } from './handler.ts'
import { checkAdmin, checkCopied, checkOurs, mountRoot, propagationOf } from './mount-checks.ts'

const PER_MOUNT =
  MS_RDONLY |
  MS_NOSUID |
  MS_NODEV |
  MS_NOEXEC |
  MS_NOATIME |
  MS_NODIRATIME |
  MS_RELATIME |
  MS_STRICTATIME |
  MS_NOSYMFOLLOW
const ATIME = MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME
const ANY_PROPAGATION = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE

/** Flags of one mount out of mount(2)'s; relatime is what Linux does unless told otherwise. */
function mountFlagsOf(flags: number): number {
  const own = flags & PER_MOUNT
  return own & (MS_NOATIME | MS_STRICTATIME) ? own & ~MS_RELATIME : own | MS_RELATIME
}

/** The option text: at most a page. Errors: EFAULT. */
function readData(task: Task, addr: Addr): string {
  return addr === 0 ? '' : task.mm.readString(addr, 4096, EINVAL)
}

function typeOf(task: Task, name: string): FileSystemType {
  const type = task.kernel.fileSystemTypes.get(name)
  if (type === undefined) throw ENODEV
  return type
}

export const mount: Handler<'mount'> = (task, args) => {
  const { source, target, filesystemtype, mountflags, data } = args
  let flags = (mountflags % 0x1_0000_0000) | 0
  if ((flags & MS_MGC_MSK) >> 16 === MS_MGC_VAL >> 16) flags &= ~MS_MGC_MSK
  const text = readData(task, data)
  const place = resolve(task, AT_FDCWD, task.mm.readPath(target), FOLLOW)
  checkAdmin(task)
  checkOurs(task, place)
  if ((flags & (MS_REMOUNT | MS_BIND)) === (MS_REMOUNT | MS_BIND)) {
    changeFlags(task, mountRoot(place).mount, flags)
    return 0
  }
  if (flags & MS_REMOUNT) return remount(task, mountRoot(place), flags, text)
  if (flags & MS_BIND) {
    const from = resolve(task, AT_FDCWD, readSource(task, source), FOLLOW)
    checkCopied(task, from)
    task.mounts.bind(from, place, flags & MS_REC ? 'recursive' : 'single')
    return 0
  }
  if (flags & ANY_PROPAGATION) return changeType(task, mountRoot(place), flags)
  if (flags & MS_MOVE) {
    const from = resolve(task, AT_FDCWD, readSource(task, source), FOLLOW)
    checkOurs(task, from)
    task.mounts.move(from, place)
    return 0
  }
  if (filesystemtype === 0) throw EINVAL
  const type = typeOf(task, task.mm.readString(filesystemtype, 4096, EINVAL))
  const from = source === 0 ? 'none' : task.mm.readPath(source)
  const fs = newFileSystem(task, type, from, text)
  if (!isMounted(fs)) fs.superFlags = flags & (MS_RDONLY | MS_SYNCHRONOUS | MS_DIRSYNC)
  const made = newMount(
    task.kernel.vfs,
    fs,
    mountFlagsOf(flags),
    from,
    directoryAt(fs, type.start?.(task, fs) ?? '/'),
  )
  try {
    checkRevealing(task, type, made)
  } catch (error) {
    forgetMount(made)
    throw error
  }
  task.mounts.graft(made, place)
  return 0
}

/** How access times are kept stays unless `flags` say. */
const remountFlags = (mount: Mount, flags: number): number =>
  mountFlagsOf(flags & ATIME ? flags : flags | (mount.flags & ATIME))

/** Of the mount alone. Errors: EPERM (locked ones), EBUSY. */
function changeFlags(task: Task, mount: Mount, flags: number): void {
  const wanted = remountFlags(mount, flags)
  checkLockedFlags(mount, wanted)
  checkFlagsChange(mount, flags)
  mount.flags = wanted
  task.mounts.noteChange()
}

/** MS_SHARED, MS_PRIVATE, MS_SLAVE, MS_UNBINDABLE: alone, or with MS_REC for all below. */
function changeType(task: Task, { mount }: Path, flags: number): number {
  const type = propagationOf(flags & ~(MS_REC | MS_SILENT))
  for (const each of flags & MS_REC ? mount.tree() : [mount]) changePropagation(each, type)
  task.mounts.noteChange()
  return 0
}

function readSource(task: Task, source: Addr): string {
  if (source === 0) throw EINVAL
  return task.mm.readPath(source)
}

function remount(task: Task, { mount }: Path, flags: number, data: string): number {
  const { fs } = mount
  const wanted = remountFlags(mount, flags)
  checkLockedFlags(mount, wanted)
  if (!hasCapabilityIn(task.creds, fs.userNamespace ?? UserNamespace.FIRST, CAP_SYS_ADMIN))
    throw EPERM
  changeSuperFlags(task.kernel, fs, flags, MS_RDONLY | MS_SYNCHRONOUS)
  if (data !== '') {
    const name = fs.type
    const type = task.kernel.fileSystemTypes.get(name)
    type?.remount?.(fs, data)
  }
  mount.flags = wanted
  task.mounts.noteChange()
  return 0
}

export const umount2: Handler<'umount2'> = (task, { target, flags }) => {
  const known = MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW
  if (flags & ~known) throw EINVAL
  if (flags & MNT_EXPIRE && flags & (MNT_FORCE | MNT_DETACH)) throw EINVAL
  const lookup = (flags & UMOUNT_NOFOLLOW ? 0 : FOLLOW) | KEEP_EXPIRED
  // Also what came to lie over the working directory (LOOKUP_MOUNTPOINT).
  const place = task.mounts.top(resolve(task, AT_FDCWD, task.mm.readPath(target), lookup))
  mountRoot(place)
  checkAdmin(task)
  checkOurs(task, place)
  if (flags & MNT_EXPIRE) checkExpired(task, place.mount)
  const how = flags & MNT_DETACH ? 'lazy' : 'now'
  task.mounts.unmount(place, how, how === 'now' ? usedMounts(task) : never)
  return 0
}

/** Errors: EINVAL (the root), EBUSY (in use), EAGAIN (in use since the last time, or there was none). */
function checkExpired(task: Task, mount: Mount): void {
  if (mount === task.fs.root.mount) throw EINVAL
  if (mount.children.size > 0 || usedMounts(task)(mount)) throw EBUSY
  if (mount.isExpired) return
  mount.isExpired = true
  throw EAGAIN
}

const never = (): boolean => false
/** Mounts with open files, working directories and roots. */
function usedMounts(task: Task): (mount: Mount) => boolean {
  const places = new Set<Mount>()
  for (const { state, fs } of task.kernel.rootPidNamespace.tasks())
    if (state !== 'dead') places.add(fs.cwd.mount).add(fs.root.mount)
  return mount => mount.busy || places.has(mount)
}

export const pivot_root: Handler<'pivot_root'> = (task, { new_root, put_old }) => {
  checkAdmin(task)
  const lookup = FOLLOW | DIRECTORY
  const newRoot = resolve(task, AT_FDCWD, task.mm.readPath(new_root), lookup)
  const putOld = resolve(task, AT_FDCWD, task.mm.readPath(put_old), lookup)
  const { root } = task.fs
  checkOurs(task, newRoot)
  checkOurs(task, putOld)
  if (newRoot.dentry.inode!.type !== S_IFDIR) throw ENOTDIR
  task.mounts.pivot(root, newRoot, putOld)
  // Everybody whose root or working directory was the old root moves along.
  for (const { fs } of task.kernel.rootPidNamespace.tasks()) {
    if (samePlace(fs.root, root)) fs.root = newRoot
    if (samePlace(fs.cwd, root)) fs.cwd = newRoot
  }
  return 0
}
