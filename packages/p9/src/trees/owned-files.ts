// Owners, FIFOs, sockets and devices in a file system that has none of its own. (p9)

import { S_IFMT } from '../constants.ts'
import type { FsStats } from './fs-like.ts'

interface Facts {
  readonly birthtimeNs: bigint
  uid?: bigint
  gid?: bigint
  /** S_IFMT bits and device number, where an empty file stands for something else. */
  type?: bigint
  rdev?: bigint
}

/** What is known of files besides what the file system says, by inode. */
export class OwnedFiles {
  readonly #files = new Map<bigint, Facts>()

  /** `stat`: as the file system says it. */
  add({ ino, birthtimeNs }: FsStats, facts: Omit<Facts, 'birthtimeNs'>): void {
    this.#files.set(ino, { ...this.#of(ino, birthtimeNs), ...facts, birthtimeNs })
  }

  /** The attributes as they are to be seen. */
  seen(stat: FsStats): FsStats {
    const facts = this.#of(stat.ino, stat.birthtimeNs)
    if (facts === undefined) return stat
    const { type, uid = stat.uid, gid = stat.gid, rdev = stat.rdev } = facts
    const mode = type === undefined ? stat.mode : (stat.mode & ~BigInt(S_IFMT)) | type
    return { ...stat, mode, uid, gid, rdev }
  }

  #of(ino: bigint, birthtimeNs: bigint): Facts | undefined {
    const facts = this.#files.get(ino)
    if (facts === undefined || facts.birthtimeNs === birthtimeNs) return facts
    // The number is another file's by now.
    this.#files.delete(ino)
    return undefined
  }

  /** A file is made: whose number it had is gone. */
  forget({ ino }: FsStats): void {
    this.#files.delete(ino)
  }
}
