// A file of an overlay: lower until it changes, upper afterwards. (fs/memory-overlay)

import {
  EEXIST,
  EINVAL,
  ELOOP,
  ENOTDIR,
  ENOTEMPTY,
  O_ACCMODE,
  O_EXCL,
  RENAME_EXCHANGE,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import type { Dirent } from '../../vfs/file-description.ts'
import { type Attr, type AttrChange, Inode, type Owner } from '../../vfs/inode.ts'
import type { Opened } from '../../vfs/open.ts'
import type { Path } from '../../vfs/path.ts'
import { openSpecial } from '../../vfs/special.ts'
import { TmpfsInode } from '../tmpfs/tmpfs-inode.ts'
import { copyUp } from './copy-up.ts'
import type { OverlayFs } from './overlay.ts'
import { OverlayDirectory } from './overlay-directory.ts'
import { OverlayFile } from './overlay-file.ts'

export class OverlayInode extends Inode {
  readonly fs: OverlayFs
  readonly #type: number
  /** What shows through: a file's content and attributes until copy-up, a directory's names. */
  readonly lower: Inode | undefined
  #upper: TmpfsInode | undefined
  /** Directories: names that the lower directory does not have, or has no more. */
  readonly #entries: Map<string, OverlayInode> | undefined
  /** Directories: lower names that are gone (whiteouts). */
  #hidden: Set<string> | undefined
  /** Directories: "..". */
  parent: OverlayInode
  /** Lower names removed before copy-up. */
  #lostNames = 0
  /** Directories without a lower one: how many are in it. */
  #subdirectories = 0
  #opens = 0
  #linkable = false

  constructor(
    fs: OverlayFs,
    lower: Inode | undefined,
    upper: TmpfsInode | undefined,
    parent: OverlayInode | undefined,
  ) {
    super()
    this.fs = fs
    this.lower = lower
    this.#upper = upper
    this.parent = parent ?? this
    this.#type = (upper ?? lower!).type
    this.#entries = this.#type === S_IFDIR ? new Map() : undefined
  }

  override get type(): number {
    return this.#type
  }
  override get linkable(): boolean {
    return this.#linkable
  }
  /** The upper file, once there is one. */
  get upper(): TmpfsInode | undefined {
    return this.#upper
  }

  attr(): Attr {
    if (this.#upper) return this.#upper.attr()
    const attr = this.lower!.attr()
    return this.#lostNames > 0
      ? { ...attr, nlink: Math.max(0, attr.nlink - this.#lostNames) }
      : attr
  }

  /** The upper file, made now if need be with at most `limit` bytes of content. Errors: ENOSPC. */
  copiedUp(limit = Number.POSITIVE_INFINITY): TmpfsInode {
    if (this.#upper) return this.#upper
    const { lower, fs } = this
    const { nlink, ino } = this.attr()
    const upper = copyUp(fs.upper, lower!, limit)
    if (this.#opens > 0) upper.opened()
    // overlayfs shows one link for a directory that is in both layers.
    upper.setLinks(this.#type === S_IFDIR ? 1 : nlink)
    this.#upper = upper
    if (this.#lostNames < lower!.attr().nlink) fs.keep(ino, this)
    return upper
  }

  override setattr(change: AttrChange): void {
    this.copiedUp(change.size).setattr(change)
  }

  get #names(): Map<string, OverlayInode> {
    if (this.#entries === undefined) throw ENOTDIR
    return this.#entries
  }
  override lookup(name: string): OverlayInode | undefined {
    const own = this.#names.get(name)
    if (own !== undefined || this.#hidden?.has(name)) return own
    const found = this.lower?.lookup(name)
    return found && this.fs.wrap(found, this)
  }
  override get looksAhead(): boolean {
    return this.lower?.looksAhead ?? false
  }
  override lookupPath(names: readonly string[]): readonly (OverlayInode | undefined)[] {
    const changed = this.#changed(names[0]!)
    if (changed !== undefined) return [changed.inode]
    const found: (OverlayInode | undefined)[] = []
    let directory: OverlayInode = this
    for (const [i, lower] of this.lower!.lookupPath(names).entries()) {
      const changed = directory.#changed(names[i]!)
      if (changed !== undefined) return [...found, changed.inode]
      const inode = lower && this.fs.wrap(lower, directory)
      found.push(inode)
      // It was a file of another name; what is below it there is not below it here.
      if (inode?.lower !== lower) break
      directory = inode!
    }
    return found
  }
  /** What became of a name that the lower directory may have. */
  #changed(name: string): { readonly inode: OverlayInode | undefined } | undefined {
    const inode = this.#entries?.get(name)
    return inode !== undefined || this.#hidden?.has(name) ? { inode } : undefined
  }
  override list(): readonly Dirent[] {
    const names = this.#names
    const hidden = this.#hidden
    const listed = this.lower ? [...this.lower.list()] : []
    const entries = hidden ? listed.filter(({ name }) => !hidden.has(name)) : listed
    for (const [name, inode] of names)
      entries.push({ name, ino: inode.attr().ino, type: inode.type >> 12 })
    return entries
  }

  /** Puts a file under a name that is free, or whose file has been taken out. */
  #put(name: string, inode: OverlayInode): void {
    const upper = this.copiedUp()
    this.#names.set(name, inode)
    if (inode.type === S_IFDIR) {
      inode.parent = this
      this.#countSubdirectory(1)
    }
    upper.touch()
  }
  /** Takes a name out; a lower file of that name stays hidden. */
  #take(name: string, inode: OverlayInode): void {
    const upper = this.copiedUp()
    if (!this.#names.delete(name)) {
      this.#hidden ??= new Set()
      this.#hidden.add(name)
    }
    if (inode.type === S_IFDIR) this.#countSubdirectory(-1)
    upper.touch()
  }
  #countSubdirectory(change: 1 | -1): void {
    if (this.lower) return
    this.#subdirectories += change
    this.#upper!.setLinks(2 + this.#subdirectories)
  }

  #make(name: string, mode: number, owner: Owner, rdev: number): OverlayInode {
    if (this.#names.has(name)) throw EEXIST
    this.copiedUp()
    const { fs } = this
    const upper = new TmpfsInode(fs.upper, mode, owner, rdev, undefined, fs.nextIno())
    const inode = new OverlayInode(fs, undefined, upper, this)
    this.#put(name, inode)
    return inode
  }
  override create(name: string, mode: number, owner: Owner): OverlayInode {
    return this.#make(name, S_IFREG | mode, owner, 0)
  }
  override mkdir(name: string, mode: number, owner: Owner): OverlayInode {
    return this.#make(name, S_IFDIR | mode, owner, 0)
  }
  override mknod(name: string, mode: number, rdev: number, owner: Owner): OverlayInode {
    return this.#make(name, mode, owner, rdev)
  }
  override symlink(name: string, target: string, owner: Owner): OverlayInode {
    const inode = this.#make(name, S_IFLNK | 0o777, owner, 0)
    inode.#upper!.setTarget(target)
    return inode
  }
  override tmpfile(mode: number, owner: Owner, flags: number): OverlayInode {
    const { fs } = this
    const upper = new TmpfsInode(fs.upper, S_IFREG | mode, owner, 0, undefined, fs.nextIno())
    const inode = new OverlayInode(fs, undefined, upper, this)
    // Held open until the description exists: it must not be freed for having no name.
    inode.opened()
    upper.setLinks(0)
    inode.#opens--
    inode.#linkable = !(flags & O_EXCL)
    return inode
  }

  override link(name: string, target: Inode): void {
    const inode = target as OverlayInode
    if (this.#names.has(name)) throw EEXIST
    const upper = inode.copiedUp()
    this.#put(name, inode)
    upper.setLinks(upper.attr().nlink + 1)
  }
  override unlink(name: string, child: Inode): void {
    const inode = child as OverlayInode
    this.#take(name, inode)
    inode.#lostName()
  }
  override rmdir(name: string, child: Inode): void {
    const inode = child as OverlayInode
    if (inode.list().length > 0) throw ENOTEMPTY
    this.#take(name, inode)
    inode.#lostName()
  }
  /** Directories move with what shows through them: their lower part is a reference, not a place. */
  override rename(
    oldName: string,
    child: Inode,
    newDir: Inode,
    newName: string,
    replaced: Inode | undefined,
    flags: number,
  ): void {
    const inode = child as OverlayInode
    const to = newDir as OverlayInode
    const victim = replaced as OverlayInode | undefined
    const exchange = (flags & RENAME_EXCHANGE) !== 0
    if (victim?.type === S_IFDIR && !exchange && victim.list().length > 0) throw ENOTEMPTY
    // Whatever can fail for want of room does so before any name changes.
    this.copiedUp()
    to.copiedUp()
    if (victim) to.#take(newName, victim)
    this.#take(oldName, inode)
    if (victim && exchange) this.#put(oldName, victim)
    to.#put(newName, inode)
    if (victim && !exchange) victim.#lostName()
  }

  #lostName(): void {
    if (this.#upper === undefined)
      this.#lostNames += this.#type === S_IFDIR ? Number.POSITIVE_INFINITY : 1
    else {
      const { nlink } = this.#upper.attr()
      this.#upper.setLinks(this.#type === S_IFDIR ? 0 : nlink - 1)
    }
    if (this.lower && this.attr().nlink === 0) this.fs.forget(this.lower.attr().ino)
  }

  /** A description of it was opened. */
  opened(): void {
    if (this.#opens++ === 0) this.#upper?.opened()
  }
  closed(): void {
    if (--this.#opens === 0) this.#upper?.closed()
  }

  /** The file system is gone: what is under names of its own gives its memory back. */
  releaseTree(): void {
    const rest: OverlayInode[] = [this]
    for (let inode = rest.pop(); inode; inode = rest.pop()) {
      inode.#upper?.data?.release()
      if (inode.#entries) for (const child of inode.#entries.values()) rest.push(child)
    }
  }

  override readlink(task: Task): string {
    if (this.#type !== S_IFLNK) throw EINVAL
    return (this.#upper ?? this.lower!).readlink(task)
  }
  override getxattr(name: string): Uint8Array {
    return (this.#upper ?? this.lower!).getxattr(name)
  }
  override listxattr(): readonly string[] {
    return (this.#upper ?? this.lower!).listxattr()
  }
  override setxattr(name: string, value: Uint8Array, flags: number): void {
    this.copiedUp().setxattr(name, value, flags)
  }
  override removexattr(name: string): void {
    if (this.#upper === undefined) this.lower!.getxattr(name)
    this.copiedUp().removexattr(name)
  }
  override dropCapabilities(): void {
    this.#upper?.dropCapabilities()
  }

  override discardContent(): void {
    this.copiedUp(0)
  }
  open(task: Task, path: Path, flags: number): Opened {
    const type = this.#type & S_IFMT
    if (type === S_IFREG) {
      if (flags & O_ACCMODE) this.copiedUp()
      return new OverlayFile(this, path, flags)
    }
    if (type === S_IFDIR) return new OverlayDirectory(this, path, flags)
    if (type === S_IFLNK) throw ELOOP
    return openSpecial(task, this, path, flags)
  }
}
