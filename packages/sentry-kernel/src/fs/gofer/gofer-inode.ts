// A file on the server as the VFS uses it. (fs/gofer)

import {
  DT_DIR,
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  ENODATA,
  ENOENT,
  ENOTDIR,
  Errno,
  O_EXCL,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import type { Dirent } from '../../vfs/file-description.ts'
import type { AttrChange, Inode, Owner } from '../../vfs/inode.ts'
import type { Opened } from '../../vfs/open.ts'
import type { Path } from '../../vfs/path.ts'
import { openSpecial } from '../../vfs/special.ts'
import { GoferDirectory } from './gofer-directory.ts'
import { GoferFile } from './gofer-file.ts'
import { KnownNames } from './known-names.ts'
import type { RemoteEntry } from './remote.ts'
import { RemoteFile } from './remote-file.ts'

const S_IFDIR = 0o040000
const S_IFREG = 0o100000
const S_IFLNK = 0o120000
const O_ACCMODE = 3
const CAPABILITY = 'security.capability'
const O_RDWR = 2

export class GoferInode extends RemoteFile {
  #target: string | undefined
  /** Known of an exclusive mount: only setxattr changes that. */
  #lacksCapabilities = false

  /**
   * The host takes set-ID bits from a file whose data we or the server change, which have no CAP_FSETID
   * out there. By now only those are left that the guest's writer keeps. Where the server may not give
   * them back, they are gone.
   */
  restoreMode(): void {
    try {
      this.setattr({ mode: this.known.mode & 0o7777 })
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }

  override distrust(): void {
    super.distrust()
    this.#lacksCapabilities = false
  }

  override setattr(change: AttrChange): void {
    this.handle().setattr(change)
    const { mode, size } = change
    if (mode !== undefined) this.learn({ mode: this.type | mode })
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
    const { reached, stopped } = this.walk(path)
    const found: (Inode | undefined)[] = []
    let directory: RemoteFile = this
    for (const [i, entry] of reached.entries()) {
      directory = this.fs.inodeFor(entry, directory, path[i]!)
      found.push(directory)
    }
    if (stopped === ENOENT) found.push(undefined)
    else if (found.length === 0) throw stopped!
    return found
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
    inode.madeNameless((flags & O_EXCL) === 0 ? 'linkable' : 'unlinkable')
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
  #added(entry: RemoteEntry, name: string): RemoteFile {
    this.gained(name, entry.attr.ino, entry.attr.mode)
    return this.fs.inodeFor(entry, this, name)
  }

  override link(name: string, target: Inode): void {
    const inode = target as GoferInode
    inode.kept(node => this.handle().link(node, name))
    if (inode.nameless) {
      inode.foundAt(this, name)
      this.fs.adopt(inode)
    }
    inode.learn({ nlink: inode.known.nlink + 1 })
    inode.markStale()
    this.gained(name, inode.remoteIno, inode.known.mode)
  }
  override unlink(name: string, child: Inode): void {
    const inode = child as GoferInode
    inode.keepReachable()
    this.handle().unlink(name)
    this.lost(name)
    inode.lostName(this, name)
  }
  override rmdir(name: string, child: Inode): void {
    const inode = child as GoferInode
    inode.keepReachable()
    this.handle().rmdir(name)
    this.lost(name)
    inode.lostName(this, name)
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
      to.kept(node => this.handle().exchange(oldName, node, newName))
      moved.moved(to, newName)
      victim!.moved(this, oldName)
      return
    }
    if (victim !== undefined) victim.keepReachable()
    to.kept(node => this.handle().rename(oldName, node, newName))
    this.lost(oldName)
    moved.moved(to, newName)
    if (victim !== undefined) victim.lostName(to, newName)
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
    const { from, below, path } = this.way()
    const { reached, entries, last } = from.node!.list(path, names.next, size, names.detail)
    this.arrived(below, reached)
    names.add(entries, last)
  }

  override readlink(_task: Task): string {
    if (this.type !== S_IFLNK) return super.readlink(_task)
    if (this.#target !== undefined) return this.#target
    const target = this.handle().readlink()
    if (this.fs.access === 'exclusive') this.#target = target
    return target
  }

  /** Each execve asks for the capabilities of its file, and hardly one has some. */
  override getxattr(name: string): Uint8Array {
    if (name !== CAPABILITY) return this.handle().getxattr(name)
    if (this.#lacksCapabilities) throw ENODATA
    try {
      return this.handle().getxattr(name)
    } catch (error) {
      this.#lacksCapabilities = error === ENODATA && this.fs.access === 'exclusive'
      throw error
    }
  }
  override listxattr(): readonly string[] {
    return this.handle().listxattr()
  }
  override setxattr(name: string, value: Uint8Array, flags: number): void {
    this.#lacksCapabilities = false
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
