// Changing attributes and sizes of host files. (host)

import { call3, call4, call6 } from './call.ts'
import type { FileTime } from './fs-stat.ts'
import { NR } from './nr.ts'
import { cString, scratch, scratchView } from './scratch.ts'

/** fchmod(2). EBADF on O_PATH descriptors: go through fchmodat on /proc/self/fd then. */
export const fchmod = (fd: number, mode: number): void => {
  call3(NR.fchmod, fd, mode, 0)
}

/** fchmodat(2), following symlinks. */
export const fchmodat = (dirfd: number, path: string, mode: number): void => {
  call3(NR.fchmodat, dirfd, cString(path), mode)
}

/** fchown(2); -1 leaves an id alone. */
export const fchown = (fd: number, uid: number, gid: number): void => {
  call3(NR.fchown, fd, uid, gid)
}

/** fchownat(2); `flags` AT_SYMLINK_NOFOLLOW 0x100, AT_EMPTY_PATH 0x1000. */
export const fchownat = (
  dirfd: number,
  path: string,
  uid: number,
  gid: number,
  flags: number,
): void => {
  call6(NR.fchownat, dirfd, cString(path), uid, gid, flags, 0)
}

const UTIME_NOW = 0x3fffffff
const UTIME_OMIT = 0x3ffffffe
const TWO_32 = 0x1_0000_0000

const putTime = (offset: number, time: FileTime | 'now' | undefined): void => {
  const sec = typeof time === 'object' ? time.sec : 0
  const nsec = time === undefined ? UTIME_OMIT : time === 'now' ? UTIME_NOW : time.nsec
  scratchView.setUint32(offset, ((sec % TWO_32) + TWO_32) % TWO_32, true)
  scratchView.setInt32(offset + 4, Math.floor(sec / TWO_32), true)
  scratchView.setUint32(offset + 8, nsec, true)
  scratchView.setUint32(offset + 12, 0, true)
}

/** utimensat(2); an undefined time stays as it is. An undefined path means the file `dirfd` itself. */
export const utimensat = (
  dirfd: number,
  path: string | undefined,
  atime: FileTime | 'now' | undefined,
  mtime: FileTime | 'now' | undefined,
  flags: number,
): void => {
  putTime(0, atime)
  putTime(16, mtime)
  call4(NR.utimensat, dirfd, path === undefined ? 0 : cString(path), scratch.address, flags)
}

/** ftruncate(2). */
export const ftruncate = (fd: number, size: number): void => {
  call3(NR.ftruncate, fd, size, 0)
}

/** truncate(2) by path, following symlinks. */
export const truncate = (path: string, size: number): void => {
  call3(NR.truncate, cString(path), size, 0)
}

/** fallocate(2); `mode` FALLOC_FL_KEEP_SIZE 1, PUNCH_HOLE 2 … */
export const fallocate = (fd: number, mode: number, offset: number, length: number): void => {
  call4(NR.fallocate, fd, mode, offset, length)
}

/** setfsuid(2) and setfsgid(2): whose files new ones become, and with whose rights they are opened. */
export const setFsIds = (uid: number, gid: number): void => {
  call3(NR.setfsgid, gid, 0, 0)
  call3(NR.setfsuid, uid, 0, 0)
}

/** umask(2); returns the one before. */
export const umask = (mask: number): number => call3(NR.umask, mask, 0, 0)
