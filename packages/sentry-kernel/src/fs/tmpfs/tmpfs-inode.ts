// A file of tmpfs: any type. (fs/tmpfs)

import {
  EEXIST,
  ELOOP,
  ENODATA,
  ENOTDIR,
  ENOTEMPTY,
  EOPNOTSUPP,
  O_EXCL,
  RENAME_EXCHANGE,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  XATTR_CREATE,
  XATTR_REPLACE,
} from '@tsvisor/abi'
import type { Time } from '../../platform/host.ts'
import type { Task } from '../../task/task.ts'
import type { Dirent } from '../../vfs/file-description.ts'
import { type Attr, type AttrChange, Inode, type Owner } from '../../vfs/inode.ts'
import type { Opened } from '../../vfs/open.ts'
import type { Path } from '../../vfs/path.ts'
import { openSpecial } from '../../vfs/special.ts'
import { FileData } from './file-data.ts'
import type { Tmpfs } from './tmpfs.ts'
import { TmpfsDirectory } from './tmpfs-directory.ts'
import { TmpfsFile } from './tmpfs-file.ts'

/** What a directory entry adds to the directory's size, as in Linux (BOGO_DIRENT_SIZE). */
const DIRENT_SIZE = 20

/** One class for all types, so that the walk stays monomorphic. */
export class TmpfsInode extends Inode {
  readonly fs: Tmpfs
  readonly #attr: { -readonly [K in keyof Attr]: Attr[K] }
  readonly #type: number
  /** Directories: entries, in the order they were made. */
  readonly entries: Map<string, DirectoryEntry> | undefined
  /** Directories: "..". */
  parent: TmpfsInode
  readonly data: FileData | undefined
  #target = ''
  #xattrs: Map<string, Uint8Array> | undefined
  #opens = 0
  #linkable = false
  #lastCookie = 2

