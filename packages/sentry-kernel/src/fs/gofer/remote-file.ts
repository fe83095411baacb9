// A file on the server: its attributes as last known, its handle, and the name that leads to it. (fs/gofer)

import { ESTALE, S_ISGID, S_ISUID } from '@tsvisor/abi'
import { type Attr, Inode } from '../../vfs/inode.ts'
import type { GoferFs } from './gofer-fs.ts'
import { InodeFiles } from './inode-files.ts'
import { KnownNames, toIno } from './known-names.ts'
import type { RemoteAttr, RemoteEntry, RemoteNode, RemoteNumber, RemoteWay } from './remote.ts'

const S_IFMT = 0o170000
const S_IFDIR = 0o040000

/** Where a name leads to a file, as far as is known. */
export interface Place {
  readonly directory: RemoteFile
  readonly name: string
}

/** From the nearest file with a handle down to one that has none: the files below it, and their names. */
interface Way {
  readonly from: RemoteFile
  readonly below: readonly RemoteFile[]
  readonly path: readonly string[]
}

export abstract class RemoteFile extends Inode {
  readonly fs: GoferFs
  readonly remoteIno: RemoteNumber
  /** The handle on the server; given back when it is one of too many, fetched again by name. */
  node: RemoteNode | undefined
  #attr: RemoteAttr
  #shown: Attr | undefined
  /** The attributes on the server may differ (we wrote through a passed descriptor). */
  #stale = false
  #parent: RemoteFile | undefined
  #name: string
  /** Another file may have the name by now, or none: the handle is all there is. */
  #nameless = false
  /** Without a name from the start, and may get one. */
  #linkable = false
  /** Open descriptions and mounts: the handle must stay. */
  #pins = 0
  readonly files = new InodeFiles(this)
  /** Directories on exclusive mounts. */
  readonly names: KnownNames | undefined

  constructor(fs: GoferFs, attr: RemoteAttr, parent: RemoteFile | undefined, name: string) {
    super()
    this.fs = fs
    this.remoteIno = attr.ino
    this.#attr = attr
    this.#parent = parent
    this.#name = name
    const keeps = fs.access === 'exclusive' && this.type === S_IFDIR
    this.names = keeps ? new KnownNames() : undefined
  }

  // Attributes.

  override get type(): number {
    return this.#attr.mode & S_IFMT
  }

