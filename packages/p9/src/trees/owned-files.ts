// Owners, permissions, FIFOs, sockets, devices and large holes in a file system that has none of its own. (p9)

import { S_IFMT } from '../constants.ts'
import type { FsStats } from './fs-like.ts'
import type { Tail } from './tail.ts'

const TYPE = BigInt(S_IFMT)

/** What is known of a file besides what the file system says. */
export interface Facts {
  readonly birthtimeNs: bigint
  /** Instead of a number that another file has had. */
  ino?: bigint
  uid?: bigint
  gid?: bigint
  /** Where the file system's own are such that this process may do everything. */
  permissions?: bigint | undefined
  /** S_IFMT bits and device number, where an empty file stands for something else. */
  type?: bigint
  rdev?: bigint
  tail?: Tail | undefined
}

/** The attributes as they are to be seen. */
export const shown = (stat: FsStats, facts: Facts | undefined): FsStats => {
  if (facts === undefined) return stat
  const { ino = stat.ino, uid = stat.uid, gid = stat.gid, rdev = stat.rdev, tail } = facts
  const { type = stat.mode & TYPE, permissions = stat.mode & ~TYPE } = facts
  const seen = { ...stat, ino, mode: type | permissions, uid, gid, rdev }
  if (tail === undefined) return seen
  return { ...seen, size: BigInt(tail.size), blocks: stat.blocks + BigInt(tail.blocks) }
}

export interface OpenFile {
  /** Its own, whoever has its name and number by now. */
  readonly facts: Facts
  /** Opened with O_APPEND. */
  readonly appends: boolean
}

/** Numbers that no file system in memory gets to. */
const FIRST_OWN = 2n ** 40n

export class OwnedFiles {
  /** Of files that have a name, by inode. */
  readonly #named = new Map<bigint, Facts>()
  readonly #open = new Map<number, OpenFile>()
  #highest = 0n
  #numbers = FIRST_OWN

  /** What is known of the file with a name whose attributes these are, as the file system says them. */
  find({ ino, birthtimeNs }: FsStats): Facts | undefined {
    const facts = this.#named.get(ino)
    if (facts === undefined || facts.birthtimeNs === birthtimeNs) return facts
    // The number is another file's by now.
    this.#named.delete(ino)
    return undefined
  }

  /** As `find`; something is about to be known. */
  of(stat: FsStats): Facts {
    let facts = this.find(stat)
    if (facts === undefined) {
      facts = { birthtimeNs: stat.birthtimeNs }
      this.#named.set(stat.ino, facts)
    }
    return facts
  }

  open(fd: number): OpenFile | undefined {
    return this.#open.get(fd)
  }

  /** A file was made. Its number may be that of one that is gone, or open and nothing more. */
  made(stat: FsStats): void {
    this.gone(stat)
    if (stat.ino <= this.#highest) this.of(stat).ino = this.#numbers++
    else this.#highest = stat.ino
  }

  /** Its last name is gone; what has it open goes on with it. */
  gone({ ino }: FsStats): void {
    this.#named.delete(ino)
  }

  opened(fd: number, stat: FsStats, appends: boolean): OpenFile {
    const file = { facts: this.of(stat), appends }
    this.#open.set(fd, file)
    if (stat.ino > this.#highest) this.#highest = stat.ino
    return file
  }
  closed(fd: number): void {
    this.#open.delete(fd)
  }
}
