// System calls that move bytes through a descriptor. (syscalls)
// Linux fs/read_write.c.

import {
  type Addr,
  EAGAIN,
  EBADF,
  EFAULT,
  EINVAL,
  EOPNOTSUPP,
  ESPIPE,
  IN_ACCESS,
  IN_MODIFY,
  O_APPEND,
  O_NONBLOCK,
  O_PATH,
  RWF_APPEND,
  RWF_DSYNC,
  RWF_HIPRI,
  RWF_NOAPPEND,
  RWF_NOWAIT,
  RWF_SYNC,
  S_IFDIR,
} from '@tsvisor/abi'
import { type Blocking, type Result, WOULD_BLOCK } from '../kernel/blocking.ts'
import type { IoSource, IoTarget, UserIo } from '../mm/io.ts'
import type { Task } from '../task/task.ts'
import { readFile, writeFile } from '../vfs/blocking-io.ts'
import { CURRENT, type FileDescription } from '../vfs/file-description.ts'
import { isWatched, notifyUse } from '../vfs/notify.ts'
import type { Handler } from './handler.ts'

/** Neither counts nor positions reach this: they are signed. */
const NEGATIVE = 2 ** 63
const RWF_KNOWN = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND | RWF_NOAPPEND
const BOTH_APPENDS = RWF_APPEND | RWF_NOAPPEND

function readable(task: Task, fd: number): FileDescription {
  const file = task.fds.get(fd)
  if (!file.readable) throw EBADF
  return file
}
function writable(task: Task, fd: number): FileDescription {
  const file = task.fds.get(fd)
  if (!file.writable) throw EBADF
  return file
}
/** Errors: EBADF before ESPIPE for a descriptor opened with O_PATH. */
function seekable(file: FileDescription, offset: number): FileDescription {
  if (file.flags & O_PATH) throw EBADF
  if (!file.seekable && file.inode.type !== S_IFDIR) throw ESPIPE
  if (offset < 0 || offset >= NEGATIVE) throw EINVAL
  return file
}
function buffer(task: Task, addr: Addr, count: number): UserIo {
  if (count >= NEGATIVE) throw EFAULT
  return task.mm.io(addr, count)
}

function vector(task: Task, file: FileDescription, iov: Addr, count: number): UserIo {
  if (!file.transfers) throw EINVAL
  return task.mm.ioVector(iov, count)
}

/** As readFile, for a vector: nothing to read is nothing to do, whatever the file (vfs_readv). */
const doReadv = (task: Task, file: FileDescription, target: IoTarget, offset: number): Result =>
  target.remaining === 0 ? 0 : readFile(task, file, target, offset)
const doWritev = (task: Task, file: FileDescription, source: IoSource, offset: number): Result =>
  source.remaining === 0 ? 0 : writeFile(task, file, source, offset)

/**
 * Adds what was read, or will be, to /proc/PID/io, and tells who watches the file. The call itself is counted before.
 * `least`: so many bytes are a use.
 */
function addRead(task: Task, file: FileDescription, result: Result, least = 1): Result {
  if (typeof result !== 'number') return addReadLater(task, file, result, least)
  task.io.readBytes += result
  if (result >= least && isWatched(file)) notifyUse(file, IN_ACCESS)
  return result
}
function addWritten(task: Task, file: FileDescription, result: Result): Result {
  if (typeof result !== 'number') return addWrittenLater(task, file, result)
  task.io.writtenBytes += result
  if (result > 0 && isWatched(file)) notifyUse(file, IN_MODIFY)
  return result
}
function* addReadLater(task: Task, file: FileDescription, body: Blocking, least: number): Blocking {
  return addRead(task, file, yield* body, least) as number
}
function* addWrittenLater(task: Task, file: FileDescription, body: Blocking): Blocking {
  return addWritten(task, file, yield* body) as number
}

export const read: Handler<'read'> = (task, { fd, buf, count }) => {
  const file = readable(task, fd)
  const target = buffer(task, buf, count)
  task.io.reads++
  return addRead(task, file, readFile(task, file, target, CURRENT))
}

export const write: Handler<'write'> = (task, { fd, buf, count }) => {
  const file = writable(task, fd)
  const source = buffer(task, buf, count)
  task.io.writes++
  return addWritten(task, file, writeFile(task, file, source, CURRENT))
}

export const pread64: Handler<'pread64'> = (task, { fd, buf, count, offset }) => {
  if (offset < 0) throw EINVAL
  const file = seekable(task.fds.get(fd), offset)
  if (!file.readable) throw EBADF
  const target = buffer(task, buf, count)
  task.io.reads++
  return addRead(task, file, readFile(task, file, target, offset))
}

