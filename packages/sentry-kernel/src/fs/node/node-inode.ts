// A file of an fs-like object, known by its path there. (fs/node)

import {
  EEXIST,
  EINVAL,
  ELOOP,
  ENOENT,
  ENXIO,
  EPERM,
  O_ACCMODE,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  RENAME_NOREPLACE,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '@tsvisor/abi'
import type { Time } from '../../platform/host.ts'
import type { Task } from '../../task/task.ts'
import type { Dirent, FileDescription } from '../../vfs/file-description.ts'
import { type Attr, type AttrChange, Inode, type Owner } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import type { StatsLike } from './fs-like.ts'
import { NodeDirectory } from './node-directory.ts'
import { bytesOfText, textOf, translating } from './node-error.ts'
import { NodeFile } from './node-file.ts'
import type { NodeFs } from './node-fs.ts'

const timeOf = (ms: number): Time => {
  const sec = Math.floor(ms / 1000)
  return { sec, nsec: Math.min(999_999_999, Math.max(0, Math.round((ms - sec * 1000) * 1e6))) }
}
const seconds = ({ sec, nsec }: Time): number => sec + nsec / 1e9

const toAttr = (stats: StatsLike): Attr => ({
  ino: stats.ino,
  mode: stats.mode,
  uid: stats.uid,
  gid: stats.gid,
  nlink: stats.nlink,
  rdev: stats.rdev,
  size: stats.size,
  blksize: stats.blksize ?? 4096,
  blocks: stats.blocks ?? Math.ceil(stats.size / 512),
  atime: timeOf(stats.atimeMs),
  mtime: timeOf(stats.mtimeMs),
  ctime: timeOf(stats.ctimeMs),
})

export class NodeInode extends Inode {
  readonly fs: NodeFs
  readonly ino: number
  readonly #type: number
  /** The last attributes seen, for files without a name. */
  #attr: Attr
  #fresh = true
  /** The names that were looked up and still lead here; the root's has no parent. */
  #names: { readonly parent: NodeInode | undefined; readonly name: string }[] = []
  #removed = false
  /** Open descriptors in the object: where to ask once no name leads here. */
  readonly #descriptors = new Set<number>()

  constructor(fs: NodeFs, stats: StatsLike, parent: NodeInode | undefined, name: string) {
    super()
    this.fs = fs
    this.ino = stats.ino
    this.#type = stats.mode & S_IFMT
    this.#attr = toAttr(stats)
    this.#names = [{ parent, name }]
  }

  get parent(): NodeInode | undefined {
    return this.#names[0]?.parent
  }
  /** It was found under this name too. */
  addName(parent: NodeInode, name: string): void {
    if (!this.#names.some(known => known.parent === parent && known.name === name))
      this.#names.push({ parent, name })
  }
  #dropName(parent: NodeInode, name: string): void {
    this.#names = this.#names.filter(known => known.parent !== parent || known.name !== name)
  }

  override get type(): number {
    return this.#type
  }

  /** Its path in the object, or that of an entry. Errors: EILSEQ. */
  path(entry?: string): string {
    const own = this.#names[0]
    if (own === undefined) throw ENOENT
    let path = own.name
    for (let at = own.parent; at; at = at.parent) path = `${at.#names[0]!.name}/${path}`
    return textOf(entry === undefined ? path || '/' : `${path}/${entry}`)
  }

  attr(): Attr {
    if (this.#fresh) return this.#attr
    const { fs } = this.fs
    const [fd] = this.#descriptors
    if (fd !== undefined) this.#attr = toAttr(translating(() => fs.fstatSync(fd)))
    else if (!this.#removed) this.#attr = toAttr(translating(() => fs.lstatSync(this.path())))
    this.#fresh = true
    return this.#attr
  }
  /** Something changed: ask again. */
  changed(): void {
    this.#fresh = false
  }

  override setattr(change: AttrChange): void {
    const { fs } = this.fs
    if (this.#removed) throw EPERM
    const path = this.path()
    translating(() => {
      if (change.size !== undefined) {
        const fd = fs.openSync(path, O_WRONLY)
        try {
          fs.ftruncateSync(fd, change.size)
        } finally {
          fs.closeSync(fd)
        }
      }
      if (change.uid !== undefined || change.gid !== undefined)
        fs.lchownSync(path, change.uid ?? this.#attr.uid, change.gid ?? this.#attr.gid)
      if (change.mode !== undefined) fs.chmodSync(path, change.mode)
      if (change.atime !== undefined || change.mtime !== undefined) {
        const { atime, mtime } = this.attr()
        fs.lutimesSync(path, seconds(change.atime ?? atime), seconds(change.mtime ?? mtime))
      }
    })
    this.changed()
  }

  override lookup(name: string): NodeInode | undefined {
    try {
      return this.#found(name)
    } catch (error) {
      if (error === ENOENT) return undefined
      throw error
    }
  }
  #found(name: string): NodeInode {
    const path = this.path(name)
    return this.fs.inodeFor(
      translating(() => this.fs.fs.lstatSync(path)),
      this,
      name,
    )
  }
  override list(): readonly Dirent[] {
    const names = translating(() => this.fs.fs.readdirSync(this.path()))
    return names.map(entry => {
      const name = bytesOfText(String(entry))
      const inode = this.#found(name)
      return { name, ino: inode.ino, type: inode.type >> 12 }
    })
  }

  /** Makes an entry by `make`, then gives it its owner. */
  #make(name: string, owner: Owner, make: (path: string) => void): NodeInode {
    const path = this.path(name)
    const { fs } = this.fs
    translating(() => make(path))
    translating(() => {
      const made = fs.lstatSync(path)
      if (made.uid !== owner.uid || made.gid !== owner.gid)
        fs.lchownSync(path, owner.uid, owner.gid)
    })
    this.changed()
    return this.#found(name)
  }
  override create(name: string, mode: number, owner: Owner): NodeInode {
    const { fs } = this.fs
    return this.#make(name, owner, path => {
      fs.closeSync(fs.openSync(path, O_CREAT | O_EXCL | O_WRONLY, mode))
      // The object may apply a umask of its own.
      fs.chmodSync(path, mode)
    })
  }
  override mkdir(name: string, mode: number, owner: Owner): NodeInode {
    const { fs } = this.fs
    return this.#make(name, owner, path => {
      fs.mkdirSync(path, mode)
      fs.chmodSync(path, mode)
    })
  }
  override symlink(name: string, target: string, owner: Owner): NodeInode {
    return this.#make(name, owner, path => this.fs.fs.symlinkSync(textOf(target), path))
  }
  override link(name: string, target: Inode): void {
    const inode = target as NodeInode
    const path = this.path(name)
    translating(() => this.fs.fs.linkSync(inode.path(), path))
    inode.addName(this, name)
    inode.changed()
    this.changed()
  }
  override unlink(name: string, child: Inode): void {
    const path = this.path(name)
    translating(() => this.fs.fs.unlinkSync(path))
    this.changed()
    ;(child as NodeInode).#lostName(this, name)
  }
  override rmdir(name: string, child: Inode): void {
    const path = this.path(name)
    translating(() => this.fs.fs.rmdirSync(path))
    this.changed()
    ;(child as NodeInode).#lostName(this, name)
  }
  override rename(
    oldName: string,
    child: Inode,
    newDir: Inode,
    newName: string,
    replaced: Inode | undefined,
    flags: number,
  ): void {
    if (flags & ~RENAME_NOREPLACE) throw EINVAL
    if (flags & RENAME_NOREPLACE && replaced) throw EEXIST
    const inode = child as NodeInode
    const to = newDir as NodeInode
    const from = this.path(oldName)
    const path = to.path(newName)
    translating(() => this.fs.fs.renameSync(from, path))
    if (replaced) (replaced as NodeInode).#lostName(to, newName)
    inode.#dropName(this, oldName)
    inode.addName(to, newName)
    inode.changed()
    this.changed()
    to.changed()
  }

  #lostName(directory: NodeInode, name: string): void {
    this.#dropName(directory, name)
    this.changed()
    if (this.#names.length > 0) return
    // A further name, if it has one, was never looked up: it will be another object.
    const { nlink } = this.#attr
    this.#attr = { ...this.#attr, nlink: this.#type === S_IFDIR ? 0 : nlink - 1 }
    this.#removed = true
    this.fs.forget(this)
  }

  override readlink(_task: Task): string {
    if (this.#type !== S_IFLNK) throw EINVAL
    return bytesOfText(String(translating(() => this.fs.fs.readlinkSync(this.path()))))
  }

  open(_task: Task, path: Path, flags: number): FileDescription {
    if (this.#type === S_IFDIR) return new NodeDirectory(this, path, flags)
    if (this.#type === S_IFLNK) throw ELOOP
    if (this.#type !== S_IFREG) throw ENXIO
    const access = (flags & O_ACCMODE) === O_RDONLY ? O_RDONLY : O_RDWR
    const fd = translating(() => this.fs.fs.openSync(this.path(), access))
    this.#descriptors.add(fd)
    return new NodeFile(this, fd, path, flags)
  }
  closed(fd: number): void {
    if (this.#removed) this.attr()
    this.#descriptors.delete(fd)
    translating(() => this.fs.fs.closeSync(fd))
  }
}
