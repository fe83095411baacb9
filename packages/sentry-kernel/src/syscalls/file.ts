// System calls on descriptors and the files behind them: open, close, dup, sizes, sync. (syscalls)
// Linux fs/open.c, fs/file.c, fs/sync.c, mm/fadvise.c.

import {
  __O_SYNC,
  __O_TMPFILE,
  AT_EMPTY_PATH,
  AT_FDCWD,
  CLOSE_RANGE_CLOEXEC,
  CLOSE_RANGE_UNSHARE,
  E2BIG,
  EAGAIN,
  EBADF,
  EFBIG,
  EINVAL,
  EISDIR,
  ENODEV,
  ENOENT,
  EOPNOTSUPP,
  EPERM,
  ESPIPE,
  ETXTBSY,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  FALLOC_FL_UNSHARE_RANGE,
  IN_MODIFY,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_DSYNC,
  O_LARGEFILE,
  O_NOFOLLOW,
  O_PATH,
  O_TRUNC,
  O_WRONLY,
  open_how,
  openFlags,
  RESOLVE_BENEATH,
  RESOLVE_CACHED,
  RESOLVE_IN_ROOT,
  RLIMIT_NOFILE,
  resolveFlags,
  S_IFBLK,
  S_IFDIR,
  S_IFIFO,
  S_IFREG,
} from '@tsvisor/abi'
import type { Blocking, Result } from '../kernel/blocking.ts'
import { PAGE_SIZE } from '../platform/platform.ts'
import type { Task } from '../task/task.ts'
import { dropPrivileges, dropPrivilegesToWrite, setSize } from '../vfs/attributes.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { exceedsFileSize } from '../vfs/file-size-limit.ts'
import { FOLLOW, RESOLVE_SHIFT, resolve, tryResolve } from '../vfs/namei.ts'
import { notifyChange, notifyUse } from '../vfs/notify.ts'
import { type Opened, openAt, openPlace } from '../vfs/open.ts'
import { checkInode, checkWritableMount, MAY_WRITE } from '../vfs/permission.ts'
import type { Handler } from './handler.ts'
import { installFd, installNew } from './install-fd.ts'
import { openFile } from './named-file.ts'

const KNOWN_FLAGS = Object.values(openFlags()).reduce((all: number, flag) => all | flag, 0)
const CACHED = RESOLVE_CACHED << RESOLVE_SHIFT

/** open(2) and its like ignore flags that they do not know; O_SYNC means O_DSYNC, too. */
const knownFlags = (flags: number): number =>
  (flags & KNOWN_FLAGS) | (flags & __O_SYNC ? O_DSYNC : 0) | O_LARGEFILE

function doOpen(
  task: Task,
  dirfd: number,
  path: string,
  flags: number,
  mode: number,
  lookup = 0,
): Result {
  if (lookup & CACHED && flags & (O_CREAT | O_TRUNC | __O_TMPFILE)) throw EAGAIN
  task.fds.checkRoom(task.group.limits.soft(RLIMIT_NOFILE))
  let opened: Opened
  if (flags & (O_CREAT | O_PATH | __O_TMPFILE))
    opened = openAt(task, dirfd, path, flags, mode, lookup)
  else {
    // Programs look for files in many places: that one is missing is no exception.
    const place = tryResolve(task, dirfd, path, flags & O_NOFOLLOW ? lookup : lookup | FOLLOW)
    if (place === undefined) return lookup & CACHED ? -EAGAIN.code : -ENOENT.code
    opened = openPlace(task, place, place.dentry.inode!, flags)
  }
  const closeOnExec = (flags & O_CLOEXEC) !== 0
  if ('next' in opened) return openLater(task, opened, closeOnExec)
  return installNew(task, opened, closeOnExec)
}

function* openLater(task: Task, opened: Blocking<FileDescription>, closeOnExec: boolean): Blocking {
  return installNew(task, yield* opened, closeOnExec)
}

export const open: Handler<'open'> = (task, { pathname, flags, mode }) =>
  doOpen(task, AT_FDCWD, task.mm.readPath(pathname), knownFlags(flags), mode)

export const openat: Handler<'openat'> = (task, { dirfd, pathname, flags, mode }) =>
  doOpen(task, dirfd, task.mm.readPath(pathname), knownFlags(flags), mode)

