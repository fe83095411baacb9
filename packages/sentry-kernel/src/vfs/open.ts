// Opening files by name: open(2), openat2(2). (vfs)
// Linux fs/namei.c: path_openat, may_open; fs/open.c: build_open_flags, do_dentry_open.

import {
  __O_TMPFILE,
  EACCES,
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOTDIR,
  EPERM,
  ETXTBSY,
  IN_CREATE,
  IN_OPEN,
  MS_NODEV,
  O_ACCMODE,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_TRUNC,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
} from '@tsvisor/abi'
import type { Blocking } from '../kernel/blocking.ts'
import type { Task } from '../task/task.ts'
import { setSize } from './attributes.ts'
import { Dentry } from './dentry.ts'
import type { FileDescription } from './file-description.ts'
import type { Inode } from './inode.ts'
import { type Creation, FOLLOW, resolve, resolveToCreate } from './namei.ts'
import { isWatched, notifyEntry, notifyUse } from './notify.ts'
import type { Path } from './path.ts'
import { PathOnly } from './path-only.ts'
import {
  checkInode,
  checkWritableMount,
  MAY_EXEC,
  MAY_READ,
  MAY_WRITE,
  newMode,
  newOwner,
  ownsInode,
} from './permission.ts'

export type Opened = FileDescription | Blocking<FileDescription>

/** Flags that F_GETFL does not show. */
const TRANSIENT = O_CREAT | O_EXCL | O_TRUNC | 0o2000000 /* O_CLOEXEC */

/**
 * Opens `path`. `mode` is for a file that O_CREAT or O_TMPFILE makes; `lookup` adds RESOLVE_* <<
 * RESOLVE_SHIFT. The caller owns the reference. A generator when opening has to wait (FIFOs).
 * Errors: those of open(2).
 */
export function openAt(
  task: Task,
  dirfd: number,
  path: string,
  flags: number,
  mode: number,
  lookup = 0,
): Opened {
  if (flags & O_PATH) return openPath(task, dirfd, path, flags, lookup)
  if (flags & __O_TMPFILE) return openTemporary(task, dirfd, path, flags, mode, lookup)
  if (!(flags & O_CREAT)) {
    const place = resolve(task, dirfd, path, flags & O_NOFOLLOW ? lookup : lookup | FOLLOW)
    return openPlace(task, place, place.dentry.inode!, flags)
  }
  if (flags & O_DIRECTORY) throw EINVAL
  const follow = flags & (O_NOFOLLOW | O_EXCL) ? lookup : lookup | FOLLOW
  const found = resolveToCreate(task, dirfd, path, follow)
  const { child } = found
  if (child === undefined && found.slash) throw EISDIR
  if (child !== undefined && child.inode === undefined) {
    try {
      return create(task, found, child, flags, mode)
    } catch (error) {
      if (error !== EEXIST || flags & O_EXCL) throw error
      // Somebody outside made it since its absence was cached.
      child.forget()
      return openAt(task, dirfd, path, flags & ~O_CREAT, mode, lookup)
    }
  }
  // Without a child: "/", ".", "..", or what a magic link led to.
  if (flags & O_EXCL) throw EEXIST
  const dentry = child ?? found.dentry
  const inode = dentry.inode!
  if (inode.type === S_IFDIR) throw EISDIR
  return openPlace(task, { mount: found.mount, dentry }, inode, flags)
}

function openPath(task: Task, dirfd: number, path: string, flags: number, lookup: number): Opened {
  const place = resolve(task, dirfd, path, flags & O_NOFOLLOW ? lookup : lookup | FOLLOW)
  const inode = place.dentry.inode!
  if (flags & O_DIRECTORY && inode.type !== S_IFDIR) throw ENOTDIR
  return new PathOnly(inode, place, flags & (O_DIRECTORY | O_NOFOLLOW | O_PATH))
}

function create(task: Task, found: Creation, child: Dentry, flags: number, mode: number): Opened {
  const directory = found.dentry.inode!
  checkWritableMount(found)
  checkInode(task, directory, MAY_WRITE | MAY_EXEC)
  if (found.dentry.unlinked) throw ENOENT
  const inode = directory.create(
    child.name,
    newMode(task, directory, mode & 0o7777, 'file'),
    newOwner(task, directory),
  )
  const dentry = instantiate(found.dentry, child, inode)
  if (directory.watchers) notifyEntry(directory, IN_CREATE, dentry.name)
  return finish(task, { mount: found.mount, dentry }, inode, flags & ~O_TRUNC)
}

