// Copying a lower file to the upper layer: metadata, attributes, content. (fs/memory-overlay)
// Linux fs/overlayfs/copy_up.c.

import { ENODATA, EOPNOTSUPP, O_NOATIME, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '@tsvisor/abi'
import { BufferIo } from '../../mm/io.ts'
import type { Task } from '../../task/task.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import { NOWHERE } from '../../vfs/path.ts'
import type { Tmpfs } from '../tmpfs/tmpfs.ts'
import { TmpfsInode } from '../tmpfs/tmpfs-inode.ts'

/** Bytes copied at a time. */
const CHUNK = 256 * 1024

// The overlay opens lower files for itself. Lower file systems are plain trees (gofer, tmpfs, node):
// their regular files and links do not ask who opens them.
const NOBODY = undefined as unknown as Task

/** An upper file like `lower`, with at most `limit` bytes of its content. Errors: ENOSPC, EIO. */
export function copyUp(upper: Tmpfs, lower: Inode, limit: number): TmpfsInode {
  const attr = lower.attr()
  const { mode, rdev, uid, gid } = attr
  const copy = new TmpfsInode(upper, mode, { uid, gid }, rdev, undefined, attr.ino)
  const type = mode & S_IFMT
  try {
    if (type === S_IFLNK) copy.setTarget(lower.readlink(NOBODY))
    else if (type === S_IFREG) copyContent(copy, lower, Math.min(limit, attr.size))
    if (type !== S_IFDIR) copy.setLinks(attr.nlink)
    copyAttributes(copy, lower)
  } catch (error) {
    copy.setLinks(0)
    throw error
  }
  copy.setattr({ atime: attr.atime, mtime: attr.mtime })
  return copy
}

function copyContent(copy: TmpfsInode, lower: Inode, size: number): void {
  if (size === 0) return
  const from = lower.open(NOBODY, NOWHERE, O_NOATIME) as FileDescription
  const data = copy.data!
  const chunk = new Uint8Array(Math.min(size, CHUNK))
  try {
    for (let at = 0; at < size; ) {
      const piece = chunk.subarray(0, Math.min(size - at, CHUNK))
      const got = from.read(NOBODY, new BufferIo(piece), at)
      if (got <= 0) break
      // Zeros stay a hole.
      if (piece.subarray(0, got).some(byte => byte !== 0))
        data.write(new BufferIo(piece.subarray(0, got)), at)
      at += got
    }
    if (data.size < size) data.truncate(size)
  } finally {
    from.release()
  }
}

function copyAttributes(copy: TmpfsInode, lower: Inode): void {
  let names: readonly string[]
  try {
    names = lower.listxattr()
  } catch {
    // A lower file system without attributes.
    return
  }
  for (const name of names) {
    // Access control lists and other layers' marks have no place in the upper layer.
    if (!/^(user|trusted|security)\./.test(name) || name.startsWith('trusted.overlay.')) continue
    try {
      copy.setxattr(name, lower.getxattr(name), 0)
    } catch (error) {
      if (error !== EOPNOTSUPP && error !== ENODATA) throw error
    }
  }
}