export const pwrite64: Handler<'pwrite64'> = (task, { fd, buf, count, offset }) => {
  if (offset < 0) throw EINVAL
  const file = seekable(task.fds.get(fd), offset)
  if (!file.writable) throw EBADF
  const source = buffer(task, buf, count)
  task.io.writes++
  return addWritten(task, file, writeFile(task, file, source, offset))
}

export const readv: Handler<'readv'> = (task, { fd, iov, iovcnt }) => {
  // Vectors count whatever becomes of them.
  task.io.reads++
  const file = readable(task, fd)
  return addRead(task, file, doReadv(task, file, vector(task, file, iov, iovcnt), CURRENT), 0)
}

export const writev: Handler<'writev'> = (task, { fd, iov, iovcnt }) => {
  task.io.writes++
  const file = writable(task, fd)
  return addWritten(task, file, doWritev(task, file, vector(task, file, iov, iovcnt), CURRENT))
}

export const preadv: Handler<'preadv'> = (task, { fd, iov, iovcnt, offset }) => {
  if (offset < 0) throw EINVAL
  task.io.reads++
  const file = seekable(task.fds.get(fd), offset)
  if (!file.readable) throw EBADF
  return addRead(task, file, doReadv(task, file, vector(task, file, iov, iovcnt), offset), 0)
}

export const pwritev: Handler<'pwritev'> = (task, { fd, iov, iovcnt, offset }) => {
  if (offset < 0) throw EINVAL
  task.io.writes++
  const file = seekable(task.fds.get(fd), offset)
  if (!file.writable) throw EBADF
  return addWritten(task, file, doWritev(task, file, vector(task, file, iov, iovcnt), offset))
}

/** Offset -1 is the description's own position. */
export const preadv2: Handler<'preadv2'> = (task, { fd, iov, iovcnt, offset, flags }) => {
  if (offset < CURRENT) throw EINVAL
  task.io.reads++
  const file = task.fds.get(fd)
  if (offset !== CURRENT) seekable(file, offset)
  if (!file.readable) throw EBADF
  const target = vector(task, file, iov, iovcnt)
  if (target.remaining === 0) return addRead(task, file, 0, 0)
  checkTransferFlags(flags)
  return addRead(task, file, readWithFlags(task, file, target, offset, flags), 0)
}

/** RWF_* flags (kiocb_set_rw_flags). Errors: EOPNOTSUPP, EINVAL. */
export function checkTransferFlags(flags: number): void {
  if (flags & ~RWF_KNOWN) throw EOPNOTSUPP
  if ((flags & BOTH_APPENDS) === BOTH_APPENDS) throw EINVAL
}

/** A read under flags that were checked. */
export function readWithFlags(
  task: Task,
  file: FileDescription,
  target: IoTarget,
  offset: number,
  flags: number,
): Result {
  if (!(flags & RWF_NOWAIT)) return readFile(task, file, target, offset)
  const count = file.read(task, target, offset)
  if (count === WOULD_BLOCK) throw EAGAIN
  return count
}

export const pwritev2: Handler<'pwritev2'> = (task, { fd, iov, iovcnt, offset, flags }) => {
  if (offset < CURRENT) throw EINVAL
  task.io.writes++
  const file = task.fds.get(fd)
  if (offset !== CURRENT) seekable(file, offset)
  if (!file.writable) throw EBADF
  const source = vector(task, file, iov, iovcnt)
  if (source.remaining === 0) return 0
  checkTransferFlags(flags)
  return addWritten(task, file, writeWithFlags(task, file, source, offset, flags))
}

/** A write under flags that were checked. */
export function writeWithFlags(
  task: Task,
  file: FileDescription,
  source: IoSource,
  offset: number,
  flags: number,
): Result {
  const special = flags & (BOTH_APPENDS | RWF_NOWAIT)
  const result = special
    ? writeSpecially(task, file, source, offset, flags)
    : writeFile(task, file, source, offset)
  if (flags & (RWF_SYNC | RWF_DSYNC) && file.seekable)
    file.sync(task, flags & RWF_SYNC ? 'all' : 'data')
  return result
}

/** A write under other status flags, which last for the attempt only. */
function writeSpecially(
  task: Task,
  file: FileDescription,
  source: IoSource,
  offset: number,
  flags: number,
): Result {
  const saved = file.flags
  if (flags & RWF_APPEND) file.flags |= O_APPEND
  if (flags & RWF_NOAPPEND) file.flags &= ~O_APPEND
  if (flags & RWF_NOWAIT) file.flags |= O_NONBLOCK
  try {
    return writeFile(task, file, source, offset)
  } finally {
    file.flags = saved
  }
}

export const lseek: Handler<'lseek'> = (task, { fd, offset, whence }) => {
  const file = task.fds.get(fd)
  if (whence < 0 || whence > 4) throw EINVAL
  return file.seek(task, offset, whence)
}
