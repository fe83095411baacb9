// What is known of a directory that only this kernel changes: its names, their attributes, files opened ahead. (fs/gofer)

import { DT_REG } from '@tsvisor/abi'
import type { HostFile } from '../../platform/host.ts'
import type { FileHolder } from './open-files.ts'
import type { RemoteAttr, RemoteDirent } from './remote.ts'

const S_IFMT = 0o170000
const S_IFDIR = 0o040000

/** Look-ups that are asked one by one before the directory is listed, and between later pages. */
const MISSES_BEFORE_LISTING = 3
const MISSES_BETWEEN_PAGES = 8

/** Files opened one by one before others are opened with them; files opened at a time, at most. */
const OPENS_BEFORE_AHEAD = 3
const FIRST_AHEAD = 8
const MOST_AHEAD = 63
/** Larger files are read for long: a message for each does not show. */
const LARGE = 256 * 1024

export class KnownName implements FileHolder {
  readonly name: string
  readonly ino: bigint
  /** DT_* */
  readonly type: number
  #source: RemoteDirent | undefined
  /** Opened for reading before anybody asked. */
  file: HostFile | undefined
  /** The inode has an open file of its own. */
  isOpen = false

  constructor(name: string, ino: bigint, type: number, source?: RemoteDirent) {
    this.name = name
    this.ino = ino
    this.type = type
    this.#source = source
  }

  /**
   * Attributes that hold for as long as nobody changed the file: not those of a file with several
   * names, which may change under another one.
   */
  get attr(): RemoteAttr | undefined {
    const attr = this.#source?.attr
    if (attr === undefined) return undefined
    return (attr.mode & S_IFMT) === S_IFDIR || attr.nlink === 1 ? attr : undefined
  }
  forgetAttr(): void {
    this.#source = undefined
  }

  giveFileBack(): boolean {
    this.file?.close()
    this.file = undefined
    return true
  }
}

export class KnownNames {
  readonly #names = new Map<string, KnownName>()
  #list: readonly KnownName[] | undefined
  /** All names are here: what is not, does not exist. */
  complete = false
  /** Where listing goes on. */
  next = 0n
  #misses = 0
  #opens = 0
  /** Files of the last batch that were opened ahead, and how many of them were wanted. */
  #ahead = 0
  #wanted = 0

  find(name: string): KnownName | undefined {
    return this.#names.get(name)
  }

  /** In the order of the server, then of their making. */
  all(): readonly KnownName[] {
    this.#list ??= [...this.#names.values()]
    return this.#list
  }

  /** The next page from the server. */
  add(entries: readonly RemoteDirent[], last: boolean): void {
    for (const entry of entries) {
      this.#names.set(entry.name, new KnownName(entry.name, entry.ino, entry.type, entry))
      this.next = entry.offset
    }
    this.complete = last
    this.#list = undefined
  }
  /** A name that was made here. */
  put(name: string, ino: bigint, type: number): void {
    this.remove(name)
    this.#names.set(name, new KnownName(name, ino, type))
    this.#list = undefined
  }
  /** What was opened ahead under the name is closed. */
  remove(name: string): void {
    const known = this.#names.get(name)
    if (known === undefined) return
    known.giveFileBack()
    this.#names.delete(name)
    this.#list = undefined
  }

  /** A name is looked up that is not known: whether to list more before asking for it. */
  missed(): boolean {
    this.#misses++
    const limit = this.next === 0n ? MISSES_BEFORE_LISTING : MISSES_BETWEEN_PAGES
    if (this.#misses < limit) return false
    this.#misses = 0
    return true
  }

  /** A file is about to be opened by a message: what to open with it, as others were one by one. */
  ahead(name: string): readonly KnownName[] {
    if (++this.#opens < OPENS_BEFORE_AHEAD || this.#wanted * 2 < this.#ahead) return []
    const most = this.#ahead === 0 ? FIRST_AHEAD : Math.min(MOST_AHEAD, this.#ahead * 2)
    const all = this.all()
    const chosen: KnownName[] = []
    const start = all.findIndex(known => known.name === name) + 1
    for (let i = 0; i < all.length && chosen.length < most; i++) {
      const known = all[(start + i) % all.length]!
      if (known.name !== name && isCandidate(known)) chosen.push(known)
    }
    this.#ahead = chosen.length
    this.#wanted = 0
    return chosen
  }
  /** The file that was opened ahead; the caller owns it from now on. */
  takeAhead(known: KnownName): HostFile | undefined {
    const { file } = known
    if (file === undefined) return undefined
    known.file = undefined
    this.#wanted++
    return file
  }
}

const isCandidate = (known: KnownName): boolean => {
  if (known.type !== DT_REG || known.isOpen || known.file !== undefined) return false
  const { attr } = known
  return attr !== undefined && attr.size <= LARGE
}
