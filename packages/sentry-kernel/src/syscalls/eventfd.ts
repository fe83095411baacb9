// eventfd, eventfd2. (syscalls)

import { EFD_CLOEXEC, EFD_NONBLOCK, EFD_SEMAPHORE, EINVAL } from '@tsvisor/abi'
import { anonInode } from '../fs/anon/anon-inode.ts'
import { EventFd } from '../fs/event/eventfd.ts'
import type { Handler } from './handler.ts'
import { installNew } from './install-fd.ts'

export const eventfd: Handler<'eventfd'> = (task, { initval }) =>
  installNew(task, new EventFd(anonInode(task), initval, 0), false)

export const eventfd2: Handler<'eventfd2'> = (task, { initval, flags }) => {
  if (flags & ~(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) throw EINVAL
  const file = new EventFd(anonInode(task), initval, flags & ~EFD_CLOEXEC)
  return installNew(task, file, (flags & EFD_CLOEXEC) !== 0)
}
