// fcntl(2). (syscalls)
// Linux fs/fcntl.c: do_fcntl.

import {
  type Addr,
  DN_MULTISHOT,
  EAGAIN,
  EBADF,
  EINVAL,
  EPERM,
  F_ADD_SEALS,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_DUPFD_QUERY,
  F_GET_RW_HINT,
  F_GET_SEALS,
  F_GETFD,
  F_GETFL,
  F_GETLEASE,
  F_GETLK,
  F_GETOWN,
  F_GETOWN_EX,
  F_GETPIPE_SZ,
  F_GETSIG,
  F_NOTIFY,
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_OWNER_PGRP,
  F_OWNER_PID,
  F_OWNER_TID,
  F_RDLCK,
  F_SET_RW_HINT,
  F_SETFD,
  F_SETFL,
  F_SETLEASE,
  F_SETLK,
  F_SETLKW,
  F_SETOWN,
  F_SETOWN_EX,
  F_SETPIPE_SZ,
  F_SETSIG,
  F_UNLCK,
  F_WRLCK,
  FASYNC,
  FD_CLOEXEC,
  f_owner_ex,
  O_APPEND,
  O_DIRECT,
  O_NOATIME,
  O_NONBLOCK,
  O_PATH,
  RLIMIT_NOFILE,
  S_IFIFO,
  S_IFREG,
} from '@tsvisor/abi'
import type { Result } from '../kernel/blocking.ts'
import type { Task } from '../task/task.ts'
import { setStatusFlags } from '../vfs/async-signals.ts'
import { unwatchDirectory, watchDirectory } from '../vfs/dnotify.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { NO_OWNER } from '../vfs/file-owner.ts'
import type { Inode } from '../vfs/inode.ts'
import { acceptsDirect } from '../vfs/open.ts'
import { ownsInode } from '../vfs/permission.ts'
import { ownerNumber, setOwner, setOwnerNumber } from './file-owner.ts'
import type { Handler } from './handler.ts'
import { getLock, setLock } from './record-lock.ts'

/** What F_SETFL may change. */
const CHANGEABLE = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | FASYNC
/** What works on a descriptor opened with O_PATH. */
const FOR_PATHS = new Set<number>([
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_DUPFD_QUERY,
  F_GETFD,
  F_SETFD,
  F_GETFL,
])
const SIGNAL_MAX = 64

export const fcntl: Handler<'fcntl'> = (task, { fd, cmd, arg }) => {
  const file = task.fds.getAny(fd)
  if (file.flags & O_PATH && !FOR_PATHS.has(cmd)) throw EBADF
  const low = arg | 0
  const addr = arg as Addr
  switch (cmd) {
    case F_DUPFD:
      return duplicate(task, file, low, false)
    case F_DUPFD_CLOEXEC:
      return duplicate(task, file, low, true)
    case F_DUPFD_QUERY:
      return task.fds.getAny(low) === file ? 1 : 0
    case F_GETFD:
      return task.fds.closesOnExec(fd) ? FD_CLOEXEC : 0
    case F_SETFD:
      task.fds.setCloseOnExec(fd, (low & FD_CLOEXEC) !== 0)
      return 0
    case F_GETFL:
      return file.flags
    case F_SETFL:
      return setStatus(task, file, fd, low)
    case F_GETLK:
      return getLock(task, file, addr, 'posix')
    case F_SETLK:
      return setLock(task, file, addr, 'posix', 'now')
    case F_SETLKW:
      return setLock(task, file, addr, 'posix', 'wait')
    case F_OFD_GETLK:
      return getLock(task, file, addr, 'ofd')
    case F_OFD_SETLK:
      return setLock(task, file, addr, 'ofd', 'now')
    case F_OFD_SETLKW:
      return setLock(task, file, addr, 'ofd', 'wait')
    case F_GETPIPE_SZ:
      return file.pipeSize()
    case F_SETPIPE_SZ:
      return file.setPipeSize(task, arg % 0x1_0000_0000)
    case F_GET_RW_HINT:
      task.mm.writeU64(addr, lifetimeHints.get(file.inode) ?? 0)
      return 0
    case F_SET_RW_HINT:
      return setLifetime(task, file, addr)
    case F_GET_SEALS:
      return file.seals()
    case F_ADD_SEALS:
      file.addSeals(low >>> 0)
      return 0
    default:
      return leaseOrOwner(task, file, fd, cmd, low, addr)
  }
}

