// pidfds: a process as an open file. (task)
// Linux kernel/pid.c, fs/pidfs.c.

import { EBADF, O_RDWR } from '@tsvisor/abi'
import { anonInode } from '../fs/anon/anon-inode.ts'
import { installNew } from '../syscalls/install-fd.ts'
import { FileDescription } from '../vfs/file-description.ts'
import type { Pid } from './pid-namespace.ts'
import type { Task } from './task.ts'

const POLLIN = 1
const POLLHUP = 0x10
const POLLRDNORM = 0x40

export class PidFile extends FileDescription {
  readonly pid: Pid

  constructor(task: Task, pid: Pid, flags: number) {
    super(anonInode(task), undefined, O_RDWR | flags, pid.queue)
    this.pid = pid
  }
  override get transfers(): boolean {
    return false
  }
  override poll(): number {
    const { task } = this.pid
    // Waited for: nothing is left of it.
    if (task === undefined) return POLLIN | POLLRDNORM | POLLHUP
    return task.group.ended ? POLLIN | POLLRDNORM : 0
  }
  override label(): string {
    return 'anon_inode:[pidfd]'
  }
  override fdinfo(): string {
    const { task } = this.pid
    return `Pid:\t${task ? this.pid.own : -1}\nNSpid:\t${task ? this.pid.numbers.join('\t') : -1}\n`
  }
}

/** A new pidfd in the caller's table; always close-on-exec. Errors: EMFILE. */
export const installPidFd = (task: Task, pid: Pid, flags: number): number =>
  installNew(task, new PidFile(task, pid, flags), true)

/** The process behind a pidfd. Errors: EBADF for other files. */
export function pidOf(task: Task, fd: number): Pid {
  const file = task.fds.get(fd)
  if (!(file instanceof PidFile)) throw EBADF
  return file.pid
}
