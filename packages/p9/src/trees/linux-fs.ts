// A file system in memory, with the rules of Linux that those let pass. (p9)
// memfs checks permissions against this process whoever asks, replaces full directories, keeps
// sparse files whole, gives numbers away that open files still have and shows links as empty.

import { S_IFDIR, S_IFLNK, S_IFMT } from '../constants.ts'
import { EEXIST, EINVAL, EISDIR, ENOTDIR, ENOTEMPTY, P9Error } from '../errno.ts'
import { encodeText } from '../text.ts'
import { appending, truncating } from './fs-flags.ts'
import { type FsLike, type FsPath, type FsStats, fstat, lstat } from './fs-like.ts'
import { type Facts, OwnedFiles, shown } from './owned-files.ts'
import { sparseData } from './sparse-data.ts'

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
    const as = shown(stat, owned.find(stat))
    if ((Number(stat.mode) & S_IFMT) !== S_IFLNK) return as
    const target = encodeText(String(fs.readlinkSync(path)))
    return { ...as, size: BigInt(target.length) }
  }
  /** Who may do what is the business of whoever asks: this process always may. */
  const permit = (stat: FsStats, facts: Facts, mode: number, chmod: (mode: number) => void) => {
    const all = isDirectory(stat) ? 0o700 : 0o600
    chmod((mode & 0o7777) | all)
    facts.permissions = (mode & all) === all ? undefined : BigInt(mode & 0o7777)
  }
  const permitPath = (path: FsPath, stat: FsStats, mode: number): void =>
    permit(stat, owned.of(stat), mode, bits => fs.chmodSync(path, bits))
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
      permitPath(path, old, Number(old.mode))
      return fs.openSync(path, flags, mode)
    }
  }
  /** `step` takes the name away from what has it. */
  const losing = (path: FsPath, step: () => void): void => {
    const old = found(path)
    step()
    if (old !== undefined && old.nlink <= 1n && found(path)?.ino !== old.ino) owned.gone(old)
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
    fstatSync: fd => shown(fstat(fs, fd), owned.open(fd)?.facts),
    lchownSync: (path, uid, gid) => void Object.assign(owned.of(lstat(fs, path)), ids(uid, gid)),
    fchownSync: (fd, uid, gid) => void Object.assign(owned.open(fd)!.facts, ids(uid, gid)),
    openSync: (path, flags, mode) => {
      const old = found(path)
      const fd = opened(path, flags, mode, old)
      const stat = fstat(fs, fd)
      const has = (flag: number): boolean => (Number(flags) & flag) !== 0
      if (old === undefined) owned.made(stat)
      const { facts } = owned.opened(fd, stat, has(appending(fs)))
      if (has(truncating(fs))) facts.tail = undefined
      return fd
    },
    closeSync: fd => {
      owned.closed(fd)
      fs.closeSync(fd)
    },
    chmodSync: (path, mode) => permitPath(path, lstat(fs, path), mode),
    fchmodSync: (fd, mode) =>
      permit(fstat(fs, fd), owned.open(fd)!.facts, mode, bits => fs.fchmodSync(fd, bits)),
    mkdirSync: (path, mode = 0o777) => {
      fs.mkdirSync(path, mode)
      const stat = lstat(fs, path)
      owned.made(stat)
      permitPath(path, stat, mode)
    },
    symlinkSync: (target, path) => {
      fs.symlinkSync(target, path)
      owned.made(lstat(fs, path))
    },
    mknod: (path, mode, rdev) => {
      if (found(path) !== undefined) throw new P9Error(EEXIST)
      fs.closeSync(fs.openSync(path, 'w', mode & 0o7777))
      const stat = lstat(fs, path)
      owned.made(stat)
      Object.assign(owned.of(stat), { type: BigInt(mode & S_IFMT), rdev })
    },
    unlinkSync: path => losing(path, () => fs.unlinkSync(path)),
    renameSync: (from, to) => {
      checkRename(from, to)
      losing(to, () => fs.renameSync(from, to))
    },
    ...sparseData(fs, owned),
  }
  return Object.assign(Object.create(fs) as FsLike, rules)
}
