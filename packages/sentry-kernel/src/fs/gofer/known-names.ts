// What is known of a directory that only this kernel changes: its names, their attributes, files opened ahead. (fs/gofer)

import { DT_DIR, DT_REG } from '@tsvisor/abi'
import type { HostFile } from '../../platform/host.ts'
import type { Dirent } from '../../vfs/file-description.ts'
import type { FileHolder } from './open-files.ts'
import { OpenOrders } from './open-order.ts'
import type { Detail, PackedAttr, RemoteAttr, RemoteDirent, RemoteNumber } from './remote.ts'

const S_IFMT = 0o170000
const S_IFDIR = 0o040000

/** Look-ups that are asked one by one before the directory is listed, and between later pages. */
const MISSES_BEFORE_LISTING = 10
const MISSES_BETWEEN_PAGES = 8

/** Files opened one by one before others are opened with them; files opened at a time, at most. */
const OPENS_BEFORE_AHEAD = 3
/** Opens that the order is read from. */
const RECENT = 4
const OPENS_AFTER_WRONG = 8
const FIRST_AHEAD = 8
const MOST_AHEAD = 63
/** Larger files are read for long: a message for each does not show. */
const LARGE = 256 * 1024

/** Inode numbers are 64 bits; a double holds 53. */
export const toIno = (ino: RemoteNumber): number =>
  typeof ino === 'number' ? ino : Number(BigInt.asUintN(53, ino))

export class KnownName implements Dirent, FileHolder {
  readonly name: string
  readonly ino: number
  readonly remoteIno: RemoteNumber
  readonly type: number
  #attrs: PackedAttr | undefined
  /** Opened for reading before anybody asked. */
  file: HostFile | undefined
  /** The inode has an open file of its own. */
  isOpen = false

  constructor(name: string, remoteIno: RemoteNumber, type: number, attrs?: PackedAttr) {
    this.name = name
    this.ino = toIno(remoteIno)
    this.remoteIno = remoteIno
    this.type = type
    this.#attrs = attrs
  }

  /**
   * Attributes that hold for as long as nobody changed the file: not those of a file with several
   * names, which may change under another one.
   */
  get attr(): RemoteAttr | undefined {
    const attr = this.#attrs?.unpack()
    if (attr === undefined) return undefined
    return (attr.mode & S_IFMT) === S_IFDIR || attr.nlink === 1 ? attr : undefined
  }
  learn(attrs: PackedAttr | undefined): void {
    this.#attrs = attrs
  }
  forgetAttr(): void {
    this.#attrs = undefined
  }

  giveFileBack(): boolean {
    this.file?.close()
    this.file = undefined
    return true
  }
}

export class KnownNames {
  /** By name, once somebody looks one up: many directories are but listed. */
  #index: Map<string, KnownName> | undefined
  /** Made anew from the index when that has changed. */
  #list: readonly KnownName[] | undefined = []
  /** All names are here: what is not, does not exist. */
  complete = false
  /** Where listing goes on, and with whose attributes. */
  next: RemoteNumber = 0
  detail: Detail = 'directories'
  /** The listing is at its end. */
  #ended = false
  #misses = 0
  /** Whether files' attributes were listed, and whether one was wanted. */
  benefit: 'none listed' | 'none used' | 'used' = 'none listed'
  #opens = 0
  /** Opened last, the latest at the end. */
  readonly #recent: KnownName[] = []
  #orders: OpenOrders | undefined
  /** Files of the last batch that were opened ahead, and how many of them were wanted. */
  #ahead = 0
  #wanted = 0

  find(name: string): KnownName | undefined {
    return this.#names.get(name)
  }
  get #names(): Map<string, KnownName> {
    this.#index ??= new Map(this.all().map(known => [known.name, known]))
    return this.#index
  }

  /** In the order of the server, then of their making. The list stays as it is when names change. */
  all(): readonly KnownName[] {
    this.#list ??= [...this.#names.values()]
    return this.#list
  }

  /** The next page from the server. */
  add(entries: readonly RemoteDirent[], last: boolean): void {
    if (this.#list?.length === 0) {
      this.#list = entries.map(made)
      this.#index = undefined
    } else {
      for (const entry of entries) {
        const known = this.#names.get(entry.name)
        if (known?.remoteIno === entry.ino) known.learn(entry.attrs)
        else this.#names.set(entry.name, made(entry))
      }
      this.#list = undefined
    }
    this.#orders = undefined
    this.next = entries.at(-1)?.offset ?? this.next
    if (this.detail === 'all' && entries.some(({ type }) => type !== DT_DIR)) this.#listedFile()
    if (last) this.complete = this.#ended = true
  }
  #listedFile(): void {
    if (this.benefit === 'none listed') this.benefit = 'none used'
  }
  /** A name that was made here. */
  put(name: string, ino: RemoteNumber, type: number): void {
    this.remove(name)
    this.#names.set(name, new KnownName(name, ino, type))
    this.#list = this.#orders = undefined
  }
  /** What was opened ahead under the name is closed. */
  remove(name: string): void {
    const known = this.#names.get(name)
    if (known === undefined) return
    known.giveFileBack()
    this.#names.delete(name)
    this.#list = this.#orders = undefined
  }

  /**
   * A name is looked up of which too little is known: whether to list before asking for it.
   * A directory that was listed without its files' attributes is listed once more.
   */
  missed(): boolean {
    const listed = this.detail === 'all' && this.next !== 0
    if (listed && this.#ended) return false
    if (++this.#misses < (listed ? MISSES_BETWEEN_PAGES : MISSES_BEFORE_LISTING)) return false
    this.#misses = 0
    if (!listed) this.startOver('all')
    return true
  }
  /** Others have changed the directory: what is not known has to be asked for. */
  distrust(): void {
    for (const known of this.all()) {
      known.forgetAttr()
      known.giveFileBack()
    }
    this.#list = []
    this.#index = this.#orders = undefined
    this.complete = false
    this.startOver('directories')
  }
  /** The next page is the first. */
  startOver(detail: Detail): void {
    this.detail = detail
    this.next = 0
    this.#ended = false
  }

  /** A file is about to be opened by a message: what to open with it, as others were one by one. */
  ahead(known: KnownName): readonly KnownName[] {
    this.#opened(known)
    if (++this.#opens < OPENS_BEFORE_AHEAD) return []
    if (this.#wanted * 2 < this.#ahead) {
      // Wrong guesses: others after a while.
      this.#opens = -OPENS_AFTER_WRONG
      this.#ahead = this.#wanted = 0
      return []
    }
    const most = this.#ahead === 0 ? FIRST_AHEAD : Math.min(MOST_AHEAD, this.#ahead * 2)
    this.#orders ??= new OpenOrders(this.all())
    const chosen: KnownName[] = []
    for (const next of this.#orders.next(this.#recent)) {
      if (isCandidate(next) && chosen.push(next) === most) break
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
    this.#opened(known)
    return file
  }
  #opened(known: KnownName): void {
    if (this.#recent.push(known) > RECENT) this.#recent.shift()
  }
}

const made = ({ name, ino, type, attrs }: RemoteDirent): KnownName =>
  new KnownName(name, ino, type, attrs)

const isCandidate = (known: KnownName): boolean => {
  if (known.type !== DT_REG || known.isOpen || known.file !== undefined) return false
  const { attr } = known
  return attr !== undefined && attr.size <= LARGE
}
