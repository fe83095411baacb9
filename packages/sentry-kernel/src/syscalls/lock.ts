// flock(2), and the record locks of fcntl(2). (syscalls)
// Linux fs/locks.c.

import { EAGAIN, EINVAL, LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN } from '@tsvisor/abi'
import { type Blocking, waitFor } from '../kernel/blocking.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { type FileLocks, locksOf, wholeFile } from '../vfs/lock/file-locks.ts'
import type { LockRange } from '../vfs/lock/lock-range.ts'
import type { Handler } from './handler.ts'
import { openFile } from './named-file.ts'

export const flock: Handler<'flock'> = (task, { fd, operation }) => {
  const what = operation & ~LOCK_NB
  if (what !== LOCK_SH && what !== LOCK_EX && what !== LOCK_UN) throw EINVAL
  const file = openFile(task, fd)
  const locks = locksOf(task, file)
  if (what === LOCK_UN) {
    locks.clearFlock(file)
    return 0
  }
  const type = what === LOCK_SH ? 'shared' : 'exclusive'
  const range = wholeFile(file, type, task.group.leader.pid)
  if (locks.setFlock(range)) return 0
  if (operation & LOCK_NB) throw EAGAIN
  return flockLater(file, locks, range)
}

function* flockLater(file: FileDescription, locks: FileLocks, range: LockRange): Blocking {
  file.hold()
  const done = locks.want({ kind: 'flock', range })
  try {
    while (!locks.setFlock(range)) yield* waitFor(locks.queue)
    return 0
  } finally {
    done()
    file.release()
  }
}
