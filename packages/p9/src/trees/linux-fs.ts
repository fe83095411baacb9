// A file system in memory, with the rules of Linux that those let pass. (p9)
// memfs checks permissions against this process whoever asks, replaces full directories, keeps
// sparse files whole and shows links as empty.

import { S_IFDIR, S_IFLNK, S_IFMT } from '../constants.ts'
import { EEXIST, EFBIG, EINVAL, EISDIR, ENOTDIR, ENOTEMPTY, P9Error } from '../errno.ts'
import { encodeText } from '../text.ts'
import { type FsLike, type FsPath, type FsStats, fstat, lstat } from './fs-like.ts'
import { OwnedFiles } from './owned-files.ts'

/** A byte written at an offset makes them hold all before it. */
const MAX_FILE = 2 ** 30

const checkSize = (size: number): void => {
  if (size > MAX_FILE) throw new P9Error(EFBIG)
}
const isDirectory = ({ mode }: FsStats): boolean => (Number(mode) & S_IFMT) === S_IFDIR
/** chown's -1 leaves an id alone. */
const ids = (uid: number, gid: number) => ({
  ...(uid !== -1 && { uid: BigInt(uid) }),
  ...(gid !== -1 && { gid: BigInt(gid) }),
})

export const linuxFs = (fs: FsLike): FsLike => {
  const owned = new OwnedFiles()

  const found = (path: FsPath): FsStats | undefined => {
    try {
      return lstat(fs, path)
    } catch {
      return undefined
    }
  }
  const seen = (path: FsPath, stat: FsStats): FsStats => {
    const shown = owned.seen(stat)
    if ((Number(stat.mode) & S_IFMT) !== S_IFLNK) return shown
    const target = encodeText(String(fs.readlinkSync(path)))
    return { ...shown, size: BigInt(target.length) }
  }
  /** As root opens: who may is the business of whoever asks. */
  const opened = (
    path: FsPath,
    flags: number | string,
    mode: number | undefined,
    old: FsStats | undefined,
  ): number => {
    try {
      return fs.openSync(path, flags, mode)
    } catch (error) {
      if (old === undefined || (error as { code?: unknown }).code !== 'EACCES') throw error
      fs.chmodSync(path, Number(old.mode) | 0o600)
      try {
        return fs.openSync(path, flags, mode)
      } finally {
        fs.chmodSync(path, Number(old.mode) & 0o7777)
      }
    }
  }
  const checkRename = (from: string, to: string): void => {
    const moved = found(from)
    const replaced = found(to)
    if (moved === undefined) return
    if (isDirectory(moved) && to.startsWith(`${from}/`)) throw new P9Error(EINVAL)
    if (replaced === undefined) return
    if (isDirectory(moved) && !isDirectory(replaced)) throw new P9Error(ENOTDIR)
    if (!isDirectory(moved) && isDirectory(replaced)) throw new P9Error(EISDIR)
    if (isDirectory(replaced) && fs.readdirSync(to).length > 0) throw new P9Error(ENOTEMPTY)
  }

  const rules: Partial<FsLike> = {
    lstatSync: path => seen(path, lstat(fs, path)),
    fstatSync: fd => owned.seen(fstat(fs, fd)),
    lchownSync: (path, uid, gid) => owned.add(lstat(fs, path), ids(uid, gid)),
    fchownSync: (fd, uid, gid) => owned.add(fstat(fs, fd), ids(uid, gid)),
    openSync: (path, flags, mode) => {
      const old = found(path)
      const fd = opened(path, flags, mode, old)
      if (old === undefined) owned.forget(fstat(fs, fd))
      return fd
    },
    mkdirSync: (path, mode) => {
      fs.mkdirSync(path, mode)
      owned.forget(lstat(fs, path))
    },
    symlinkSync: (target, path) => {
      fs.symlinkSync(target, path)
      owned.forget(lstat(fs, path))
    },
    mknod: (path, mode, rdev) => {
      if (found(path) !== undefined) throw new P9Error(EEXIST)
      fs.closeSync(fs.openSync(path, 'w', mode & 0o7777))
      owned.add(lstat(fs, path), { type: BigInt(mode & S_IFMT), rdev })
    },
    renameSync: (from, to) => {
      checkRename(from, to)
      fs.renameSync(from, to)
    },
    writeSync: (fd, buffer, offset, length, at) => {
      checkSize(at + length)
      return fs.writeSync(fd, buffer, offset, length, at)
    },
    ftruncateSync: (fd, size) => {
      checkSize(size)
      fs.ftruncateSync(fd, size)
    },
  }
  return Object.assign(Object.create(fs) as FsLike, rules)
}
