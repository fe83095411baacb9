// A file on the server: cached attributes, a handle, shared open host files. (fs/gofer)

import { EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, Errno, ESTALE } from '@tsvisor/abi'
import type { HostFile } from '../../platform/host.ts'
import type { Task } from '../../task/task.ts'
import type { Dirent } from '../../vfs/file-description.ts'
import { type Attr, type AttrChange, Inode, type Owner } from '../../vfs/inode.ts'
import type { Opened } from '../../vfs/open.ts'
import type { Path } from '../../vfs/path.ts'
import { openSpecial } from '../../vfs/special.ts'
import { GoferDirectory } from './gofer-directory.ts'
import { GoferFile } from './gofer-file.ts'
import type { GoferFs } from './gofer-fs.ts'
import type { RemoteAttr, RemoteDirent, RemoteEntry, RemoteNode } from './remote.ts'

const S_IFMT = 0o170000
const S_IFDIR = 0o040000
const S_IFREG = 0o100000
const S_IFLNK = 0o120000
const O_ACCMODE = 3
const O_RDWR = 2

/** Inode numbers are 64 bits; a double holds 53. */
const toIno = (ino: bigint): number => Number(BigInt.asUintN(53, ino))

export class GoferInode extends Inode {
  readonly fs: GoferFs
  readonly remoteIno: bigint
  /** The handle on the server; given back when it is one of too many, fetched again by name. */
  node: RemoteNode | undefined
  #attr: RemoteAttr & { ino: bigint }
  #shown: Attr
  /** The attributes on the server may differ (we wrote through a passed descriptor). */
  #stale = false
  #parent: GoferInode | undefined
  #name: string
  /** Open descriptions and mounts: the handle must stay. */
  #pins = 0
  #readFile: HostFile | undefined
  #writeFile: HostFile | undefined
  #target: string | undefined
  #listing: readonly RemoteDirent[] | undefined

  constructor(fs: GoferFs, entry: RemoteEntry, parent: GoferInode | undefined, name: string) {
    super()
    this.fs = fs
    this.node = entry.node
    this.remoteIno = entry.attr.ino
    this.#attr = entry.attr
    this.#shown = shown(entry.attr)
    this.#parent = parent
    this.#name = name
  }

  override get type(): number {
    return this.#attr.mode & S_IFMT
  }