export const creat: Handler<'creat'> = (task, { pathname, mode }) => {
  const flags = O_CREAT | O_WRONLY | O_TRUNC | O_LARGEFILE
  return doOpen(task, AT_FDCWD, task.mm.readPath(pathname), flags, mode)
}

const KNOWN_RESOLVE = Object.values(resolveFlags()).reduce((all: number, flag) => all | flag, 0)
const BOTH_SCOPES = RESOLVE_BENEATH | RESOLVE_IN_ROOT

export const openat2: Handler<'openat2'> = (task, { dirfd, pathname, how, size }) => {
  if (size < open_how.size) throw EINVAL
  if (size > PAGE_SIZE) throw E2BIG
  const data = task.mm.readBytes(how, size)
  for (let i = open_how.size; i < size; i++) if (data[i] !== 0) throw E2BIG
  const wanted = open_how.decode(data)
  if (wanted.flags & ~BigInt(KNOWN_FLAGS) || wanted.resolve & ~BigInt(KNOWN_RESOLVE)) throw EINVAL
  const flags = Number(wanted.flags)
  const resolution = Number(wanted.resolve)
  if ((resolution & BOTH_SCOPES) === BOTH_SCOPES) throw EINVAL
  if (flags & (O_CREAT | __O_TMPFILE) ? wanted.mode & ~0o7777n : wanted.mode) throw EINVAL
  const allowed = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
  if (flags & O_PATH && flags & ~allowed) throw EINVAL
  const path = task.mm.readPath(pathname)
  return doOpen(task, dirfd, path, flags, Number(wanted.mode), resolution << RESOLVE_SHIFT)
}

/** close(2) gives the descriptor up even where flushing fails. */
export const close: Handler<'close'> = (task, { fd }) => {
  const file = task.fds.remove(fd)
  try {
    file.flush(task)
  } finally {
    file.release()
  }
  return 0
}

export const close_range: Handler<'close_range'> = (task, { first, last, flags }) => {
  if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) || first > last) throw EINVAL
  if (flags & CLOSE_RANGE_UNSHARE && task.fds.shared) {
    const own = task.fds.fork()
    for (const file of task.fds.drop()) file.release()
    task.fds = own
  }
  const { fds } = task
  for (const [fd] of [...fds.entries()]) {
    if (fd < first || fd > last) continue
    if (flags & CLOSE_RANGE_CLOEXEC) fds.setCloseOnExec(fd, true)
    else fds.remove(fd).release()
  }
  return 0
}

export const dup: Handler<'dup'> = (task, { oldfd }) => {
  const file = task.fds.getAny(oldfd)
  const fd = installFd(task, file, false)
  file.hold()
  return fd
}

function duplicateAt(task: Task, oldfd: number, newfd: number, closeOnExec: boolean): number {
  const file = task.fds.getAny(oldfd)
  if (newfd < 0 || newfd >= task.group.limits.soft(RLIMIT_NOFILE)) throw EBADF
  task.fds.replace(newfd, file.hold(), closeOnExec)?.release()
  return newfd
}

export const dup2: Handler<'dup2'> = (task, { oldfd, newfd }) => {
  if (oldfd !== newfd) return duplicateAt(task, oldfd, newfd, false)
  task.fds.getAny(oldfd)
  return newfd
}

export const dup3: Handler<'dup3'> = (task, { oldfd, newfd, flags }) => {
  if (flags & ~O_CLOEXEC || oldfd === newfd) throw EINVAL
  return duplicateAt(task, oldfd, newfd, (flags & O_CLOEXEC) !== 0)
}

export const truncate: Handler<'truncate'> = (task, { pathname, length }) => {
  if (length < 0) throw EINVAL
  const place = resolve(task, AT_FDCWD, task.mm.readPath(pathname), FOLLOW)
  const inode = place.dentry.inode!
  if (inode.type === S_IFDIR) throw EISDIR
  if (inode.type !== S_IFREG) throw EINVAL
  checkWritableMount(place)
  checkInode(task, inode, MAY_WRITE)
  if (inode.writers < 0) throw ETXTBSY
  setSize(task, inode, place.dentry, length)
  return 0
}