/** A looked-up absence became a file. */
export function instantiate(directory: Dentry, absent: Dentry, inode: Inode): Dentry {
  absent.inode = inode
  const { caching } = directory.cache
  if (caching !== 'never' && directory.child(absent.name) !== absent) directory.add(absent)
  return absent
}

function openTemporary(
  task: Task,
  dirfd: number,
  path: string,
  flags: number,
  mode: number,
  lookup: number,
): Opened {
  if (!(flags & O_DIRECTORY) || flags & O_CREAT || (flags & O_ACCMODE) === 0) throw EINVAL
  const place = resolve(task, dirfd, path, flags & O_NOFOLLOW ? lookup : lookup | FOLLOW)
  const directory = place.dentry.inode!
  if (directory.type !== S_IFDIR) throw ENOTDIR
  checkWritableMount(place)
  checkInode(task, directory, MAY_WRITE | MAY_EXEC)
  if (place.dentry.unlinked) throw ENOENT
  const owner = newOwner(task, directory)
  const inode = directory.tmpfile(newMode(task, directory, mode & 0o7777, 'file'), owner, flags)
  const dentry = new Dentry(`#${inode.attr().ino}`, place.dentry, inode)
  dentry.unlinked = true
  return finish(task, { mount: place.mount, dentry }, inode, flags)
}

/** Opens what is there already: type, permission, then the file system's part. */
export function openPlace(task: Task, place: Path, inode: Inode, flags: number): Opened {
  const { type } = inode
  const access = flags & O_ACCMODE
  let mask = access === 0 ? MAY_READ : access === 1 ? MAY_WRITE : MAY_READ | MAY_WRITE
  if (flags & O_TRUNC) mask |= MAY_WRITE
  if (flags & O_DIRECTORY && type !== S_IFDIR) throw ENOTDIR
  if (type === S_IFLNK) throw ELOOP
  if (type === S_IFDIR) {
    if (mask & MAY_WRITE) throw EISDIR
  } else if ((type === S_IFCHR || type === S_IFBLK) && !mayOpenDevice(place)) throw EACCES
  checkInode(task, inode, mask)
  if (flags & O_NOATIME && !ownsInode(task, inode)) throw EPERM
  if (type !== S_IFREG) return finish(task, place, inode, flags & ~O_TRUNC)
  if (mask & MAY_WRITE) checkWritableMount(place)
  return finish(task, place, inode, flags)
}

/** Whether files of the kind can be read and written past the page cache (FMODE_CAN_ODIRECT). */
export const acceptsDirect = ({ type, fs }: Inode): boolean =>
  (type === S_IFREG || type === S_IFBLK) && fs.directIo !== 'refused'

function finish(task: Task, place: Path, inode: Inode, flags: number): Opened {
  if (flags & O_DIRECT && !acceptsDirect(inode)) throw EINVAL
  const writes = (flags & O_ACCMODE) !== 0 && inode.type === S_IFREG
  if (inode.writers < 0 && (writes || flags & O_TRUNC)) throw ETXTBSY
  if (flags & O_TRUNC) inode.discardContent()
  // Terminals want to know O_NOCTTY.
  const shown = inode.type === S_IFCHR ? flags : flags & ~O_NOCTTY
  const file = inode.open(task, place, shown & ~TRANSIENT)
  if ('next' in file) return file
  file.flags &= ~O_NOCTTY
  if (writes) file.countAsWriter()
  if (isWatched(file)) notifyUse(file, IN_OPEN)
  if (flags & O_TRUNC) truncateOpened(task, place, inode, file)
  return file
}

function truncateOpened(task: Task, place: Path, inode: Inode, file: FileDescription): void {
  try {
    setSize(task, inode, place.dentry, 0)
  } catch (error) {
    file.release()
    throw error
  }
}

/** Nobody opens devices by nodes on a file system that users mounted, but for terminals (may_open_dev). */
const mayOpenDevice = ({ mount: { flags, fs } }: Path): boolean =>
  !(flags & MS_NODEV) && (fs.userNamespace === undefined || fs.type === 'devpts')
