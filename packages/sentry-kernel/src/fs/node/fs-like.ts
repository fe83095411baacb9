// The part of Node's fs module that NodeFs uses: node:fs, memfs and others have it. (fs/node)

/** Stats as `bigint: false` gives them; times in milliseconds. */
export interface StatsLike {
  readonly ino: number
  readonly mode: number
  readonly nlink: number
  readonly uid: number
  readonly gid: number
  readonly rdev: number
  readonly size: number
  readonly blksize?: number
  readonly blocks?: number
  readonly atimeMs: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

/** Synchronous calls with Node's meaning. Errors carry `code` ("ENOENT" …). Times in seconds. */
export interface FsLike {
  lstatSync(path: string): StatsLike
  fstatSync(fd: number): StatsLike
  openSync(path: string, flags: number, mode?: number): number
  closeSync(fd: number): void
  readSync(fd: number, data: Uint8Array, at: number, length: number, position: number): number
  writeSync(fd: number, data: Uint8Array, at: number, length: number, position: number): number
  ftruncateSync(fd: number, size: number): void
  fsyncSync(fd: number): void
  readdirSync(path: string): readonly unknown[]
  mkdirSync(path: string, mode: number): unknown
  rmdirSync(path: string): void
  unlinkSync(path: string): void
  linkSync(from: string, to: string): void
  symlinkSync(target: string, path: string): void
  readlinkSync(path: string): unknown
  renameSync(from: string, to: string): void
  chmodSync(path: string, mode: number): void
  lchownSync(path: string, uid: number, gid: number): void
  /** Of the link itself. */
  lutimesSync(path: string, atime: number, mtime: number): void
}