export const ftruncate: Handler<'ftruncate'> = (task, { fd, length }) => {
  if (length < 0) throw EINVAL
  const file = openFile(task, fd)
  const { inode } = file
  if (inode.type !== S_IFREG || !file.writable) throw EINVAL
  if (length > inode.attr().size && exceedsFileSize(task, length)) throw EFBIG
  const mask = IN_MODIFY | dropPrivileges(task, inode)
  file.truncate(task, length)
  notifyChange(inode, file.path?.dentry, mask)
  return 0
}

export const fallocate: Handler<'fallocate'> = (task, { fd, mode, offset, len }) => {
  const file = openFile(task, fd)
  if (offset < 0 || len <= 0) throw EINVAL
  if (mode & ~0x7f) throw EOPNOTSUPP
  if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)) === FALLOC_FL_PUNCH_HOLE)
    throw EOPNOTSUPP
  if (mode & FALLOC_FL_UNSHARE_RANGE && mode & ~(FALLOC_FL_UNSHARE_RANGE | FALLOC_FL_KEEP_SIZE))
    throw EINVAL
  if (!file.writable) throw EBADF
  const { inode } = file
  if (inode.type === S_IFIFO) throw ESPIPE
  if (inode.type === S_IFDIR) throw EISDIR
  if (inode.type !== S_IFREG && inode.type !== S_IFBLK) throw ENODEV
  if (offset + len > Number.MAX_SAFE_INTEGER) throw EFBIG
  const grows = !(mode & FALLOC_FL_KEEP_SIZE) && offset + len > inode.attr().size
  if (grows && exceedsFileSize(task, offset + len)) throw EFBIG
  dropPrivilegesToWrite(task, file)
  file.allocate(task, mode, offset, len)
  notifyUse(file, IN_MODIFY)
  return 0
}

export const fsync: Handler<'fsync'> = (task, { fd }) => {
  openFile(task, fd).sync(task, 'all')
  return 0
}
export const fdatasync: Handler<'fdatasync'> = (task, { fd }) => {
  openFile(task, fd).sync(task, 'data')
  return 0
}
/** The file systems that hold data elsewhere write through: there is nothing to wait for. */
export const sync: Handler<'sync'> = () => 0
export const syncfs: Handler<'syncfs'> = (task, { fd }) => {
  openFile(task, fd)
  return 0
}

export const sync_file_range: Handler<'sync_file_range'> = (task, args) => {
  const { fd, offset, nbytes, flags } = args
  const file = openFile(task, fd)
  if (flags & ~7 || offset < 0 || nbytes < 0 || offset + nbytes >= 2 ** 63) throw EINVAL
  const { type } = file.inode
  if (type !== S_IFREG && type !== S_IFBLK && type !== S_IFDIR) throw ESPIPE
  if (flags !== 0 && file.seekable && file.writable) file.sync(task, 'data')
  return 0
}

/** Advice that has no effect here, checked as Linux checks it. */
export const fadvise64: Handler<'fadvise64'> = (task, { fd, len, advice }) => {
  const file = openFile(task, fd)
  if (file.inode.type === S_IFIFO) throw ESPIPE
  if (len >= 2 ** 63 || advice < 0 || advice > 5) throw EINVAL
  return 0
}

export const readahead: Handler<'readahead'> = (task, { fd }) => {
  const file = openFile(task, fd)
  if (!file.readable) throw EBADF
  const { type } = file.inode
  if (type !== S_IFREG && type !== S_IFBLK) throw EINVAL
  return 0
}

/** No file system here has handles. */
export const name_to_handle_at: Handler<'name_to_handle_at'> = (task, args) => {
  const { dirfd, pathname, flags } = args
  if (flags & ~(0x400 | AT_EMPTY_PATH | 0x201)) throw EINVAL
  resolve(
    task,
    dirfd,
    task.mm.readPath(pathname),
    (flags & 0x400 ? FOLLOW : 0) | (flags & AT_EMPTY_PATH ? 2 : 0),
  )
  throw EOPNOTSUPP
}
export const open_by_handle_at: Handler<'open_by_handle_at'> = (_task, { flags }) => {
  throw (flags & O_ACCMODE) > 3 ? EINVAL : EPERM
}
