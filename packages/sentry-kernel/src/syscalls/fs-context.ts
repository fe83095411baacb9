// fsopen(2), fsconfig(2), fsmount(2), fspick(2). (syscalls)
// Linux fs/fsopen.c, fs/namespace.c.

import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  EBADF,
  EINVAL,
  ENODEV,
  EOPNOTSUPP,
  FSCONFIG_CMD_CREATE,
  FSCONFIG_CMD_CREATE_EXCL,
  FSCONFIG_CMD_RECONFIGURE,
  FSCONFIG_SET_BINARY,
  FSCONFIG_SET_FD,
  FSCONFIG_SET_FLAG,
  FSCONFIG_SET_PATH,
  FSCONFIG_SET_PATH_EMPTY,
  FSCONFIG_SET_STRING,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  FSPICK_CLOEXEC,
  FSPICK_EMPTY_PATH,
  FSPICK_NO_AUTOMOUNT,
  FSPICK_SYMLINK_NOFOLLOW,
} from '@tsvisor/abi'
import { anonInode } from '../fs/anon/anon-inode.ts'
import type { Task } from '../task/task.ts'
import { DetachedTree } from '../vfs/detached-tree.ts'
import { FsContext } from '../vfs/fs-context.ts'
import { directoryAt, forgetMount, newMount } from '../vfs/mount-copy.ts'
import { checkRevealing } from '../vfs/new-file-system.ts'
import type { Handler } from './handler.ts'
import { installNew } from './install-fd.ts'
import { checkAdmin, mountRoot } from './mount-checks.ts'
import { flagsOfAttributes } from './mount-flags.ts'
import { placeNamed } from './named-file.ts'

/** Bytes of a key or value at most, with its end. */
const TEXT_MAX = 256

export const fsopen: Handler<'fsopen'> = (task, { fsname, flags }) => {
  checkAdmin(task)
  if (flags & ~FSOPEN_CLOEXEC) throw EINVAL
  const name = task.mm.readString(fsname, 4096, EINVAL)
  const type = task.kernel.fileSystemTypes.get(name)
  if (type === undefined) throw ENODEV
  const file = new FsContext(anonInode(task), name, type)
  return installNew(task, file, (flags & FSOPEN_CLOEXEC) !== 0)
}

/** An open FsContext. Errors: EBADF, EINVAL for other files. */
function contextOf(task: Task, fd: number): FsContext {
  const file = task.fds.peek(fd)
  if (file === undefined) throw EBADF
  if (!(file instanceof FsContext)) throw EINVAL
  return file
}

interface Parameters {
  readonly cmd: number
  readonly key: number
  readonly value: number
  readonly aux: number
}

/** Whether a command has the arguments that are its own, and no other. Errors: EOPNOTSUPP. */
function isComplete({ cmd, key, value, aux }: Parameters): boolean {
  switch (cmd) {
    case FSCONFIG_SET_FLAG:
      return key !== 0 && value === 0 && aux === 0
    case FSCONFIG_SET_STRING:
      return key !== 0 && value !== 0 && aux === 0
    case FSCONFIG_SET_BINARY:
      return key !== 0 && value !== 0 && aux > 0 && aux <= 1 << 20
    case FSCONFIG_SET_PATH:
    case FSCONFIG_SET_PATH_EMPTY:
      return key !== 0 && value !== 0 && (aux === AT_FDCWD || aux >= 0)
    case FSCONFIG_SET_FD:
      return key !== 0 && value === 0 && aux >= 0
    case FSCONFIG_CMD_CREATE:
    case FSCONFIG_CMD_CREATE_EXCL:
    case FSCONFIG_CMD_RECONFIGURE:
      return key === 0 && value === 0 && aux === 0
    default:
      throw EOPNOTSUPP
  }
}

export const fsconfig: Handler<'fsconfig'> = (task, { fd, cmd, key, value, aux }) => {
  if (fd < 0 || !isComplete({ cmd, key, value, aux })) throw EINVAL
  const context = contextOf(task, fd)
  if (cmd === FSCONFIG_CMD_CREATE || cmd === FSCONFIG_CMD_CREATE_EXCL) {
    context.create(task)
    return 0
  }
  if (cmd === FSCONFIG_CMD_RECONFIGURE) {
    context.reconfigure(task)
    return 0
  }
  const name = task.mm.readString(key, TEXT_MAX, EINVAL)
  // No file system here takes bytes, files or paths.
  if (cmd !== FSCONFIG_SET_FLAG && cmd !== FSCONFIG_SET_STRING) throw EINVAL
  const text = cmd === FSCONFIG_SET_STRING ? task.mm.readString(value, TEXT_MAX, EINVAL) : undefined
  context.set(task, name, text)
  return 0
}

export const fsmount: Handler<'fsmount'> = (task, { fd, flags, attr_flags }) => {
  checkAdmin(task)
  if (flags & ~FSMOUNT_CLOEXEC) throw EINVAL
  const mountFlags = flagsOfAttributes(attr_flags)
  const context = contextOf(task, fd)
  const { fs, source, start } = context.take()
  const mount = newMount(task.kernel.vfs, fs, mountFlags, source, directoryAt(fs, start))
  try {
    checkRevealing(task, context.type, mount)
  } catch (error) {
    forgetMount(mount)
    throw error
  }
  const tree = new DetachedTree(mount, task.mounts)
  return installNew(task, tree, (flags & FSMOUNT_CLOEXEC) !== 0)
}

export const fspick: Handler<'fspick'> = (task, { dirfd, pathname, flags }) => {
  checkAdmin(task)
  const known = FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW | FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH
  if (flags & ~known) throw EINVAL
  const lookup =
    (flags & FSPICK_SYMLINK_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0) |
    (flags & FSPICK_EMPTY_PATH ? AT_EMPTY_PATH : 0)
  const { fs } = mountRoot(placeNamed(task, dirfd, pathname, lookup)).mount
  const type = task.kernel.fileSystemTypes.get(fs.type)
  if (type === undefined) throw EOPNOTSUPP
  const file = new FsContext(anonInode(task), fs.type, type, fs)
  return installNew(task, file, (flags & FSPICK_CLOEXEC) !== 0)
}
