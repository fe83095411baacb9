// What the upper layer's own mounts know of names that an overlay changes. (fs/overlay)

import { S_IFDIR } from '@tsvisor/abi'
import type { Dentry } from '../../vfs/dentry.ts'
import { instanceOf } from '../../vfs/mount-copy.ts'
import { lookupChild } from '../../vfs/namei.ts'
import type { TmpfsInode } from '../tmpfs/tmpfs-inode.ts'
import type { MergedInode, Place } from './merged-inode.ts'

/** Told of each change, after it was made. */
export class KnownNames {
  readonly #root: Dentry

  /** `root`: that of the layer. */
  constructor(root: Dentry) {
    this.#root = root
  }

  /** A name came, went, or is another file's. */
  forget(directory: MergedInode, name: string): void {
    drop(cached(this.#wayTo(directory))?.child(name))
  }
  /** As forget, by the directory of the layer. */
  forgetIn(directory: TmpfsInode, name: string): void {
    drop(cached(trueWayTo(directory))?.child(name))
  }
  /** A file has another name now. */
  moved(from: Place, to: Place): void {
    const known = cached(this.#wayTo(from.directory))?.child(from.name)
    if (known?.inode === undefined) {
      known?.forget()
      this.forget(to.directory, to.name)
      return
    }
    const parent = lookedUp(this.#wayTo(to.directory))
    if (parent.inode === to.directory.upper) known.moveTo(parent, to.name)
    else known.detach()
  }
  /** Two files changed places. */
  swapped(from: Place, to: Place): void {
    const one = cached(this.#wayTo(from.directory))?.child(from.name)
    const other = cached(this.#wayTo(to.directory))?.child(to.name)
    if (one?.inode !== undefined && other?.inode !== undefined) one.swapWith(other)
    else {
      drop(one)
      drop(other)
    }
  }

  #wayTo(directory: MergedInode): Way {
    const upper = directory.upper!
    const names = pathOf(directory)
    let at: TmpfsInode | undefined = this.#root.inode as TmpfsInode
    for (const name of names) at = at?.entries?.get(name)?.inode
    // Otherwise it was moved from outside.
    return at === upper ? { top: this.#root, names } : trueWayTo(upper)
  }
}

/** How to come to a directory of the layer. */
interface Way {
  readonly top: Dentry
  readonly names: readonly string[]
}

/** From the root of its file system. */
function trueWayTo(directory: TmpfsInode): Way {
  const names: string[] = []
  for (let at = directory; at.parent !== at; at = at.parent)
    for (const [name, { inode }] of at.parent.entries!) if (inode === at) names.push(name)
  return { top: instanceOf(directory.fs).root, names: names.reverse() }
}

/** The names that lead to a directory in the overlay. */
function pathOf(directory: MergedInode): string[] {
  const names: string[] = []
  for (let { place } = directory; place !== undefined; { place } = place.directory)
    names.push(place.name)
  return names.reverse()
}

function cached({ top, names }: Way): Dentry | undefined {
  let at: Dentry | undefined = top
  for (const name of names) at = at?.child(name)
  return at
}

function lookedUp({ top, names }: Way): Dentry {
  let at = top
  for (const name of names) if (at.inode?.type === S_IFDIR) at = lookupChild(at, name)
  return at
}

function drop(known: Dentry | undefined): void {
  if (known?.inode === undefined) known?.forget()
  else known.detach()
}
