// What is needed of an object that looks like node:fs: memfs, node:fs itself, … (p9)

import type { Awaitable } from '../awaitable.ts'

export interface FsStats {
  readonly dev: bigint
  readonly ino: bigint
  readonly mode: bigint
  readonly nlink: bigint
  readonly uid: bigint
  readonly gid: bigint
  readonly rdev: bigint
  readonly size: bigint
  readonly blksize: bigint
  readonly blocks: bigint
  readonly atimeNs: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly birthtimeNs: bigint
}

export interface FsStatFs {
  readonly type: number
  readonly bsize: number
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
  readonly files: number
  readonly ffree: number
}

/** Text, or bytes where names need not be UTF-8. */
// biome-ignore lint/suspicious/noExplicitAny: each file system has its own type for paths
export type FsPath = any

const BIG = { bigint: true } as const
type Big = typeof BIG

/** The functions of node:fs that are used. Their errors carry a name as `code`. */
export interface FsLike {
  readonly constants?: object
  lstatSync(path: FsPath, options: Big): unknown
  fstatSync(fd: number, options: Big): unknown
  // biome-ignore lint/suspicious/noExplicitAny: options differ
  readdirSync(path: FsPath, options?: any): readonly unknown[]
  openSync(path: FsPath, flags: number | string, mode?: number): number
  closeSync(fd: number): void
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, at: number): number
  writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, at: number): number
  ftruncateSync(fd: number, size: number): void
  fchmodSync(fd: number, mode: number): void
  fchownSync(fd: number, uid: number, gid: number): void
  futimesSync(fd: number, atime: number, mtime: number): void
  fsync(fd: number, done: (error?: unknown) => void): void
  fdatasync(fd: number, done: (error?: unknown) => void): void
  mkdirSync(path: FsPath, mode?: number): unknown
  rmdirSync(path: FsPath): void
  unlinkSync(path: FsPath): void
  renameSync(from: FsPath, to: FsPath): void
  linkSync(existing: FsPath, path: FsPath): void
  symlinkSync(target: FsPath, path: FsPath): void
  // biome-ignore lint/suspicious/noExplicitAny: options differ
  readlinkSync(path: FsPath, options?: any): unknown
  chmodSync(path: FsPath, mode: number): void
  lchownSync(path: FsPath, uid: number, gid: number): void
  lutimesSync?(path: FsPath, atime: number, mtime: number): void
  utimesSync(path: FsPath, atime: number, mtime: number): void
  /** Makes what is no regular file. Not in node:fs. */
  mknod?(path: FsPath, mode: number, rdev: bigint): Awaitable<void>
  statfsSync?(path: FsPath): FsStatFs
}

export const lstat = (fs: FsLike, path: FsPath): FsStats => fs.lstatSync(path, BIG) as FsStats
export const fstat = (fs: FsLike, fd: number): FsStats => fs.fstatSync(fd, BIG) as FsStats
