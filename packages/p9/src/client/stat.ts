// Attributes as JavaScript likes them. (p9)

import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../constants.ts'
import type { Attr } from '../messages.ts'
import type { Wide } from '../wire.ts'

/** What a file is and has. Times in milliseconds since 1970, as `Date` takes them. */
export interface Stat {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  /** st_mode: type and permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Bytes. */
  readonly size: number
  readonly nlink: number
  /** Unique on the server. */
  readonly ino: Wide
  readonly atimeMs: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  /** All of it, exactly as it came. */
  readonly raw: Attr
}

const kindOf = (mode: number): Stat['kind'] => {
  const type = mode & S_IFMT
  if (type === S_IFREG) return 'file'
  if (type === S_IFDIR) return 'directory'
  return type === S_IFLNK ? 'symlink' : 'other'
}

const ms = (time: { readonly sec: Wide; readonly nsec: Wide }): number =>
  Number(time.sec) * 1000 + Number(time.nsec) / 1e6

export const toStat = (raw: Attr): Stat => ({
  kind: kindOf(raw.mode),
  mode: raw.mode,
  uid: raw.uid,
  gid: raw.gid,
  size: Number(raw.size),
  nlink: Number(raw.nlink),
  ino: raw.qid.path,
  atimeMs: ms(raw.atime),
  mtimeMs: ms(raw.mtime),
  ctimeMs: ms(raw.ctime),
  raw,
})
