// Finding and opening a file to execute it. (loader)
// Linux fs/exec.c: do_open_execat.

import {
  EACCES,
  ELOOP,
  ETXTBSY,
  IN_OPEN,
  MS_NOEXEC,
  O_RDONLY,
  S_IFLNK,
  S_IFREG,
} from '@tsvisor/abi'
import { BufferIo } from '../mm/io.ts'
import type { Task } from '../task/task.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import type { Inode } from '../vfs/inode.ts'
import { EMPTY_PATH, FOLLOW, resolve } from '../vfs/namei.ts'
import { notifyUse } from '../vfs/notify.ts'
import type { Path } from '../vfs/path.ts'
import { checkInode, MAY_EXEC } from '../vfs/permission.ts'

/**
 * Opens the executable that `path` names; the caller owns the reference. `lookup`: FOLLOW and
 * EMPTY_PATH of vfs/namei. Errors: EACCES (no permission, no regular file, noexec mount), ELOOP (a
 * symbolic link without FOLLOW), ETXTBSY (open for writing), those of the path walk.
 */
export function openExecutable(
  task: Task,
  dirfd: number,
  path: string,
  lookup: number = FOLLOW,
): FileDescription {
  if (path === '' && lookup & EMPTY_PATH) {
    // A file without a name (memfd): its own description serves, since all reads say where.
    const open = task.fds.peek(dirfd)
    if (open !== undefined && open.path === undefined) {
      check(task, open.inode, undefined)
      return open.hold()
    }
  }
  const place = resolve(task, dirfd, path, lookup)
  const inode = place.dentry.inode!
  check(task, inode, place)
  const file = inode.open(task, place, O_RDONLY)
  if ('next' in file) throw EACCES
  notifyUse(file, IN_OPEN)
  return file
}

function check(task: Task, inode: Inode, place: Path | undefined): void {
  if (inode.type === S_IFLNK) throw ELOOP
  if (inode.type !== S_IFREG) throw EACCES
  if (place !== undefined && place.mount.flags & MS_NOEXEC) throw EACCES
  checkInode(task, inode, MAY_EXEC)
  if (inode.writers > 0) throw ETXTBSY
}

/** Reads at `offset` until `target` is full or the file ends; returns bytes read. */
export function readFully(
  task: Task,
  file: FileDescription,
  target: Uint8Array,
  offset: number,
): number {
  const io = new BufferIo(target)
  while (io.remaining > 0) if (file.read(task, io, offset + io.position) <= 0) break
  return io.position
}
