// The upper layer of an overlay, and the directory in which what goes there is made. (fs/overlay)
// Linux fs/overlayfs/dir.c: ovl_lookup_temp, ovl_whiteout.

import { ENOENT, EROFS, S_IFCHR } from '@tsvisor/abi'
import type { Owner } from '../../vfs/inode.ts'
import type { Mount } from '../../vfs/mount.ts'
import { MAY_EXEC, MAY_WRITE } from '../../vfs/permission.ts'
import type { TmpfsInode } from '../tmpfs/tmpfs-inode.ts'
import { KnownNames } from './known-names.ts'
import type { MergedInode } from './merged-inode.ts'

/** A file that is complete, but under a name in the work directory as yet. */
export interface Staged {
  readonly name: string
  readonly inode: TmpfsInode
}

export class UpperLayer {
  readonly mount: Mount
  readonly names: KnownNames
  readonly #work: TmpfsInode
  readonly #owner: Owner
  /** All whiteouts are links to one, as long as that has a name. */
  #whiteout: TmpfsInode | undefined
  #lastName = 0

  /** `work`: the directory "work" in the work directory; `owner` is that of whiteouts. */
  constructor(mount: Mount, work: TmpfsInode, owner: Owner) {
    this.mount = mount
    this.names = new KnownNames(mount.root)
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
  place(staged: Staged, directory: MergedInode, to: string): void {
    this.placeUnseen(staged, directory.upper!, to)
    this.names.forget(directory, to)
  }

  /** As place, where nobody has looked yet. */
  placeUnseen({ name, inode }: Staged, upper: TmpfsInode, to: string): void {
    this.#work.rename(name, inode, upper, to, upper.lookup(to), 0)
  }

  stageWhiteout(): Staged {
    if (this.#whiteout === undefined || this.#whiteout.attr().nlink === 0)
      this.#whiteout = this.#newWhiteout()
    const shared = this.#whiteout
    return this.stage((work, name) => {
      work.link(name, shared)
      return shared
    })
  }
  #newWhiteout(): TmpfsInode {
    const { name, inode } = this.stageOwnWhiteout()
    this.names.forgetIn(this.#work, name)
    return inode
  }
  /** One that is no link to others, as renaming leaves it. */
  stageOwnWhiteout(): Staged {
    return this.stage((work, name) => work.mknod(name, S_IFCHR, 0, this.#owner))
  }
}
