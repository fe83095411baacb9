// The record locks of fcntl(2): POSIX and open file description ones. (syscalls)
// Linux fs/locks.c.

import {
  type Addr,
  EAGAIN,
  EBADF,
  EDEADLK,
  EINVAL,
  EOVERFLOW,
  F_RDLCK,
  F_UNLCK,
  F_WRLCK,
  flock as flockStruct,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from '@tsvisor/abi'
import { type Blocking, type Result, waitFor } from '../kernel/blocking.ts'
import type { Task } from '../task/task.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { FileLocks, locksOf } from '../vfs/lock/file-locks.ts'
import type { LockRange } from '../vfs/lock/lock-range.ts'

/** Whose locks a command is about: POSIX ones are the descriptor table's, OFD ones the file's. */
export type LockFamily = 'posix' | 'ofd'

const LIMIT = 2 ** 63

/** struct flock as a range of the file. Errors: EFAULT, EINVAL, EOVERFLOW. */
function readRange(
  task: Task,
  file: FileDescription,
  addr: Addr,
  family: LockFamily,
): { type: number; range: LockRange } {
  const { l_type, l_whence, l_start, l_len, l_pid } = task.mm.readStruct(flockStruct, addr)
  if (family === 'ofd' && l_pid !== 0) throw EINVAL
  let start = l_start
  if (l_whence === SEEK_CUR) start += file.position
  else if (l_whence === SEEK_END) start += file.inode.attr().size
  else if (l_whence !== SEEK_SET) throw EINVAL
  let end = Number.POSITIVE_INFINITY
  if (l_len > 0) end = start + l_len - 1
  else if (l_len < 0) {
    end = start - 1
    start += l_len
  }
  if (start < 0) throw EINVAL
  if (end !== Number.POSITIVE_INFINITY && end >= LIMIT) {
    // A double rounds the last offset, 2^63 - 1, up.
    if (l_len < LIMIT || start > 1) throw EOVERFLOW
    end = Number.POSITIVE_INFINITY
  }
  if (l_type !== F_RDLCK && l_type !== F_WRLCK && l_type !== F_UNLCK) throw EINVAL
  const range: LockRange = {
    owner: family === 'posix' ? task.fds : file,
    type: l_type === F_WRLCK ? 'exclusive' : 'shared',
    start,
    end,
    pid: family === 'posix' ? task.group.leader.pid : undefined,
  }
  return { type: l_type, range }
}

/** F_GETLK, F_OFD_GETLK. */
export function getLock(task: Task, file: FileDescription, addr: Addr, family: LockFamily): number {
  const { type, range } = readRange(task, file, addr, family)
  // Asking about F_UNLCK finds the owner's own locks for OFD (Linux 6.3); EINVAL for POSIX.
  if (type === F_UNLCK) throw EINVAL
  const held = file.inode.locks?.conflict(range)
  if (held === undefined) {
    task.mm.writeStruct(flockStruct, addr, {
      ...task.mm.readStruct(flockStruct, addr),
      l_type: F_UNLCK,
    })
    return 0
  }
  task.mm.writeStruct(flockStruct, addr, {
    l_type: held.type === 'exclusive' ? F_WRLCK : F_RDLCK,
    l_whence: SEEK_SET,
    l_start: held.start,
    l_len: held.end === Number.POSITIVE_INFINITY ? 0 : held.end - held.start + 1,
    l_pid: held.pid?.in(task.pidNamespace) ?? -1,
  })
  return 0
}

/** F_SETLK, F_SETLKW and their OFD kin. */
export function setLock(
  task: Task,
  file: FileDescription,
  addr: Addr,
  family: LockFamily,
  patience: 'now' | 'wait',
): Result {
  const { type, range } = readRange(task, file, addr, family)
  if (type === F_RDLCK && !file.readable) throw EBADF
  if (type === F_WRLCK && !file.writable) throw EBADF
  const locks = locksOf(task, file)
  if (type === F_UNLCK) {
    locks.clearRange(range)
    return 0
  }
  const holder = locks.conflict(range)
  if (holder === undefined) {
    locks.setRange(range)
    return 0
  }
  if (patience === 'now') throw EAGAIN
  return lockLater(file, locks, range, family)
}

function* lockLater(
  file: FileDescription,
  locks: FileLocks,
  range: LockRange,
  family: LockFamily,
): Blocking {
  file.hold()
  const done = locks.want({ kind: 'range', range })
  try {
    for (;;) {
      const holder = locks.conflict(range)
      if (holder === undefined) break
      if (family === 'posix') {
        if (FileLocks.wouldDeadlock(range.owner, holder.owner)) throw EDEADLK
        FileLocks.waits(range.owner, holder.owner)
      }
      yield* waitFor(locks.queue)
    }
    locks.setRange(range)
    return 0
  } finally {
    done()
    if (family === 'posix') FileLocks.doneWaiting(range.owner)
    file.release()
  }
}