  constructor(
    fs: Tmpfs,
    mode: number,
    owner: Owner,
    rdev: number,
    parent?: TmpfsInode,
    ino: number = fs.nextIno(),
  ) {
    super()
    fs.budget.chargeInode()
    this.fs = fs
    const now = fs.clock.realtime()
    const type = mode & S_IFMT
    this.#type = type
    this.parent = parent ?? this
    this.entries = type === S_IFDIR ? new Map() : undefined
    this.data = type === S_IFREG ? new FileData(fs.platform, fs.budget) : undefined
    this.#attr = {
      ino,
      mode,
      uid: owner.uid,
      gid: owner.gid,
      nlink: type === S_IFDIR ? 2 : 1,
      rdev,
      size: type === S_IFDIR ? 2 * DIRENT_SIZE : 0,
      blksize: 4096,
      blocks: 0,
      atime: now,
      mtime: now,
      ctime: now,
      btime: now,
    }
  }

  override get type(): number {
    return this.#type
  }
  override get linkable(): boolean {
    return this.#linkable
  }

  attr(): Attr {
    const { data } = this
    if (data !== undefined) {
      this.#attr.size = data.size
      this.#attr.blocks = data.pages * 8
    }
    return this.#attr
  }

  override setattr(change: AttrChange): void {
    const attr = this.#attr
    const now = this.fs.clock.realtime()
    if (change.size !== undefined && this.data) {
      this.data.truncate(change.size)
      attr.mtime = now
    }
    if (change.mode !== undefined) attr.mode = this.#type | change.mode
    if (change.uid !== undefined) attr.uid = change.uid
    if (change.gid !== undefined) attr.gid = change.gid
    if (change.atime !== undefined) attr.atime = change.atime
    if (change.mtime !== undefined) attr.mtime = change.mtime
    attr.ctime = now
  }
  touchAtime(now: Time): void {
    this.#attr.atime = now
  }
  /** Content changed. */
  touch(now: Time = this.fs.clock.realtime()): void {
    this.#attr.mtime = this.#attr.ctime = now
  }

  get #names(): Map<string, DirectoryEntry> {
    if (this.entries === undefined) throw ENOTDIR
    return this.entries
  }

  override lookup(name: string): TmpfsInode | undefined {
    return this.#names.get(name)?.inode
  }
  override list(): Iterable<Dirent> {
    return Array.from(this.#names, ([name, { inode }]) => ({
      name,
      ino: inode.#attr.ino,
      type: inode.#type >> 12,
    }))
  }

  /** Adds or replaces an entry. */
  #put(name: string, inode: TmpfsInode, now?: Time): void {
    const names = this.#names
    if (names.delete(name)) this.#attr.size -= DIRENT_SIZE
    names.set(name, { inode, cookie: ++this.#lastCookie })
    this.#attr.size += DIRENT_SIZE
    if (inode.#type === S_IFDIR) {
      inode.parent = this
      this.#attr.nlink++
    }
    this.touch(now)
  }
  #take(name: string, inode: TmpfsInode): void {
    this.#names.delete(name)
    this.#attr.size -= DIRENT_SIZE
    if (inode.#type === S_IFDIR) this.#attr.nlink--
    this.touch()
  }
  #make(name: string, mode: number, owner: Owner, rdev: number): TmpfsInode {
    const names = this.#names
    if (names.has(name)) throw EEXIST
    const inode = new TmpfsInode(this.fs, mode, owner, rdev, this)
    this.#put(name, inode, inode.#attr.ctime)
    return inode
  }

  override create(name: string, mode: number, owner: Owner): TmpfsInode {
    return this.#make(name, S_IFREG | mode, owner, 0)
  }
  override mkdir(name: string, mode: number, owner: Owner): TmpfsInode {
    return this.#make(name, S_IFDIR | mode, owner, 0)
  }
  override mknod(name: string, mode: number, rdev: number, owner: Owner): TmpfsInode {
    return this.#make(name, mode, owner, rdev)
  }
  override symlink(name: string, target: string, owner: Owner): TmpfsInode {
    const inode = this.#make(name, S_IFLNK | 0o777, owner, 0)
    inode.setTarget(target)
    return inode
  }
  override tmpfile(mode: number, owner: Owner, flags: number): TmpfsInode {
    const inode = new TmpfsInode(this.fs, S_IFREG | mode, owner, 0, this)
    inode.#attr.nlink = 0
    inode.#linkable = !(flags & O_EXCL)
    return inode
  }

  override link(name: string, target: Inode): void {
    const inode = target as TmpfsInode
    if (this.#names.has(name)) throw EEXIST
    inode.#attr.nlink++
    this.#put(name, inode)
    inode.#attr.ctime = this.#attr.ctime
  }
  override unlink(name: string, child: Inode): void {
    const inode = child as TmpfsInode
    this.#take(name, inode)
    inode.#lostName(this.#attr.ctime)
  }
  override rmdir(name: string, child: Inode): void {
    const inode = child as TmpfsInode
    if (inode.#names.size > 0) throw ENOTEMPTY
    this.#take(name, inode)
    inode.#lostName(this.#attr.ctime)
  }

  override rename(
    oldName: string,
    child: Inode,
    newDir: Inode,
    newName: string,
    replaced: Inode | undefined,
    flags: number,
  ): void {
    const inode = child as TmpfsInode
    const to = newDir as TmpfsInode
    const victim = replaced as TmpfsInode | undefined
    const exchange = (flags & RENAME_EXCHANGE) !== 0
    if (victim?.entries && !exchange && victim.entries.size > 0) throw ENOTEMPTY
    if (victim) to.#take(newName, victim)
    this.#take(oldName, inode)
    if (victim && exchange) this.#put(oldName, victim)
    to.#put(newName, inode)
    const now = to.#attr.ctime
    inode.#attr.ctime = now
    if (victim === undefined) return
    if (exchange) victim.#attr.ctime = now
    else victim.#lostName(now)
  }

  // For overlays, whose names are their own.
  /** Makes a symbolic link point to `target`. */
  setTarget(target: string): void {
    this.#target = target
    this.#attr.size = target.length
  }
  /** How many names it has; the last one gone frees it once nobody has it open. */
  setLinks(count: number): void {
    this.#attr.nlink = count
    this.#attr.ctime = this.fs.clock.realtime()
    this.#freeIfUnused()
  }

  #lostName(now: Time): void {
    const attr = this.#attr
    attr.ctime = now
    attr.nlink = this.#type === S_IFDIR ? 0 : attr.nlink - 1
    this.#freeIfUnused()
  }
  #freeIfUnused(): void {
    if (this.#attr.nlink > 0 || this.#opens > 0) return
    this.data?.release()
    this.fs.budget.inodes--
    // Only once, whatever still refers to it.
    this.#opens = Number.NEGATIVE_INFINITY
  }
  /** It has no names and nobody has it open: what it held is gone. */
  get isFreed(): boolean {
    return this.#opens === Number.NEGATIVE_INFINITY
  }
  /** A description of it was opened. */
  opened(): void {
    this.#opens++
  }
  closed(): void {
    this.#opens--
    if (this.#opens === 0) this.#freeIfUnused()
  }
  /** The file system is gone: all memory goes back. */
  releaseTree(): void {
    const rest: TmpfsInode[] = [this]
    for (let inode = rest.pop(); inode; inode = rest.pop()) {
      inode.data?.release()
      if (inode.entries) for (const entry of inode.entries.values()) rest.push(entry.inode)
    }
  }

  override readlink(_task: Task): string {
    return this.#type === S_IFLNK ? this.#target : super.readlink(_task)
  }

  override getxattr(name: string): Uint8Array {
    refuseAcl(name)
    const value = this.#xattrs?.get(name)
    if (value === undefined) throw ENODATA
    return value
  }
  override listxattr(): readonly string[] {
    return this.#xattrs ? [...this.#xattrs.keys()] : []
  }
  override setxattr(name: string, value: Uint8Array, flags: number): void {
    refuseAcl(name)
    this.#xattrs ??= new Map()
    if (flags & XATTR_CREATE && this.#xattrs.has(name)) throw EEXIST
    if (flags & XATTR_REPLACE && !this.#xattrs.has(name)) throw ENODATA
    this.#xattrs.set(name, value)
    this.#attr.ctime = this.fs.clock.realtime()
  }
  override removexattr(name: string): void {
    refuseAcl(name)
    if (!this.#xattrs?.delete(name)) throw ENODATA
    this.#attr.ctime = this.fs.clock.realtime()
  }
  override dropCapabilities(): void {
    this.#xattrs?.delete('security.capability')
  }

  open(task: Task, path: Path, flags: number): Opened {
    if (this.data !== undefined) return new TmpfsFile(this, this.data, path, flags)
    if (this.entries !== undefined) return new TmpfsDirectory(this, this.entries, path, flags)
    if (this.#type === S_IFLNK) throw ELOOP
    return openSpecial(task, this, path, flags)
  }
}

export interface DirectoryEntry {
  readonly inode: TmpfsInode
  /** Grows with each entry made: the position of readdir. */
  readonly cookie: number
}

/** tmpfs keeps user., trusted. and security. attributes; no access control lists. */
function refuseAcl(name: string): void {
  if (!/^(user|trusted|security)\./.test(name)) throw EOPNOTSUPP
}
