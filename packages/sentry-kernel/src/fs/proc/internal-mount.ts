// Places for inodes without a name, so that magic links can lead to them. (fs/proc)
// Linux's counterpart: the kernel's own mounts of pipefs, sockfs, nsfs … (kern_mount).

import type { Kernel } from '../../kernel/kernel.ts'
import { Dentry } from '../../vfs/dentry.ts'
import type { Inode } from '../../vfs/inode.ts'
import { Mount } from '../../vfs/mount.ts'
import type { Path } from '../../vfs/path.ts'

/** In no namespace, so in no table either. */
const INTERNAL_ID = 0

const places = new WeakMap<Inode, Path>()

/** The place of an inode that no directory holds; always the same one. */
export function internalPlace({ vfs }: Kernel, inode: Inode): Path {
  let place = places.get(inode)
  if (place === undefined) {
    const dentry = new Dentry('', undefined, inode)
    const { fs } = inode
    const parts = { vfs, id: INTERNAL_ID, fs, root: dentry, flags: 0, source: fs.type }
    place = { mount: new Mount(parts), dentry }
    places.set(inode, place)
  }
  return place
}

export const isInternal = (place: Path): boolean => place.mount.id === INTERNAL_ID
