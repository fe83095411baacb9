// flock(2), and the record locks of fcntl(2). (syscalls)
// Linux fs/locks.c.

import { EAGAIN, EINVAL, LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN } from '@tsvisor/abi'
import { type Blocking, waitFor } from '../kernel/blocking.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { FileLocks } from '../vfs/lock/file-locks.ts'
import type { LockType } from '../vfs/lock/lock-range.ts'
import type { Handler } from './handler.ts'
import { openFile } from './named-file.ts'

const locksOf = (file: FileDescription): FileLocks => (file.inode.locks ??= new FileLocks())

export const flock: Handler<'flock'> = (task, { fd, operation }) => {
  const what = operation & ~LOCK_NB
  if (what !== LOCK_SH && what !== LOCK_EX && what !== LOCK_UN) throw EINVAL
  const file = openFile(task, fd)
  const locks = locksOf(file)
  const type = what === LOCK_UN ? undefined : what === LOCK_SH ? 'shared' : 'exclusive'
  if (locks.setFlock(file, type)) return 0
  if (operation & LOCK_NB) throw EAGAIN
  return flockLater(file, locks, type!)
}

function* flockLater(file: FileDescription, locks: FileLocks, type: LockType): Blocking {
  file.hold()
  try {
    while (!locks.setFlock(file, type)) yield* waitFor(locks.queue)
    return 0
  } finally {
    file.release()
  }
}
