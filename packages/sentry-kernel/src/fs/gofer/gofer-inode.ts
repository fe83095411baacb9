// A file on the server: cached attributes, a handle, shared open host files. (fs/gofer)

import {
  DT_DIR,
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOTDIR,
  Errno,
  ESTALE,
  O_EXCL,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_ISGID,
  S_ISUID,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import type { Dirent } from '../../vfs/file-description.ts'
import { type Attr, type AttrChange, Inode, type Owner } from '../../vfs/inode.ts'
import type { Opened } from '../../vfs/open.ts'
import type { Path } from '../../vfs/path.ts'
import { openSpecial } from '../../vfs/special.ts'
import { GoferDirectory } from './gofer-directory.ts'
import { GoferFile } from './gofer-file.ts'
import type { GoferFs } from './gofer-fs.ts'
import { InodeFiles } from './inode-files.ts'
import { KnownNames, toIno } from './known-names.ts'
import type { RemoteAttr, RemoteEntry, RemoteNode, RemoteNumber, RemoteWay } from './remote.ts'

const S_IFMT = 0o170000
const S_IFDIR = 0o040000
const S_IFREG = 0o100000
const S_IFLNK = 0o120000
const O_ACCMODE = 3
const O_RDWR = 2

export class GoferInode extends Inode {
  readonly fs: GoferFs
  readonly remoteIno: RemoteNumber
  /** The handle on the server; given back when it is one of too many, fetched again by name. */
  node: RemoteNode | undefined
  #attr: RemoteAttr
  #shown: Attr | undefined
  /** The attributes on the server may differ (we wrote through a passed descriptor). */
  #stale = false
  #parent: GoferInode | undefined
  #name: string
  /** Another file may have the name by now, or none: the handle is all there is. */
  #nameless = false
  /** Open descriptions and mounts: the handle must stay. */
  #pins = 0
  /** Without a name from the start, and may get one. */
  #linkable = false
  #target: string | undefined
  readonly files = new InodeFiles(this)
  /** Directories on exclusive mounts. */
  readonly names: KnownNames | undefined

  constructor(fs: GoferFs, attr: RemoteAttr, parent: GoferInode | undefined, name: string) {
    super()
    this.fs = fs
    this.remoteIno = attr.ino
    this.#attr = attr
    this.#parent = parent
    this.#name = name
    const keeps = fs.access === 'exclusive' && this.type === S_IFDIR
    this.names = keeps ? new KnownNames() : undefined
  }

  override get type(): number {
    return this.#attr.mode & S_IFMT
  }

  override get linkable(): boolean {
    return this.#linkable
  }

  attr(): Attr {
    if (this.#stale || this.fs.access === 'shared') this.refresh(this.handle().getattr())
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

  /**
   * The host takes set-ID bits from a file whose data we or the server change, which have no CAP_FSETID
   * out there. By now only those are left that the guest's writer keeps. Where the server may not give
   * them back, they are gone.
   */
  restoreMode(): void {
    try {
      this.setattr({ mode: this.#attr.mode & 0o7777 })
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }

  /** The attributes on the server have changed, or will. */
  markStale(): void {
    this.#stale = true
    this.#parent?.names?.find(this.#name)?.forgetAttr()
  }

  sameFile(attr: RemoteAttr): boolean {
    return (attr.mode & S_IFMT) === this.type
  }

  /** The handle, walked to if there is none. Errors: ESTALE when the name now means another file. */
  handle(): RemoteNode {
    if (this.node !== undefined) {
      this.fs.touch(this)
      return this.node
    }
    this.#walk([])
    return this.node!
  }

  /**
   * Walks down, to here first where there is no handle. Errors: those of the way to here; ESTALE when
   * its names now mean another file.
   */
  #walk(names: readonly string[]): RemoteWay {
    const { from, below } = this.#way()
    const { reached, stopped } = from.node!.walk([...below.map(inode => inode.#name), ...names])
    if (below.length === 0) this.fs.touch(this)
    else if (reached.length === 0) throw stopped!
    this.#arrived(below, reached)
    return { reached: reached.slice(below.length), stopped }
  }

  /** Calls with the handle, which stays for as long as that takes, whatever else is asked for. */
  #kept(step: (node: RemoteNode) => void): void {
    this.pin()
    try {
      step(this.handle())
    } finally {
      this.unpin()
    }
  }

  /** The nearest directory above that has a handle, or this, and the way down from there. */
  #way(): { from: GoferInode; below: GoferInode[] } {
    const below: GoferInode[] = []
    let from: GoferInode = this
    while (from.node === undefined) {
      if (from.#parent === undefined || from.#nameless) throw ESTALE
      below.push(from)
      from = from.#parent
    }
    return { from, below: below.reverse() }
  }

  /** Takes over the handles that a walk down `way` ended in. */
  #arrived(way: readonly GoferInode[], reached: readonly RemoteEntry[]): void {
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

  /** It has this name, whatever it was known by. */
  foundAt(parent: GoferInode, name: string): void {
    if (!this.#nameless) return
    this.#nameless = false
    this.#parent = parent
    this.#name = name
  }

  /** The directory whose `name` leads here and, as far as is known, no other does. */
  get place(): { readonly directory: GoferInode; readonly name: string } | undefined {
    if (this.#parent === undefined || this.#nameless || this.#attr.nlink !== 1) return undefined
    return { directory: this.#parent, name: this.#name }
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

  override setattr(change: AttrChange): void {
    this.handle().setattr(change)
    const { mode, size } = change
    if (mode !== undefined) this.#attr = { ...this.#attr, mode: this.type | mode }
    this.markStale()
    if (size !== undefined && mode === undefined && this.isSetId) this.restoreMode()
  }

  override lookup(name: string): Inode | undefined {
    return this.lookupPath([name])[0]
  }

  override get looksAhead(): boolean {
    return this.fs.access === 'exclusive'
  }

  override lookupPath(path: readonly string[]): readonly (Inode | undefined)[] {
    if (this.type !== S_IFDIR) throw ENOTDIR
    const name = path[0]!
    const names = this.names
    if (names !== undefined) {
      let known = names.find(name)
      if (known === undefined && names.complete) return [undefined]
      let attr = known?.attr
      if (attr === undefined && names.missed()) {
        if (names.complete) this.fs.listing.missed()
        this.#listMore(names, names.next === 0 ? 'small' : 'large')
        known = names.find(name)
        attr = known?.attr
      }
      if (attr !== undefined) {
        if (known!.type !== DT_DIR) names.benefit = 'used'
        return [this.fs.inodeKnown(attr, this, name)]
      }
      if (known === undefined && names.complete) return [undefined]
    }
    try {
      return this.#found(path)
    } catch (error) {
      if (error === ENOENT) return [undefined]
      throw error
    }
  }

  /** Asks for names; the last of the answers is undefined where a name is missing. */
  #found(path: readonly string[]): (Inode | undefined)[] {
    const { reached, stopped } = this.#walk(path)
    const found: (Inode | undefined)[] = []
    let directory: GoferInode = this
    for (const [i, entry] of reached.entries()) {
      directory = this.fs.inodeFor(entry, directory, path[i]!)
      found.push(directory)
    }
    if (stopped === ENOENT) found.push(undefined)
    else if (found.length === 0) throw stopped!
    return found
  }

  override revalidate(): boolean {
    if (this.#parent === undefined) return true
    const found = this.#parent.lookup(this.#name)
    return found === this
  }

  override create(name: string, mode: number, owner: Owner): Inode {
    const made = this.#make(() => this.handle().create(name, O_RDWR, mode, owner.uid, owner.gid))
    const inode = this.#added(made, name)
    inode.files.made(made.file)
    return inode
  }
  override tmpfile(mode: number, owner: Owner, flags: number): Inode {
    const made = this.handle().createTemporary(flags, mode, owner.uid, owner.gid)
    const inode = this.fs.inodeFor(made, this, '')
    this.fs.forget(inode)
    inode.#nameless = true
    inode.#linkable = (flags & O_EXCL) === 0
    inode.files.made(made.file)
    return inode
  }
  /** Somebody else who makes names here breaks a promise; the kernel holds on to what is there. */
  #make<T>(step: () => T): T {
    try {
      return step()
    } catch (error) {
      if (error === EEXIST) this.names?.distrust()
      throw error
    }
  }
  override mkdir(name: string, mode: number, owner: Owner): Inode {
    return this.#added(this.handle().mkdir(name, mode, owner.uid, owner.gid), name)
  }
  override mknod(name: string, mode: number, rdev: number, owner: Owner): Inode {
    return this.#added(this.handle().mknod(name, mode, rdev, owner.uid, owner.gid), name)
  }
  override symlink(name: string, target: string, owner: Owner): Inode {
    return this.#added(this.handle().symlink(name, target, owner.uid, owner.gid), name)
  }
  #added(entry: RemoteEntry, name: string): GoferInode {
    this.#gained(name, entry.attr.ino, entry.attr.mode)
    return this.fs.inodeFor(entry, this, name)
  }

  override link(name: string, target: Inode): void {
    const inode = target as GoferInode
    inode.#kept(node => this.handle().link(node, name))
    if (inode.#nameless) {
      inode.foundAt(this, name)
      this.fs.adopt(inode)
    }
    inode.#attr = { ...inode.#attr, nlink: inode.#attr.nlink + 1 }
    inode.markStale()
    this.#gained(name, inode.remoteIno, inode.#attr.mode)
  }
  override unlink(name: string, child: Inode): void {
    const inode = child as GoferInode
    inode.#keepReachable()
    this.handle().unlink(name)
    this.#lost(name)
    inode.#lostName(this, name)
  }
  override rmdir(name: string, child: Inode): void {
    const inode = child as GoferInode
    inode.#keepReachable()
    this.handle().rmdir(name)
    this.#lost(name)
    inode.#lostName(this, name)
  }
  override rename(
    oldName: string,
    child: Inode,
    newDir: Inode,
    newName: string,
    replaced: Inode | undefined,
    flags: number,
  ): void {
    // RENAME_NOREPLACE was checked by the VFS.
    if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) throw EINVAL
    const to = newDir as GoferInode
    const moved = child as GoferInode
    const victim = replaced as GoferInode | undefined
    if (flags & RENAME_EXCHANGE) {
      to.#kept(node => this.handle().exchange(oldName, node, newName))
      moved.#moved(to, newName)
      victim!.#moved(this, oldName)
      return
    }
    if (victim !== undefined) victim.#keepReachable()
    to.#kept(node => this.handle().rename(oldName, node, newName))
    this.#lost(oldName)
    moved.#moved(to, newName)
    if (victim !== undefined) victim.#lostName(to, newName)
  }
  /** It has this name now. */
  #moved(to: GoferInode, name: string): void {
    this.markStale()
    to.#gained(name, this.remoteIno, this.#attr.mode)
    this.#nameless = false
    this.#parent = to
    this.#name = name
  }

  /** A name is about to go: what is open, or has other names, is reached by its handle afterwards. */
  #keepReachable(): void {
    if (this.#pins > 0 || this.#attr.nlink > 1 || this.fs.access === 'shared') this.handle()
  }
  /** One name of this file is gone. */
  #lostName(dir: GoferInode, name: string): void {
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

  #gained(name: string, ino: RemoteNumber, mode: number): void {
    this.names?.put(name, ino, (mode & S_IFMT) >> 12)
    this.markStale()
  }
  #lost(name: string): void {
    this.names?.remove(name)
    this.markStale()
  }

  /** Kept on an exclusive mount. */
  override list(): readonly Dirent[] {
    if (this.type !== S_IFDIR) throw ENOTDIR
    const names = this.names ?? new KnownNames()
    if (names.next === 0 && !names.complete) names.startOver(this.fs.listing.detail(names))
    while (!names.complete) this.#listMore(names, 'large')
    return names.all()
  }
  #listMore(names: KnownNames, size: 'small' | 'large'): void {
    const { from, below } = this.#way()
    const path = below.map(inode => inode.#name)
    const { reached, entries, last } = from.node!.list(path, names.next, size, names.detail)
    this.#arrived(below, reached)
    names.add(entries, last)
  }

  get parent(): GoferInode | undefined {
    return this.#parent
  }

  override readlink(_task: Task): string {
    if (this.type !== S_IFLNK) return super.readlink(_task)
    if (this.#target !== undefined) return this.#target
    const target = this.handle().readlink()
    if (this.fs.access === 'exclusive') this.#target = target
    return target
  }

  override getxattr(name: string): Uint8Array {
    return this.handle().getxattr(name)
  }
  override listxattr(): readonly string[] {
    return this.handle().listxattr()
  }
  override setxattr(name: string, value: Uint8Array, flags: number): void {
    this.handle().setxattr(name, value, flags)
    this.markStale()
  }
  override removexattr(name: string): void {
    this.handle().removexattr(name)
    this.markStale()
  }

  override open(task: Task, path: Path, flags: number): Opened {
    if (this.type === S_IFDIR) {
      if ((flags & O_ACCMODE) !== 0) throw EISDIR
      return new GoferDirectory(this, path, flags)
    }
    if (this.type === S_IFLNK) throw ELOOP
    // FIFOs and devices are this kernel's own, whatever the server has behind the name.
    if (this.type !== S_IFREG) return openSpecial(task, this, path, flags)
    return new GoferFile(
      this,
      this.files.open((flags & O_ACCMODE) !== 0 ? 'write' : 'read'),
      path,
      flags,
    )
  }
}

const shown = (attr: RemoteAttr): Attr => ({ ...attr, ino: toIno(attr.ino) })
