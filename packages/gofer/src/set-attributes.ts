// Tsetattr on a host file. (gofer)

import { EINVAL, EISDIR, O_WRONLY } from '@tsvisor/abi'
import { close, type FileTime, fchmodat, fchownat, ftruncate, utimensat } from '@tsvisor/host'
import {
  type Request,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
  SETATTR_ATIME,
  SETATTR_ATIME_SET,
  SETATTR_CTIME,
  SETATTR_GID,
  SETATTR_MODE,
  SETATTR_MTIME,
  SETATTR_MTIME_SET,
  SETATTR_SIZE,
  SETATTR_UID,
  type Wide,
} from '@tsvisor/p9'
import { procPath, reopen } from './proc-fd.ts'

const AT_FDCWD = -100
const AT_EMPTY_PATH = 0x1000

/** Applies what `valid` names: size, owner, mode (which a change of owner would cut), times. */
export const setAttributes = (fd: number, type: number, change: Request<'setattr'>): void => {
  const { valid } = change
  if (valid & SETATTR_SIZE) truncate(fd, type, change.size)
  // chown(2) to nobody changes the time of change alone.
  if (valid & (SETATTR_UID | SETATTR_GID) || valid === SETATTR_CTIME) {
    const uid = valid & SETATTR_UID ? change.uid : -1
    const gid = valid & SETATTR_GID ? change.gid : -1
    fchownat(fd, '', uid, gid, AT_EMPTY_PATH)
  }
  if (valid & SETATTR_MODE) fchmodat(AT_FDCWD, procPath(fd), change.mode & 0o7777)
  const atime = time(valid & SETATTR_ATIME, valid & SETATTR_ATIME_SET, change.atime)
  const mtime = time(valid & SETATTR_MTIME, valid & SETATTR_MTIME_SET, change.mtime)
  if (atime === undefined && mtime === undefined) return
  if (type === S_IFLNK) utimensat(fd, '', atime, mtime, AT_EMPTY_PATH)
  else utimensat(AT_FDCWD, procPath(fd), atime, mtime, 0)
}

const truncate = (fd: number, type: number, size: Wide): void => {
  if (type === S_IFDIR) throw EISDIR
  if (type !== S_IFREG || typeof size === 'bigint') throw EINVAL
  const file = reopen(fd, O_WRONLY)
  try {
    ftruncate(file, size)
  } finally {
    close(file)
  }
}

const time = (
  changed: number,
  given: number,
  value: { readonly sec: Wide; readonly nsec: Wide },
): FileTime | 'now' | undefined => {
  if (!changed) return undefined
  if (!given) return 'now'
  const { sec, nsec } = value
  // utimensat(2) gives meanings of their own to nanoseconds beyond a second.
  if (typeof sec === 'bigint' || typeof nsec === 'bigint' || nsec > 999_999_999) throw EINVAL
  return { sec, nsec }
}
