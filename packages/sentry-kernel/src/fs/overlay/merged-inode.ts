// A file of an overlay: an upper one, lower ones that show through, or both. (fs/overlay)
// Linux fs/overlayfs/inode.c, dir.c.

import type { Errno } from '@tsvisor/abi'
import {
  EACCES,
  EEXIST,
  ELOOP,
  ENOTDIR,
  ENOTEMPTY,
  EOVERFLOW,
  EPERM,
  EROFS,
  ESTALE,
  O_ACCMODE,
  O_NOATIME,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import type { Dirent, FileDescription } from '../../vfs/file-description.ts'
import { type Attr, type AttrChange, Inode, type Owner } from '../../vfs/inode.ts'
import type { Opened } from '../../vfs/open.ts'
import { NOWHERE, type Path } from '../../vfs/path.ts'
import { MAY_READ, MAY_WRITE } from '../../vfs/permission.ts'
import { openSpecial } from '../../vfs/special.ts'
import type { TmpfsInode } from '../tmpfs/tmpfs-inode.ts'
import { copyUp } from './copy-up.ts'
import { inodeNumber, isWhiteout, type LayerFile } from './layer.ts'
import { isBelow, lookupMerged } from './lookup.ts'
import { MergedDirectory } from './merged-directory.ts'
import { MergedFile } from './merged-file.ts'
import { mergedNames } from './merged-names.ts'
import { decodeOrigin } from './origin.ts'
import type { Overlay } from './overlay.ts'
import { renameMerged } from './rename-merged.ts'

/** Where a file was found; for one with several names, one of them. */
export interface Place {
  readonly directory: MergedInode
  readonly name: string
}

export class MergedInode extends Inode {
  readonly fs: Overlay
  readonly #type: number
  #upper: TmpfsInode | undefined
  /** Directories that are merged with the upper one, topmost first; of another file the one that shows. */
  #lowers: readonly LayerFile[]
  /** Undefined for the root, and once it is removed. */
  place: Place | undefined
  #ino: number
  #isRemoved = false

  constructor(
    fs: Overlay,
    upper: TmpfsInode | undefined,
    lowers: readonly LayerFile[],
    place: Place | undefined,
  ) {
    super()
    this.fs = fs
    this.#upper = upper
    this.#lowers = lowers
    this.place = place
    this.#type = (upper ?? lowers[0]!.inode).type
    this.#ino = upper === undefined ? numberOf(lowers[0]!) : this.#upperNumber(upper)
    fs.keep(this)
  }

  /** Numbers stay when a file is copied up: that of the lower file is shown. */
  #upperNumber(upper: TmpfsInode): number {
    const { fs } = this
    const own = upper.attr().ino
    if (this.place === undefined) return own
    const lower = this.#lowers[0]
    if (lower !== undefined) return numberOf(lower)
    if (this.#type === S_IFDIR) return own
    const mark = fs.marks.get(upper, 'origin')
    const origin = mark && decodeOrigin(mark, fs.lowers)
    return origin === undefined ? own : inodeNumber(origin.ino, origin.fsIndex)
  }

  override get type(): number {
    return this.#type
  }
  override get linkable(): boolean {
    return this.#upper?.linkable ?? false
  }
  get upper(): TmpfsInode | undefined {
    return this.#upper
  }
  get lowers(): readonly LayerFile[] {
    return this.#lowers
  }
  /** The one that shows. */
  get real(): Inode {
    return this.#upper ?? this.#lowers[0]!.inode
  }
  /** A directory that lower layers have. */
  get isMergedOrLower(): boolean {
    return this.#lowers.length > 0
  }
  /** Whether that is its place, as far as one is known. */
  isAt(place: Place | undefined): boolean {
    const { directory, name } = this.place ?? {}
    return place !== undefined && directory === place.directory && name === place.name
  }
  get isRemoved(): boolean {
    return this.#isRemoved
  }

  attr(): Attr {
    const attr = this.real.attr()
    const isMerged =
      this.#type === S_IFDIR && this.#lowers.length > (this.#upper === undefined ? 1 : 0)
    return { ...attr, ino: this.#ino, nlink: isMerged ? 1 : attr.nlink }
  }

  /** The upper file, made now if need be. Errors: those of copyUp, ESTALE (somebody removed it from outside). */
  copiedUp(content: 'content' | 'empty' = 'content'): TmpfsInode {
    if (this.#upper === undefined) copyUp(this, content)
    if (this.fs.upper!.mount.isReadOnly) throw EROFS
    if (this.#upper!.isFreed) throw ESTALE
    return this.#upper!
  }
  /** Now there is an upper file. */
  becomeUpper(upper: TmpfsInode): void {
    this.#upper = upper
    this.fs.keep(this)
    if (this.#type === S_IFDIR) return
    // Other names of the lower file do not lead to the upper one.
    if (this.#lowers[0]!.inode.attr().nlink > 1) this.#ino = upper.attr().ino
    this.#lowers = []
  }
  /** Its name is gone, or one of them. */
  lostName(): void {
    if (this.#type !== S_IFDIR && this.#upper !== undefined && this.#upper.attr().nlink > 0) return
    this.#isRemoved = true
    this.place = undefined
  }

  override setattr(change: AttrChange): void {
    const { uid, gid } = { ...this.real.attr(), ...change }
    if (!this.fs.creds.userNamespace.knows({ uid, gid })) throw EOVERFLOW
    this.copiedUp().setattr(change)
  }

  override lookup(name: string): MergedInode | undefined {
    if (this.#type !== S_IFDIR) throw ENOTDIR
    return this.#isRemoved ? undefined : lookupMerged(this, name)
  }
  override list(): readonly Dirent[] {
    if (this.#type !== S_IFDIR) throw ENOTDIR
    return this.#isRemoved ? [] : mergedNames(this)
  }

  /** The upper directory, in which names may change now. */
  #writable(): TmpfsInode {
    this.copiedUp()
    return this.fs.upper!.writable(this)
  }

  #make(name: string, make: (directory: TmpfsInode, name: string) => TmpfsInode): MergedInode {
    const { fs } = this
    const upper = this.#writable()
    const layer = fs.upper!
    const there = upper.lookup(name)
    let made: TmpfsInode
    if (there === undefined) {
      made = make(upper, name)
      if (fs.marksNew && made.entries && this.#lowers.length > 0 && fs.marks.isUsable)
        fs.marks.setOpaque(made)
      layer.names.forget(this, name)
    } else {
      if (!isWhiteout(there)) throw EEXIST
      const staged = layer.stage(make, inode => {
        if (inode.entries) fs.marks.setOpaque(inode)
      })
      layer.place(staged, this, name)
      made = staged.inode
    }
    return fs.ofUpper(made, [], { directory: this, name })
  }
  override create(name: string, mode: number, owner: Owner): MergedInode {
    return this.#make(name, (to, as) => to.create(as, mode, owner))
  }
  override mkdir(name: string, mode: number, owner: Owner): MergedInode {
    return this.#make(name, (to, as) => to.mkdir(as, mode, owner))
  }
  override mknod(name: string, mode: number, rdev: number, owner: Owner): MergedInode {
    // It would be a whiteout.
    if ((mode & 0o170000) === S_IFCHR && rdev === 0) throw EPERM
    return this.#make(name, (to, as) => to.mknod(as, mode, rdev, owner))
  }
  override symlink(name: string, target: string, owner: Owner): MergedInode {
    return this.#make(name, (to, as) => to.symlink(as, target, owner))
  }
  override tmpfile(mode: number, owner: Owner, flags: number): MergedInode {
    return this.fs.ofUpper(this.#writable().tmpfile(mode, owner, flags), [], undefined)
  }
  override link(name: string, target: Inode): void {
    const inode = target as MergedInode
    const { fs } = this
    const upper = inode.copiedUp()
    if (fs.marks.get(upper, 'origin') !== undefined) fs.marks.setImpure(this.#writable())
    this.#make(name, (to, as) => {
      to.link(as, upper)
      return upper
    })
    inode.#isRemoved = false
  }

  override unlink(name: string, child: Inode): void {
    this.#remove(name, child as MergedInode)
  }
  override rmdir(name: string, child: Inode): void {
    const inode = child as MergedInode
    if (inode.list().length > 0) throw ENOTEMPTY
    this.#remove(name, inode)
  }
  #remove(name: string, inode: MergedInode): void {
    const upper = this.#writable()
    const layer = this.fs.upper!
    if (inode.upper !== undefined && upper.lookup(name) !== inode.upper) throw ESTALE
    if (inode.upper === undefined || isBelow(this, name)) {
      const whiteout = layer.stageWhiteout()
      inode.clearUpper()
      layer.place(whiteout, this, name)
    } else {
      inode.clearUpper()
      if (inode.type === S_IFDIR) upper.rmdir(name, inode.upper)
      else upper.unlink(name, inode.upper)
      layer.names.forget(this, name)
    }
    inode.lostName()
  }
  /** Of a directory in which no name shows: takes out the whiteouts. */
  clearUpper(): void {
    const upper = this.#upper
    if (upper?.entries === undefined) return
    for (const [name, { inode }] of [...upper.entries]) upper.unlink(name, inode)
  }

  override rename(
    oldName: string,
    child: Inode,
    newDir: Inode,
    newName: string,
    replaced: Inode | undefined,
    flags: number,
  ): void {
    const from = { directory: this as MergedInode, name: oldName }
    const to = { directory: newDir as MergedInode, name: newName }
    renameMerged(from, child as MergedInode, to, replaced as MergedInode | undefined, flags)
  }

  override readlink(task: Task): string {
    return this.real.readlink(task)
  }

  override getxattr(name: string): Uint8Array {
    return this.real.getxattr(this.fs.marks.stored(name))
  }
  override listxattr(): readonly string[] {
    const { marks } = this.fs
    return this.real
      .listxattr()
      .filter(name => !marks.isMark(name))
      .map(name => marks.shown(name))
  }
  override setxattr(name: string, value: Uint8Array, flags: number): void {
    this.copiedUp().setxattr(this.fs.marks.stored(name), value, flags)
  }
  override removexattr(name: string): void {
    const stored = this.fs.marks.stored(name)
    if (this.#upper === undefined) this.real.getxattr(stored)
    this.copiedUp().removexattr(stored)
  }
  override dropCapabilities(): void {
    this.#upper?.dropCapabilities()
  }

  /** The layers are accessed as who mounted them (ovl_permission). */
  override refuse(task: Task, mask: number): Errno | undefined {
    const { real, fs } = this
    const refusal = real.refuse(task, mask)
    if (refusal !== undefined) return refusal
    const asked =
      this.#upper === undefined && mask & MAY_WRITE && isCopied(this.#type)
        ? (mask & ~MAY_WRITE) | MAY_READ
        : mask
    return fs.permits(real, asked) ? undefined : EACCES
  }

  override discardContent(): void {
    this.copiedUp('empty')
  }
  open(task: Task, path: Path, flags: number): Opened {
    if (this.#type === S_IFREG) {
      if (flags & O_ACCMODE) this.copiedUp()
      return new MergedFile(this, path, flags, this.openReal(task, flags))
    }
    if (this.#type === S_IFDIR) return new MergedDirectory(this, path, flags)
    if (this.#type === S_IFLNK) throw ELOOP
    return openSpecial(task, this, path, flags)
  }
  /** A description of the file that shows. Access times of lower layers stay as they are. Errors: as copiedUp. */
  openReal(task: Task, flags: number): FileDescription {
    if (this.#upper?.isFreed) throw ESTALE
    const how = this.#upper === undefined ? flags | O_NOATIME : flags
    return this.real.open(task, NOWHERE, how) as FileDescription
  }
}

const numberOf = ({ inode, fsIndex }: LayerFile): number => inodeNumber(inode.attr().ino, fsIndex)

/** Whether opening it for writing copies it up. */
const isCopied = (type: number): boolean => type === S_IFREG || type === S_IFDIR || type === S_IFLNK
