// inotify_init, inotify_init1, inotify_add_watch, inotify_rm_watch. (syscalls)

import {
  AT_FDCWD,
  EINVAL,
  IN_ALL_EVENTS,
  IN_CLOEXEC,
  IN_DONT_FOLLOW,
  IN_EXCL_UNLINK,
  IN_ISDIR,
  IN_MASK_ADD,
  IN_MASK_CREATE,
  IN_NONBLOCK,
  IN_ONESHOT,
  IN_ONLYDIR,
} from '@tsvisor/abi'
import { anonInode } from '../fs/anon/anon-inode.ts'
import { Inotify } from '../fs/inotify/inotify.ts'
import type { Task } from '../task/task.ts'
import { DIRECTORY, FOLLOW, resolve } from '../vfs/namei.ts'
import { checkInode, MAY_READ } from '../vfs/permission.ts'
import type { Handler } from './handler.ts'
import { installNew } from './install-fd.ts'

const OPTIONS = IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_ADD | IN_ISDIR | IN_ONESHOT
const KEPT = IN_ALL_EVENTS | IN_EXCL_UNLINK | IN_MASK_ADD | IN_MASK_CREATE | IN_ONESHOT

export const inotify_init: Handler<'inotify_init'> = task =>
  installNew(task, new Inotify(anonInode(task), 0), false)

export const inotify_init1: Handler<'inotify_init1'> = (task, { flags }) => {
  if (flags & ~(IN_CLOEXEC | IN_NONBLOCK)) throw EINVAL
  const file = new Inotify(anonInode(task), flags & IN_NONBLOCK)
  return installNew(task, file, (flags & IN_CLOEXEC) !== 0)
}

export const inotify_add_watch: Handler<'inotify_add_watch'> = (task, { fd, pathname, mask }) => {
  if ((mask & (IN_ALL_EVENTS | OPTIONS | IN_MASK_CREATE)) === 0) throw EINVAL
  task.fds.get(fd)
  if (mask & IN_MASK_ADD && mask & IN_MASK_CREATE) throw EINVAL
  const inotify = inotifyAt(task, fd)
  const follow = mask & IN_DONT_FOLLOW ? 0 : FOLLOW
  const flags = follow | (mask & IN_ONLYDIR ? DIRECTORY : 0)
  const inode = resolve(task, AT_FDCWD, task.mm.readPath(pathname), flags).dentry.inode!
  checkInode(task, inode, MAY_READ)
  return inotify.add(inode, mask & KEPT)
}

export const inotify_rm_watch: Handler<'inotify_rm_watch'> = (task, { fd, wd }) => {
  inotifyAt(task, fd).removeByNumber(wd)
  return 0
}

/** Errors: EBADF, EINVAL for other files. */
function inotifyAt(task: Task, fd: number): Inotify {
  const file = task.fds.get(fd)
  if (!(file instanceof Inotify)) throw EINVAL
  return file
}
