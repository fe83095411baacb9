// Copying a lower file to the upper layer: metadata, attributes, content. (fs/overlay)
// Linux fs/overlayfs/copy_up.c.

import {
  EEXIST,
  EFBIG,
  ENODATA,
  ENOTDIR,
  EOPNOTSUPP,
  EOVERFLOW,
  EROFS,
  O_NOATIME,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
} from '@tsvisor/abi'
import { BufferIo } from '../../mm/io.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import { NOWHERE } from '../../vfs/path.ts'
import { MAY_READ } from '../../vfs/permission.ts'
import { MAX_SIZE } from '../tmpfs/file-data.ts'
import type { TmpfsInode } from '../tmpfs/tmpfs-inode.ts'
import type { MergedInode } from './merged-inode.ts'
import { encodeOrigin } from './origin.ts'
import type { Overlay } from './overlay.ts'

/** Bytes copied at a time. */
const CHUNK = 256 * 1024

/**
 * Makes upper files of `inode`, perhaps without what is in it, and of the directories above it that have none. Errors: EROFS, ENOSPC, EIO, EFBIG, EACCES,
 * EEXIST or ENOTDIR (a removed file: something else is there), EOVERFLOW (its owner is unknown to who mounted).
 */
export function copyUp(inode: MergedInode, content: 'content' | 'empty'): void {
  if (inode.fs.upper === undefined) throw EROFS
  const missing: MergedInode[] = []
  for (let at = inode; at.upper === undefined; at = at.place.directory) {
    missing.push(at)
    if (at.place === undefined) break
  }
  let parentIs: 'old' | 'new' = 'old'
  for (let next = missing.pop(); next; next = missing.pop()) {
    copyOne(next, content, parentIs)
    parentIs = 'new'
  }
}

function copyOne(inode: MergedInode, content: 'content' | 'empty', parentIs: 'old' | 'new'): void {
  const { fs, place, real: lower } = inode
  const { upper: layer, marks } = fs
  if (place === undefined) throw lower.type === S_IFDIR ? ENOTDIR : EEXIST
  if (!fs.creds.userNamespace.knows(lower.attr())) throw EOVERFLOW
  if (lower.type === S_IFREG) fs.check(lower, MAY_READ)
  const { directory, name } = place
  const parent = layer!.writable(directory)
  const { atime, mtime } = parent.attr()
  const staged = layer!.stage(
    (work, as) => makeLike(fs, lower, work, as),
    made => {
      if (lower.type === S_IFREG && content === 'content') copyContent(fs, lower, made)
      copyMetadata(fs, lower, made)
      if (lower.type === S_IFDIR || lower.attr().nlink === 1)
        marks.set(made, 'origin', encodeOrigin(fs, lower))
      marks.setImpure(parent)
    },
  )
  if (parentIs === 'old') layer!.place(staged, directory, name)
  else layer!.placeUnseen(staged, parent, name)
  parent.setattr({ atime, mtime })
  inode.becomeUpper(staged.inode)
}

function makeLike(fs: Overlay, lower: Inode, directory: TmpfsInode, name: string): TmpfsInode {
  const { mode, rdev, uid, gid } = lower.attr()
  const owner = { uid, gid }
  const { type } = lower
  if (type === S_IFREG) return directory.create(name, mode & 0o7777, owner)
  if (type === S_IFDIR) return directory.mkdir(name, mode & 0o7777, owner)
  if (type === S_IFLNK) return directory.symlink(name, lower.readlink(fs.mounter), owner)
  return directory.mknod(name, mode, rdev, owner)
}

/** Errors: those of reading it; ENOSPC, EFBIG. */
function copyContent({ mounter }: Overlay, lower: Inode, copy: TmpfsInode): void {
  const { size } = lower.attr()
  if (size === 0) return
  if (size > MAX_SIZE) throw EFBIG
  const from = lower.open(mounter, NOWHERE, O_NOATIME) as FileDescription
  const data = copy.data!
  const chunk = new Uint8Array(Math.min(size, CHUNK))
  try {
    for (let at = 0; at < size; ) {
      const piece = chunk.subarray(0, Math.min(size - at, CHUNK))
      const got = from.read(mounter, new BufferIo(piece), at)
      if (got <= 0) break
      // Zeros stay a hole.
      if (piece.subarray(0, got).some(byte => byte !== 0))
        writeAll(copy, piece.subarray(0, got), at)
      at += got
    }
    if (data.size < size) data.truncate(size)
  } finally {
    from.release()
  }
}

/** Errors: ENOSPC. */
function writeAll({ data }: TmpfsInode, bytes: Uint8Array, at: number): void {
  const source = new BufferIo(bytes)
  while (source.remaining > 0) data!.write(source, at + source.position)
}

function copyMetadata(fs: Overlay, lower: Inode, copy: TmpfsInode): void {
  for (const name of attributeNames(lower)) {
    if (fs.marks.isMark(name)) continue
    try {
      copy.setxattr(name, lower.getxattr(name), 0)
    } catch (error) {
      // Access control lists have no place in the upper layer.
      if (error !== EOPNOTSUPP && error !== ENODATA) throw error
    }
  }
  const { atime, mtime } = lower.attr()
  copy.setattr({ atime, mtime })
}

function attributeNames(lower: Inode): readonly string[] {
  try {
    return lower.listxattr()
  } catch (error) {
    if (error === EOPNOTSUPP) return []
    throw error
  }
}
