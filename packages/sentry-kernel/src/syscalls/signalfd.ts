// signalfd, signalfd4. (syscalls)

import { type Addr, EINVAL, SFD_CLOEXEC, SFD_NONBLOCK } from '@tsvisor/abi'
import { anonInode } from '../fs/anon/anon-inode.ts'
import { SignalFd } from '../fs/event/signalfd.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'
import { installNew } from './install-fd.ts'
import { readSignalSet, SIGSET_SIZE } from './signal-sets.ts'

export const signalfd: Handler<'signalfd'> = (task, { fd, mask, sizemask }) =>
  makeSignalFd(task, fd, mask, sizemask, 0)

export const signalfd4: Handler<'signalfd4'> = (task, { fd, mask, sizemask, flags }) =>
  makeSignalFd(task, fd, mask, sizemask, flags)

function makeSignalFd(task: Task, fd: number, mask: Addr, size: number, flags: number): number {
  if (size !== SIGSET_SIZE) throw EINVAL
  const set = readSignalSet(task, mask)
  if (flags & ~(SFD_CLOEXEC | SFD_NONBLOCK)) throw EINVAL
  if (fd === -1) {
    const file = new SignalFd(task, anonInode(task), set, flags & SFD_NONBLOCK)
    return installNew(task, file, (flags & SFD_CLOEXEC) !== 0)
  }
  const file = task.fds.get(fd)
  if (!(file instanceof SignalFd)) throw EINVAL
  file.setMask(set)
  return fd
}
