// Opening terminals by device: slaves, /dev/tty. (fs/pty)
// Linux drivers/tty/tty_io.c: tty_open.

import { CAP_SYS_ADMIN, EBUSY, EIO, ENXIO, O_NOCTTY, O_WRONLY } from '@tsvisor/abi'
import { hasCapability } from '../../task/credentials.ts'
import type { Task } from '../../task/task.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import { adoptOnOpen } from './job-control.ts'
import { Pty } from './pty.ts'
import { PtySlave } from './pty-slave.ts'

/** Opens a slave; it may become the controlling terminal. Errors: EIO (locked, or the master is gone), EBUSY (exclusive). */
export function openSlave(
  task: Task,
  tty: Pty,
  inode: Inode,
  path: Path | undefined,
  flags: number,
): FileDescription {
  if (!tty.masterOpen || tty.locked) throw EIO
  if (tty.exclusive && !hasCapability(task.creds, CAP_SYS_ADMIN)) throw EBUSY
  const file = new PtySlave(tty, inode, path, flags & ~O_NOCTTY)
  if (!(flags & O_NOCTTY) && (flags & 3) !== O_WRONLY) adoptOnOpen(task, tty)
  return file
}

/** /dev/tty: the controlling terminal. Errors: ENXIO without one. */
export function openControlling(
  task: Task,
  inode: Inode,
  path: Path | undefined,
  flags: number,
): FileDescription {
  const { tty } = task.group.session
  if (!(tty instanceof Pty)) throw ENXIO
  return openSlave(task, tty, inode, path, flags | O_NOCTTY)
}
