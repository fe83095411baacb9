// Linux's open flags, which the wire has, as the file system under us numbers them. (p9)

import type { FsLike } from './fs-like.ts'

export const O_ACCMODE = 3
export const O_TRUNC = 0o1000
export const O_EXCL = 0o200

const WIRE: Readonly<Record<string, number>> = {
  O_EXCL,
  O_TRUNC,
  O_APPEND: 0o2000,
  O_SYNC: 0o4010000,
  O_NOATIME: 0o1000000,
}

export const isForWriting = (flags: number): boolean => (flags & (O_ACCMODE | O_TRUNC)) !== 0

/** Never follows a symlink, waits for a FIFO or gets a terminal. */
export const hostFlags = (fs: FsLike, flags: number): number => {
  const constants = fs.constants as Readonly<Record<string, number>>
  let host = flags & O_ACCMODE
  for (const [name, bit] of Object.entries(WIRE)) {
    if ((flags & bit) === bit) host |= constants[name] ?? 0
  }
  for (const name of ['O_NOFOLLOW', 'O_NONBLOCK', 'O_NOCTTY']) host |= constants[name] ?? 0
  return host
}

export const creating = (fs: FsLike): number =>
  (fs.constants as Readonly<Record<string, number>>)['O_CREAT'] ?? 0o100
