// Fills a tmpfs with what another file system holds. (fs/tmpfs)

import { S_IFDIR } from '@tsvisor/abi'
import type { Inode } from '../../vfs/inode.ts'
import { copyUp } from '../memory-overlay/copy-up.ts'
import type { Tmpfs } from './tmpfs.ts'
import type { TmpfsInode } from './tmpfs-inode.ts'

const MAX_DEPTH = 200

/** Copies the directory `from`, its owner and mode too. Errors: ENOSPC, EIO. */
export function copyTree(fs: Tmpfs, from: Inode): void {
  copyDirectory(fs, from, fs.root, 0)
}

function copyDirectory(fs: Tmpfs, from: Inode, to: TmpfsInode, depth: number): void {
  if (depth > MAX_DEPTH) return
  for (const { name } of from.list()) {
    const child = from.lookup(name)
    if (child === undefined) continue
    if (child.type === S_IFDIR) {
      const { mode, uid, gid } = child.attr()
      const made = to.mkdir(name, mode & 0o7777, { uid, gid }) as TmpfsInode
      copyDirectory(fs, child, made, depth + 1)
    } else {
      const copy = copyUp(fs, child, Number.POSITIVE_INFINITY)
      to.link(name, copy)
      // Names of one file become files of their own, as `cp -r` leaves them.
      copy.setLinks(1)
    }
  }
  const { mode, uid, gid, atime, mtime } = from.attr()
  to.setattr({ mode: mode & 0o7777, uid, gid })
  to.setattr({ atime, mtime })
}
