// The upper layer of an overlay, and the directory in which what goes there is made. (fs/overlay)
// Linux fs/overlayfs/dir.c: ovl_lookup_temp, ovl_whiteout.

import { ENOENT, EROFS, S_IFCHR, S_IFDIR } from '@tsvisor/abi'
import type { Dentry } from '../../vfs/dentry.ts'
import type { Owner } from '../../vfs/inode.ts'
import type { Mount } from '../../vfs/mount.ts'
import { lookupChild } from '../../vfs/namei.ts'
import { MAY_EXEC, MAY_WRITE } from '../../vfs/permission.ts'
import type { TmpfsInode } from '../tmpfs/tmpfs-inode.ts'
import type { MergedInode, Place } from './merged-inode.ts'

/** A file that is complete, but under a name in the work directory as yet. */
export interface Staged {
  readonly name: string
  readonly inode: TmpfsInode
}

/** All names in the upper layer change here, so that its own mounts see the changes. */
export class UpperLayer {
  readonly mount: Mount
  readonly #work: TmpfsInode
  readonly #owner: Owner
  /** All whiteouts are links to one, as long as that has a name. */
  #whiteout: TmpfsInode | undefined
  #lastName = 0

  /** `work`: the directory "work" in the work directory; `owner` is that of whiteouts. */
  constructor(mount: Mount, work: TmpfsInode, owner: Owner) {
    this.mount = mount
    this.#work = work
    this.#owner = owner
  }
  get root(): TmpfsInode {
    return this.mount.root.inode as TmpfsInode
  }

  /** Errors: EROFS, EACCES, ENOENT (somebody removed it from outside). */
  writable(directory: MergedInode): TmpfsInode {
    if (this.mount.isReadOnly) throw EROFS
    const { upper } = directory
    if (upper === undefined || upper.attr().nlink === 0) throw ENOENT
    directory.fs.check(upper, MAY_WRITE | MAY_EXEC)
    return upper
  }

  /** Runs `make` for a free name in the work directory, then `finish`; what fails leaves nothing. */
  stage(
    make: (work: TmpfsInode, name: string) => TmpfsInode,
    finish: (made: TmpfsInode) => void = () => {},
  ): Staged {
    if (this.mount.isReadOnly) throw EROFS
    const work = this.#work
    if (work.attr().nlink === 0) throw ENOENT
    let name: string
    do name = `#${(++this.#lastName).toString(16)}`
    while (work.lookup(name) !== undefined)
    const inode = make(work, name)
    try {
      finish(inode)
    } catch (error) {
      this.discard({ name, inode })
      throw error
    }
    return { name, inode }
  }
  discard({ name, inode }: Staged): void {
    if (inode.entries) this.#work.rmdir(name, inode)
    else this.#work.unlink(name, inode)
  }
  /** Moves it to its place, instead of what is there: no directory with names in it. */
  place({ name, inode }: Staged, directory: MergedInode, to: string): void {
    const upper = directory.upper!
    this.#work.rename(name, inode, upper, to, upper.lookup(to), 0)
    this.forget(directory, to)
  }

  stageWhiteout(): Staged {
    if (this.#whiteout === undefined || this.#whiteout.attr().nlink === 0)
      this.#whiteout = this.stageOwnWhiteout().inode
    const shared = this.#whiteout
    return this.stage((work, name) => {
      work.link(name, shared)
      return shared
    })
  }
  /** One that is no link to others, as renaming leaves it. */
  stageOwnWhiteout(): Staged {
    return this.stage((work, name) => work.mknod(name, S_IFCHR, 0, this.#owner))
  }

  /** What the layer's own mounts know of a name is no longer true. */
  forget(directory: MergedInode, name: string): void {
    const known = this.#known(directory)?.child(name)
    if (known?.inode === undefined) known?.forget()
    else known.detach()
  }
  /** As forget, for a file that now has another name. */
  moved(from: Place, to: Place): void {
    const known = this.#known(from.directory)?.child(from.name)
    if (known?.inode === undefined) {
      known?.forget()
      this.forget(to.directory, to.name)
      return
    }
    let parent = this.mount.root
    for (const name of pathOf(to.directory))
      if (parent.inode?.type === S_IFDIR) parent = lookupChild(parent, name)
    if (parent.inode === to.directory.upper) known.moveTo(parent, to.name)
    else known.detach()
  }
  /** As moved, for two that changed places. */
  swapped(from: Place, to: Place): void {
    const one = this.#known(from.directory)?.child(from.name)
    const other = this.#known(to.directory)?.child(to.name)
    if (one?.inode !== undefined && other?.inode !== undefined) one.swapWith(other)
    else {
      this.forget(from.directory, from.name)
      this.forget(to.directory, to.name)
    }
  }
  /** The cached dentry of the directory's upper one. */
  #known(directory: MergedInode): Dentry | undefined {
    let at: Dentry | undefined = this.mount.root
    for (const name of pathOf(directory)) {
      at = at.child(name)
      if (at === undefined) return undefined
    }
    return at.inode === directory.upper ? at : undefined
  }
}

/** The names that lead to a directory. */
function pathOf(directory: MergedInode): string[] {
  const names: string[] = []
  for (let { place } = directory; place !== undefined; { place } = place.directory)
    names.push(place.name)
  return names.reverse()
}
