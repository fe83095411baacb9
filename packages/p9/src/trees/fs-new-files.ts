// New files of a file system object: the owner and the mode that the client decided. (p9)

import { NO_ID, S_IFDIR, S_IFLNK, S_IFMT } from '../constants.ts'
import type { NewOwner } from '../server/file-tree.ts'
import { type FsLike, type FsPath, type FsStats, fstat, lstat } from './fs-like.ts'

const S_ISGID = 0o2000

interface Change {
  chown(uid: number, gid: number): void
  chmod(mode: number): void
  stat(): FsStats
}

export class NewFiles {
  readonly #fs: FsLike
  /** Only root gives files away; who cannot keeps them. */
  #givesAway: 'perhaps' | 'no' = 'perhaps'

  constructor(fs: FsLike) {
    this.#fs = fs
  }

  /** Attributes of the open file that was just made, once it has its owner and mode. */
  settleFd(fd: number, mode: number, owner: NewOwner): FsStats {
    const fs = this.#fs
    return this.#settle(mode, owner, {
      chown: (uid, gid) => fs.fchownSync(fd, uid, gid),
      chmod: bits => fs.fchmodSync(fd, bits),
      stat: () => fstat(fs, fd),
    })
  }

  settlePath(path: FsPath, mode: number, owner: NewOwner): FsStats {
    const fs = this.#fs
    return this.#settle(mode, owner, {
      chown: (uid, gid) => fs.lchownSync(path, uid, gid),
      chmod: bits => fs.chmodSync(path, bits),
      stat: () => lstat(fs, path),
    })
  }

  #settle(mode: number, owner: NewOwner, change: Change): FsStats {
    let stat = change.stat()
    const uid = owner.uid ?? NO_ID
    const { gid } = owner
    const isAnothers =
      (uid !== NO_ID && uid !== Number(stat.uid)) || (gid !== NO_ID && gid !== Number(stat.gid))
    if (isAnothers && this.#givesAway === 'perhaps') {
      try {
        change.chown(uid === NO_ID ? -1 : uid, gid === NO_ID ? -1 : gid)
        stat = change.stat()
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'EPERM') throw error
        this.#givesAway = 'no'
      }
    }
    const now = Number(stat.mode)
    if ((now & S_IFMT) === S_IFLNK) return stat
    // The client has applied its umask; ours is in the way, and chown took bits away.
    const inherited = (now & S_IFMT) === S_IFDIR ? now & S_ISGID : 0
    const wanted = (mode & 0o7777) | inherited
    if ((now & 0o7777) === wanted) return stat
    change.chmod(wanted)
    return change.stat()
  }
}
