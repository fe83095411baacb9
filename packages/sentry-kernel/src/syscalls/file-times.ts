// utime, utimes, futimesat, utimensat. (syscalls)
// Linux fs/utimes.c.

import {
  type Addr,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  EACCES,
  EINVAL,
  EPERM,
  IN_ACCESS,
  IN_ATTRIB,
  IN_MODIFY,
  timespec,
  timeval,
  UTIME_NOW,
  UTIME_OMIT,
  utimbuf,
} from '@tsvisor/abi'
import type { Time } from '../platform/host.ts'
import type { Task } from '../task/task.ts'
import type { AttrChange } from '../vfs/inode.ts'
import { notifyChange } from '../vfs/notify.ts'
import { checkInode, MAY_WRITE, ownsInode } from '../vfs/permission.ts'
import type { Handler } from './handler.ts'
import { changeable, named, type Target, timesTarget } from './named-file.ts'

type Change = Time | 'now' | 'omit'

function setTimes(task: Task, target: Target, atime: Change, mtime: Change): number {
  const inode = changeable(target)
  if (!ownsInode(task, inode)) {
    if (atime !== 'now' || mtime !== 'now') throw EPERM
    // Setting both to now takes no more than write access.
    try {
      checkInode(task, inode, MAY_WRITE)
    } catch (error) {
      throw error === EPERM ? EPERM : EACCES
    }
  }
  const now = task.kernel.clock.realtime()
  const change: AttrChange = {}
  if (atime !== 'omit') change.atime = atime === 'now' ? now : atime
  if (mtime !== 'omit') change.mtime = mtime === 'now' ? now : mtime
  inode.setattr(change)
  const mask = atime === 'omit' ? IN_MODIFY : mtime === 'omit' ? IN_ACCESS : IN_ATTRIB
  notifyChange(inode, target.path?.dentry, mask)
  return 0
}

const toChange = ({ tv_sec, tv_nsec }: { tv_sec: number; tv_nsec: number }): Change => {
  if (tv_nsec === UTIME_NOW) return 'now'
  if (tv_nsec === UTIME_OMIT) return 'omit'
  if (tv_nsec < 0 || tv_nsec > 999_999_999) throw EINVAL
  return { sec: tv_sec, nsec: tv_nsec }
}

export const utimensat: Handler<'utimensat'> = (task, { dirfd, pathname, times, flags }) => {
  if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) throw EINVAL
  let atime: Change = 'now'
  let mtime: Change = 'now'
  if (times !== 0) {
    const first = task.mm.readStruct(timespec, times)
    const second = task.mm.readStruct(timespec, (times + timespec.size) as Addr)
    if (first.tv_nsec === UTIME_OMIT && second.tv_nsec === UTIME_OMIT) return 0
    atime = toChange(first)
    mtime = toChange(second)
  }
  return setTimes(task, timesTarget(task, dirfd, pathname, flags), atime, mtime)
}

function readTimeval(task: Task, at: number): Time {
  const { tv_sec, tv_usec } = task.mm.readStruct(timeval, at as Addr)
  if (tv_usec < 0 || tv_usec > 999_999) throw EINVAL
  return { sec: tv_sec, nsec: tv_usec * 1000 }
}

function setTimevals(task: Task, dirfd: number, pathname: Addr, times: Addr): number {
  if (times === 0) return setTimes(task, timesTarget(task, dirfd, pathname, 0), 'now', 'now')
  const atime = readTimeval(task, times)
  const mtime = readTimeval(task, times + timeval.size)
  return setTimes(task, timesTarget(task, dirfd, pathname, 0), atime, mtime)
}

export const utimes: Handler<'utimes'> = (task, { filename, times }) =>
  setTimevals(task, AT_FDCWD, filename, times)
export const futimesat: Handler<'futimesat'> = (task, { dirfd, pathname, times }) =>
  setTimevals(task, dirfd, pathname, times)

export const utime: Handler<'utime'> = (task, { filename, times }) => {
  const target = (): Target => named(task, AT_FDCWD, filename, 0)
  if (times === 0) return setTimes(task, target(), 'now', 'now')
  const { actime, modtime } = task.mm.readStruct(utimbuf, times)
  return setTimes(task, target(), { sec: actime, nsec: 0 }, { sec: modtime, nsec: 0 })
}
