// What host files and file systems say about themselves. (host)

import { makedev } from '@tsvisor/abi'
import { call3, call4, call6 } from './call.ts'
import { NR } from './nr.ts'
import { cString, scratch, scratchView } from './scratch.ts'

/** A point in time as stat(2) has it. */
export interface FileTime {
  readonly sec: number
  readonly nsec: number
}

/** struct stat. Sizes in bytes, `blocks` of 512; `dev` and `rdev` as the kernel encodes them. */
export interface FileStat {
  readonly dev: bigint
  readonly ino: bigint
  /** File type and permission bits. */
  readonly mode: number
  readonly nlink: number
  readonly uid: number
  readonly gid: number
  readonly rdev: number
  readonly size: number
  readonly blksize: number
  readonly blocks: number
  readonly atime: FileTime
  readonly mtime: FileTime
  readonly ctime: FileTime
}

const TWO_32 = 0x1_0000_0000
const u64 = (offset: number): number =>
  scratchView.getUint32(offset + 4, true) * TWO_32 + scratchView.getUint32(offset, true)
const i64 = (offset: number): number =>
  scratchView.getInt32(offset + 4, true) * TWO_32 + scratchView.getUint32(offset, true)
const time = (offset: number): FileTime => ({ sec: i64(offset), nsec: u64(offset + 8) })

// Offsets: Linux arch/x86/include/uapi/asm/stat.h, struct stat of 64-bit.
const decode = (): FileStat => ({
  dev: scratchView.getBigUint64(0, true),
  ino: scratchView.getBigUint64(8, true),
  nlink: u64(16),
  mode: scratchView.getUint32(24, true),
  uid: scratchView.getUint32(28, true),
  gid: scratchView.getUint32(32, true),
  rdev: u64(40),
  size: u64(48),
  blksize: u64(56),
  blocks: u64(64),
  atime: time(72),
  mtime: time(88),
  ctime: time(104),
})

/** fstat(2). Works on O_PATH descriptors. */
export const fstat = (fd: number): FileStat => {
  call3(NR.fstat, fd, scratch.address, 0)
  return decode()
}

/** fstatat(2); `flags` AT_SYMLINK_NOFOLLOW 0x100, AT_EMPTY_PATH 0x1000. */
export const fstatat = (dirfd: number, path: string, flags: number): FileStat => {
  call4(NR.newfstatat, dirfd, cString(path), scratch.address, flags)
  return decode()
}

/** Bytes in an open file, without building a whole FileStat. */
export const fileSize = (fd: number): number => {
  call3(NR.fstat, fd, scratch.address, 0)
  return u64(48)
}

/** File type bits (S_IFMT) of an open file. */
export const fileType = (fd: number): number => {
  call3(NR.fstat, fd, scratch.address, 0)
  return scratchView.getUint32(24, true) & 0o170000
}

/** With what only statx(2) tells. */
export interface FileStatx extends FileStat {
  /** When the file was made; undefined where the file system does not know. */
  readonly btime: FileTime | undefined
}

const STATX_BASIC_STATS = 0x7ff
const STATX_BTIME = 0x800

const timeOfStatx = (offset: number): FileTime => ({
  sec: i64(offset),
  nsec: scratchView.getUint32(offset + 8, true),
})
const deviceOfStatx = (offset: number): number =>
  makedev(scratchView.getUint32(offset, true), scratchView.getUint32(offset + 4, true))

/** statx(2); `flags` as of fstatat, with AT_EMPTY_PATH and an empty path also of O_PATH descriptors. */
export const statx = (dirfd: number, path: string, flags: number): FileStatx => {
  const mask = STATX_BASIC_STATS | STATX_BTIME
  call6(NR.statx, dirfd, cString(path), flags, mask, scratch.address, 0)
  // Offsets: Linux include/uapi/linux/stat.h, struct statx.
  const got = scratchView.getUint32(0, true)
  return {
    dev: BigInt(deviceOfStatx(136)),
    ino: scratchView.getBigUint64(32, true),
    nlink: scratchView.getUint32(16, true),
    mode: scratchView.getUint16(28, true),
    uid: scratchView.getUint32(20, true),
    gid: scratchView.getUint32(24, true),
    rdev: deviceOfStatx(128),
    size: u64(40),
    blksize: scratchView.getUint32(4, true),
    blocks: u64(48),
    atime: timeOfStatx(64),
    mtime: timeOfStatx(112),
    ctime: timeOfStatx(96),
    btime: got & STATX_BTIME ? timeOfStatx(80) : undefined,
  }
}

/** struct statfs, the numbers that 9P and statfs(2) callers need. */
export interface FileSystemStat {
  readonly type: number
  readonly bsize: number
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
  readonly files: number
  readonly ffree: number
  readonly fsid: bigint
  readonly namelen: number
  readonly frsize: number
  readonly flags: number
}

/** fstatfs(2). */
export const fstatfs = (fd: number): FileSystemStat => {
  call3(NR.fstatfs, fd, scratch.address, 0)
  return {
    type: u64(0),
    bsize: u64(8),
    blocks: u64(16),
    bfree: u64(24),
    bavail: u64(32),
    files: u64(40),
    ffree: u64(48),
    fsid: scratchView.getBigUint64(56, true),
    namelen: u64(64),
    frsize: u64(72),
    flags: u64(80),
  }
}
