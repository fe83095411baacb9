// What a system call's directory descriptor, path and AT_* flags name. (syscalls)

import {
  type Addr,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  EFAULT,
  EINVAL,
  ENOENT,
} from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import type { Inode } from '../vfs/inode.ts'
import { EMPTY_PATH, FOLLOW, tryResolve } from '../vfs/namei.ts'
import type { Path } from '../vfs/path.ts'
import { checkWritableMount } from '../vfs/permission.ts'

/** A file, and where it was found; pipes, sockets and the like have no place. */
export interface Target {
  readonly inode: Inode
  readonly path: Path | undefined
}

export const namedByFd = (file: FileDescription): Target => file

/**
 * Symbolic links in the last place are followed unless `flags` has AT_SYMLINK_NOFOLLOW; with
 * AT_EMPTY_PATH, "" and NULL name the descriptor. Errors: as resolve, EFAULT.
 */
export function named(task: Task, dirfd: number, pathname: Addr, flags: number): Target {
  const target = tryNamed(task, dirfd, pathname, flags)
  if (target === undefined) throw ENOENT
  return target
}

/** As named, but undefined instead of ENOENT for a missing name. */
export function tryNamed(
  task: Task,
  dirfd: number,
  pathname: Addr,
  flags: number,
): Target | undefined {
  const path = pathname === 0 && flags & AT_EMPTY_PATH ? '' : task.mm.readPath(pathname)
  if (path === '' && flags & AT_EMPTY_PATH && dirfd !== AT_FDCWD) return task.fds.getAny(dirfd)
  const place = tryResolve(task, dirfd, path, lookupFlags(flags))
  return place && { inode: place.dentry.inode!, path: place }
}

/** As named, for calls that want a place. Errors: EINVAL for a descriptor without one. */
export function placeNamed(task: Task, dirfd: number, pathname: Addr, flags: number): Path {
  const { path } = named(task, dirfd, pathname, flags)
  if (path === undefined) throw EINVAL
  return path
}

/** Lookup flags for AT_* flags of calls that follow links by default. */
export const lookupFlags = (flags: number): number =>
  (flags & AT_SYMLINK_NOFOLLOW ? 0 : FOLLOW) | (flags & AT_EMPTY_PATH ? EMPTY_PATH : 0)

/** Lookup flags for linkat(2), which follows only when told to. */
export const linkLookupFlags = (flags: number): number =>
  (flags & AT_SYMLINK_FOLLOW ? FOLLOW : 0) | (flags & AT_EMPTY_PATH ? EMPTY_PATH : 0)

/** An open file, not a mere place. Errors: EBADF, also for O_PATH. */
export const openFile = (task: Task, fd: number): FileDescription => task.fds.get(fd)

/** Something about to be changed. Errors: EROFS. */
export function changeable(target: Target): Inode {
  if (target.path) checkWritableMount(target.path)
  return target.inode
}

/** NULL pathname and a descriptor: futimens(3). Errors: EFAULT, EBADF. */
export function timesTarget(task: Task, dirfd: number, pathname: Addr, flags: number): Target {
  if (pathname !== 0) return named(task, dirfd, pathname, flags)
  if (dirfd === AT_FDCWD) throw EFAULT
  if (flags & ~AT_EMPTY_PATH) throw EINVAL
  return namedByFd(openFile(task, dirfd))
}
