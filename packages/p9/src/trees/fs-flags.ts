// Linux's open flags, which the wire has, as the file system under us numbers them. (p9)

import type { FsLike } from './fs-like.ts'

export const O_ACCMODE = 3
export const O_TRUNC = 0o1000
export const O_EXCL = 0o200

const PASSED = {
  O_EXCL,
  O_TRUNC,
  O_APPEND: 0o2000,
  O_SYNC: 0o4010000,
  O_NOATIME: 0o1000000,
}
/** Never follows a symlink, waits for a FIFO or gets a terminal. */
const ALWAYS = { O_NOFOLLOW: 0o400000, O_NONBLOCK: 0o4000, O_NOCTTY: 0o400 }

export const isForWriting = (flags: number): boolean => (flags & (O_ACCMODE | O_TRUNC)) !== 0

/** The file system's number for a flag; Linux's where it names none, none where it has no such flag. */
const number = ({ constants }: FsLike, name: string, linux: number): number =>
  constants === undefined ? linux : ((constants as Readonly<Record<string, number>>)[name] ?? 0)

export const hostFlags = (fs: FsLike, flags: number): number => {
  let host = flags & O_ACCMODE
  for (const [name, bit] of Object.entries(PASSED)) {
    if ((flags & bit) === bit) host |= number(fs, name, bit)
  }
  for (const [name, bit] of Object.entries(ALWAYS)) host |= number(fs, name, bit)
  return host
}

export const appending = (fs: FsLike): number => number(fs, 'O_APPEND', PASSED.O_APPEND)
export const truncating = (fs: FsLike): number => number(fs, 'O_TRUNC', O_TRUNC)
export const creating = (fs: FsLike): number => number(fs, 'O_CREAT', 0o100)