  attr(): Attr {
    if (this.#stale || this.fs.access === 'shared') this.refresh(this.handle().getattr())
    return this.#shown
  }

  /** Takes over attributes just fetched. */
  refresh(attr: RemoteAttr): void {
    this.#stale = false
    this.#attr = attr
    this.#shown = shown(attr)
  }

  /** A write through a passed descriptor changed size and times. */
  markStale(): void {
    this.#stale = true
  }

  sameFile(attr: RemoteAttr): boolean {
    return (attr.mode & S_IFMT) === this.type
  }

  /** The handle, walked to again if it was given back. Errors: ESTALE when the name now means another file. */
  handle(): RemoteNode {
    if (this.node !== undefined) return this.node
    const parent = this.#parent
    if (parent === undefined) throw ESTALE
    const entry = parent.handle().walk([this.#name])[0]
    if (entry === undefined || entry.attr.ino !== this.remoteIno) {
      entry?.node.clunk()
      throw ESTALE
    }
    this.node = entry.node
    this.refresh(entry.attr)
    this.fs.adopt(this)
    return this.node
  }

  pin(): void {
    this.#pins++
  }
  unpin(): void {
    this.#pins--
    if (this.#pins === 0 && this.#shown.nlink === 0) this.discard()
  }

  /** Gives the handle back unless it is in use. */
  giveBack(): boolean {
    if (this.#pins > 0 || this.#parent === undefined) return false
    this.discard()
    return true
  }
  /** Gives everything held on the server back. */
  discard(): void {
    this.node?.clunk()
    this.node = undefined
    this.#readFile?.close()
    if (this.#writeFile !== this.#readFile) this.#writeFile?.close()
    this.#readFile = this.#writeFile = undefined
  }

  override setattr(change: AttrChange): void {
    this.handle().setattr(change)
    this.#stale = true
  }

  override lookup(name: string): Inode | undefined {
    if (this.type !== S_IFDIR) throw ENOTDIR
    try {
      const entry = this.handle().walk([name])[0]
      return entry && this.fs.inodeFor(entry, this, name)
    } catch (error) {
      if (error === ENOENT) return undefined
      throw error
    }
  }

  override revalidate(): boolean {
    if (this.#parent === undefined) return true
    const found = this.#parent.lookup(this.#name)
    return found === this
  }

  override create(name: string, mode: number, owner: Owner): Inode {
    const made = this.handle().create(name, O_RDWR, mode, owner.uid, owner.gid)
    const inode = this.#added(made, name)
    if (inode.#writeFile === undefined && this.fs.access === 'exclusive') {
      inode.#writeFile = made.file
      inode.#readFile ??= made.file
    } else made.file.close()
    return inode
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
    this.#changed()
    return this.fs.inodeFor(entry, this, name)
  }

  override link(name: string, target: Inode): void {
    const inode = target as GoferInode
    this.handle().link(inode.handle(), name)
    inode.#stale = true
    this.#changed()
  }
  override unlink(name: string, child: Inode): void {
    const inode = child as GoferInode
    inode.handle()
    this.handle().unlink(name)
    this.#changed()
    inode.#lostName()
  }
  override rmdir(name: string, child: Inode): void {
    this.handle().rmdir(name)
    this.#changed()
    ;(child as GoferInode).#lostName()
  }
  override rename(
    oldName: string,
    child: Inode,
    newDir: Inode,
    newName: string,
    replaced: Inode | undefined,
    flags: number,
  ): void {
    if (flags & ~1) throw EINVAL // RENAME_NOREPLACE was checked by the VFS
    const to = newDir as GoferInode
    this.handle().rename(oldName, to.handle(), newName)
    const moved = child as GoferInode
    moved.#parent = to
    moved.#name = newName
    moved.#stale = true
    this.#changed()
    to.#changed()
    if (replaced) (replaced as GoferInode).#lostName()
  }

  /** One name of this file is gone. */
  #lostName(): void {
    if (this.type !== S_IFDIR && this.#shown.nlink > 1) {
      this.#stale = true
      return
    }
    this.fs.forget(this)
    this.#shown = { ...this.#shown, nlink: 0 }
    if (this.#pins === 0) this.discard()
  }

  /** A name was added or removed here. */
  #changed(): void {
    this.#listing = undefined
    this.#stale = true
  }

  /** All entries, without "." and "..". Kept while nothing changes on an exclusive mount. */
  listing(): readonly RemoteDirent[] {
    if (this.#listing) return this.#listing
    const entries: RemoteDirent[] = []
    const handle = this.handle()
    for (let offset = 0n; ; ) {
      const page = handle.readdir(offset)
      if (page.length === 0) break
      for (const entry of page) entries.push(entry)
      const { last, offset: next } = page[page.length - 1]!
      if (last) break
      offset = next
    }
    if (this.fs.access === 'exclusive') this.#listing = entries
    return entries
  }

  override list(): Iterable<Dirent> {
    if (this.type !== S_IFDIR) throw ENOTDIR
    return this.listing().map(({ name, ino, type }) => ({ name, ino: toIno(ino), type }))
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
    this.#stale = true
  }
  override removexattr(name: string): void {
    this.handle().removexattr(name)
    this.#stale = true
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
      this.hostFile((flags & O_ACCMODE) !== 0 ? 'write' : 'read'),
      path,
      flags,
    )
  }

  /**
   * An open host file, shared by all descriptions of this inode on an exclusive mount (positions
   * are the descriptions' own), opened anew on a shared one.
   */
  hostFile(access: 'read' | 'write'): HostFile {
    if (this.fs.access === 'shared') return this.#openHost(access)
    if (access === 'write') {
      this.#writeFile ??= this.#openHost('write')
      return this.#writeFile
    }
    this.#readFile ??= this.#writeFile ?? this.#openHost('read')
    return this.#readFile
  }
  #openHost(access: 'read' | 'write'): HostFile {
    if (access === 'read') return this.handle().open(0)
    try {
      return this.handle().open(O_RDWR)
    } catch (error) {
      // A file that its owner may only write (mode 0200).
      if (error instanceof Errno && error.name === 'EACCES') return this.handle().open(1)
      throw error
    }
  }
  /** A description is closed: a host file of its own is closed with it. */
  closeHostFile(file: HostFile): void {
    if (file !== this.#readFile && file !== this.#writeFile) file.close()
  }
  /** The size now, bytes, without asking the server where a descriptor can tell. */
  currentSize(): number {
    return (this.#writeFile ?? this.#readFile)?.size() ?? this.attr().size
  }
}

const shown = (attr: RemoteAttr): Attr => ({ ...attr, ino: toIno(attr.ino) })