function leaseOrOwner(
  task: Task,
  file: FileDescription,
  fd: number,
  cmd: number,
  low: number,
  addr: Addr,
): Result {
  switch (cmd) {
    case F_GETOWN:
      return ownerNumber(file)
    case F_SETOWN:
      return setOwnerNumber(task, file, low)
    case F_GETOWN_EX: {
      const { type, id } = file.owner ?? NO_OWNER
      task.mm.writeStruct(f_owner_ex, addr, { type, pid: id })
      return 0
    }
    case F_SETOWN_EX: {
      const { type, pid } = task.mm.readStruct(f_owner_ex, addr)
      if (type !== F_OWNER_TID && type !== F_OWNER_PID && type !== F_OWNER_PGRP) throw EINVAL
      return setOwner(task, file, type, pid)
    }
    case F_GETSIG:
      return (file.owner ?? NO_OWNER).signo
    case F_SETSIG:
      if (low < 0 || low > SIGNAL_MAX) throw EINVAL
      file.owner = { ...(file.owner ?? NO_OWNER), signo: low }
      return 0
    case F_GETLEASE:
      return F_UNLCK
    case F_SETLEASE:
      return setLease(file, low)
    case F_NOTIFY:
      return setNotify(task, file, fd, low)
    default:
      throw EINVAL
  }
}

/** How long data is said to live (RWH_*), for who asks: there is no disk to arrange it on. */
const lifetimeHints = new WeakMap<Inode, number>()
const RWH_WRITE_LIFE_EXTREME = 5

function setLifetime(task: Task, file: FileDescription, addr: Addr): number {
  if (!ownsInode(task, file.inode)) throw EPERM
  const hint = task.mm.readU64(addr)
  if (hint > RWH_WRITE_LIFE_EXTREME) throw EINVAL
  lifetimeHints.set(file.inode, hint)
  return 0
}

/** Leases are not given: as Linux answers where somebody else has the file open. */
function setLease(file: FileDescription, type: number): number {
  if (file.inode.type !== S_IFREG) throw EINVAL
  if (type === F_UNLCK || type === F_RDLCK || type === F_WRLCK) throw EAGAIN
  throw EINVAL
}

/** Signals go to the caller unless somebody else is named already (fcntl_dirnotify). Errors: ENOTDIR. */
function setNotify(task: Task, file: FileDescription, fd: number, wanted: number): number {
  if ((wanted & ~DN_MULTISHOT) === 0) {
    unwatchDirectory(file, task.fds)
    return 0
  }
  watchDirectory(file, task.fds, fd, wanted)
  if (file.owner?.pid === undefined)
    setOwner(task, file, F_OWNER_PID, task.group.leader.pid.in(task.pidNamespace))
  return 0
}

function duplicate(task: Task, file: FileDescription, from: number, closeOnExec: boolean): number {
  const limit = task.group.limits.soft(RLIMIT_NOFILE)
  if (from < 0 || from >= limit) throw EINVAL
  const fd = task.fds.install(file, closeOnExec, limit, from)
  file.hold()
  return fd
}

function setStatus(task: Task, file: FileDescription, fd: number, flags: number): number {
  if (flags & O_NOATIME && !(file.flags & O_NOATIME) && !ownsInode(task, file.inode)) throw EPERM
  // For pipes it means packets.
  if (flags & O_DIRECT && file.inode.type !== S_IFIFO && !acceptsDirect(file.inode)) throw EINVAL
  setStatusFlags(file, fd, (file.flags & ~CHANGEABLE) | (flags & CHANGEABLE))
  return 0
}
