// Tsetattr on a file system object, by path or by descriptor. (p9)

import {
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
  SETATTR_ATIME,
  SETATTR_ATIME_SET,
  SETATTR_GID,
  SETATTR_MODE,
  SETATTR_MTIME,
  SETATTR_MTIME_SET,
  SETATTR_SIZE,
  SETATTR_UID,
} from '../constants.ts'
import { EINVAL, EISDIR, EOPNOTSUPP, P9Error } from '../errno.ts'
import type { Request } from '../messages.ts'
import type { Wide } from '../wire.ts'
import { hostFlags } from './fs-flags.ts'
import { type FsLike, type FsPath, type FsStats, fstat, lstat } from './fs-like.ts'

type Change = Request<'setattr'>

const O_WRONLY = 1
const ANY_TIME = SETATTR_ATIME | SETATTR_MTIME
const ANY_ID = SETATTR_UID | SETATTR_GID

/** What a Date can be, in seconds before and after 1970: beyond it are 270,000 years. */
const LAST_SECOND = 8_640_000_000_000

/**
 * Seconds, as node:fs has them: exact to about 200 ns. What is out of range is at its end, as Linux has it
 * (fs/inode.c:timestamp_truncate): a file system whose times are Dates could not show the file any more.
 */
const seconds = (time: { readonly sec: Wide; readonly nsec: Wide }): number =>
  Math.max(-LAST_SECOND, Math.min(LAST_SECOND, Number(time.sec) + Number(time.nsec) / 1e9))

const size = ({ size }: Change): number => {
  if (typeof size === 'bigint') throw new P9Error(EINVAL)
  return size
}

/** The owner after the change; -1 leaves an id alone. */
const ids = ({ valid, uid, gid }: Change): [uid: number, gid: number] => [
  valid & SETATTR_UID ? uid : -1,
  valid & SETATTR_GID ? gid : -1,
]

const times = (
  { valid, atime, mtime }: Change,
  old: FsStats,
  now: () => number,
): [atime: number, mtime: number] => {
  const clock = now() / 1000
  const one = (change: number, set: number, time: Change['atime'], before: bigint): number => {
    if ((valid & change) === 0) return Number(before) / 1e9
    return valid & set ? seconds(time) : clock
  }
  return [
    one(SETATTR_ATIME, SETATTR_ATIME_SET, atime, old.atimeNs),
    one(SETATTR_MTIME, SETATTR_MTIME_SET, mtime, old.mtimeNs),
  ]
}

export const changeByFd = (fs: FsLike, fd: number, change: Change, now: () => number): void => {
  const { valid } = change
  if (valid & SETATTR_SIZE) fs.ftruncateSync(fd, size(change))
  if (valid & ANY_ID) fs.fchownSync(fd, ...ids(change))
  if (valid & SETATTR_MODE) fs.fchmodSync(fd, change.mode & 0o7777)
  if (valid & ANY_TIME) fs.futimesSync(fd, ...times(change, fstat(fs, fd), now))
}

/** `type`: the S_IFMT bits of what is there. */
export const changeByPath = (
  fs: FsLike,
  path: FsPath,
  type: number,
  change: Change,
  now: () => number,
): void => {
  const { valid } = change
  if (valid & SETATTR_SIZE) truncate(fs, path, type, size(change))
  if (valid & ANY_ID) fs.lchownSync(path, ...ids(change))
  if (valid & SETATTR_MODE) {
    if (type === S_IFLNK) throw new P9Error(EOPNOTSUPP, 'mode of a symlink')
    fs.chmodSync(path, change.mode & 0o7777)
  }
  if (valid & ANY_TIME) {
    const both = times(change, lstat(fs, path), now)
    if (fs.lutimesSync !== undefined) fs.lutimesSync(path, ...both)
    else if (type !== S_IFLNK) fs.utimesSync(path, ...both)
    else throw new P9Error(EOPNOTSUPP, 'times of a symlink')
  }
}

const truncate = (fs: FsLike, path: FsPath, type: number, length: number): void => {
  if (type !== S_IFREG) throw new P9Error(type === S_IFDIR ? EISDIR : EINVAL)
  const fd = fs.openSync(path, hostFlags(fs, O_WRONLY))
  try {
    fs.ftruncateSync(fd, length)
  } finally {
    fs.closeSync(fd)
  }
}