  attr(): Attr {
    const isGone = this.#attr.nlink === 0 && this.node === undefined
    if (!isGone && (this.#stale || this.fs.access === 'shared'))
      this.refresh(this.handle().getattr())
    this.#shown ??= shown(this.#attr)
    return this.#shown
  }

  /** Takes over attributes just fetched. */
  refresh(attr: RemoteAttr): void {
    this.#stale = false
    this.#attr = attr
    this.#shown = undefined
  }

  /** Has set-user-ID or set-group-ID, as far as is known without asking. */
  get isSetId(): boolean {
    return (this.#attr.mode & (S_ISUID | S_ISGID)) !== 0
  }

  /** What is known of it without asking. */
  protected get known(): RemoteAttr {
    return this.#attr
  }
  /** This much is known to have changed. */
  protected learn(change: Partial<RemoteAttr>): void {
    this.#attr = { ...this.#attr, ...change }
  }

  /** The attributes on the server have changed, or will. */
  markStale(): void {
    this.#stale = true
    this.#parent?.names?.find(this.#name)?.forgetAttr()
  }

  /** Others may have changed it until now. */
  distrust(): void {
    this.names?.distrust()
    this.markStale()
  }

  sameFile(attr: RemoteAttr): boolean {
    return (attr.mode & S_IFMT) === this.type
  }

  // The handle.

  /** The handle, walked to if there is none. Errors: ESTALE when the name now means another file. */
  handle(): RemoteNode {
    if (this.node !== undefined) {
      this.fs.touch(this)
      return this.node
    }
    this.walk([])
    return this.node!
  }

  /**
   * Walks down, to here first where there is no handle. Errors: those of the way to here; ESTALE when
   * its names now mean another file.
   */
  protected walk(names: readonly string[]): RemoteWay {
    const { from, below, path } = this.way()
    const { reached, stopped } = from.node!.walk([...path, ...names])
    if (below.length === 0) this.fs.touch(this)
    else if (reached.length === 0) throw stopped!
    this.arrived(below, reached)
    return { reached: reached.slice(below.length), stopped }
  }

  /** Calls with the handle, which stays for as long as that takes, whatever else is asked for. */
  protected kept(step: (node: RemoteNode) => void): void {
    this.pin()
    try {
      step(this.handle())
    } finally {
      this.unpin()
    }
  }

  /** The nearest directory above that has a handle, or this, and the way down from there. */
  protected way(): Way {
    const below: RemoteFile[] = []
    let from: RemoteFile = this
    while (from.node === undefined) {
      if (from.#parent === undefined || from.#nameless) throw ESTALE
      below.push(from)
      from = from.#parent
    }
    below.reverse()
    return { from, below, path: below.map(file => file.#name) }
  }

  /** Takes over the handles that a walk down `way` ended in. */
  protected arrived(way: readonly RemoteFile[], reached: readonly RemoteEntry[]): void {
    for (let i = 0; i < way.length; i++) {
      const inode = way[i]!
      const entry = reached[i]
      if (entry === undefined || entry.attr.ino !== inode.remoteIno) {
        for (const { node } of reached.slice(i)) node.clunk()
        throw ESTALE
      }
      inode.node = entry.node
      inode.refresh(entry.attr)
      this.fs.adopt(inode)
    }
  }

  /** Descriptions are open, or it is a mount's root. */
  get inUse(): boolean {
    return this.#pins > 0
  }
  pin(): void {
    this.#pins++
  }
  unpin(): void {
    this.#pins--
    if (this.#pins === 0 && this.#attr.nlink === 0) this.discard()
  }

  /** Gives the handle back unless it is in use. */
  giveBack(): boolean {
    if (this.#pins > 0 || this.#parent === undefined || this.#nameless) return false
    this.node?.clunk()
    this.node = undefined
    return true
  }
  /** Gives everything held on the server back. */
  discard(): void {
    this.node?.clunk()
    this.node = undefined
    this.files.close()
  }

  // Names: the one that leads here, and those of a directory.

  get parent(): RemoteFile | undefined {
    return this.#parent
  }

  /** It has this name, whatever it was known by. */
  foundAt(parent: RemoteFile, name: string): void {
    if (!this.#nameless) return
    this.#nameless = false
    this.#parent = parent
    this.#name = name
  }

  /** The directory whose `name` leads here and, as far as is known, no other does. */
  get place(): Place | undefined {
    if (this.#parent === undefined || this.#nameless || this.#attr.nlink !== 1) return undefined
    return { directory: this.#parent, name: this.#name }
  }

  /** No name is known to lead here. */
  protected get nameless(): boolean {
    return this.#nameless
  }
  /** It was made without one, and may or may not get one. */
  madeNameless(future: 'linkable' | 'unlinkable'): void {
    this.#nameless = true
    this.#linkable = future === 'linkable'
  }
  override get linkable(): boolean {
    return this.#linkable
  }

  /** It has this name now. */
  protected moved(to: RemoteFile, name: string): void {
    this.markStale()
    to.gained(name, this.remoteIno, this.#attr.mode)
    this.#nameless = false
    this.#parent = to
    this.#name = name
  }

  /** A name is about to go: what is open, or has other names, is reached by its handle afterwards. */
  protected keepReachable(): void {
    if (this.#pins > 0 || this.#attr.nlink > 1 || this.fs.access === 'shared') this.handle()
  }
  /** One name of this file is gone. */
  protected lostName(dir: RemoteFile, name: string): void {
    if (this.#parent === dir && this.#name === name) this.#nameless = true
    let nlink = 0
    if (this.type !== S_IFDIR)
      nlink = this.fs.access === 'shared' ? this.attr().nlink : this.#attr.nlink - 1
    this.#attr = { ...this.#attr, nlink }
    this.#shown = undefined
    this.#stale = nlink > 0 || this.#pins > 0
    if (nlink > 0) return
    this.fs.forget(this)
    if (this.#pins === 0) this.discard()
  }

  /** A directory has one more name. */
  protected gained(name: string, ino: RemoteNumber, mode: number): void {
    this.names?.put(name, ino, (mode & S_IFMT) >> 12)
    this.markStale()
  }
  protected lost(name: string): void {
    this.names?.remove(name)
    this.markStale()
  }
}

const shown = (attr: RemoteAttr): Attr => ({ ...attr, ino: toIno(attr.ino) })
