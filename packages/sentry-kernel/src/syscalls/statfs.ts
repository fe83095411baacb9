// statfs(2), fstatfs(2). (syscalls)
// Linux fs/statfs.c.

import {
  type Addr,
  AT_FDCWD,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_RELATIME,
  MS_SYNCHRONOUS,
  statfs as statfsStruct,
} from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import type { FileSystem } from '../vfs/inode.ts'
import type { Mount } from '../vfs/mount.ts'
import { FOLLOW, resolve } from '../vfs/namei.ts'
import type { Handler } from './handler.ts'

const SHOWN_OF_SUPER = MS_RDONLY | MS_SYNCHRONOUS
/** ST_* in f_flags that equal MS_*. */
const SAME = SHOWN_OF_SUPER | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME
const ST_VALID = 0x20
const ST_RELATIME = 0x1000
const ST_NOSYMFOLLOW = 0x2000
function statFlags(flags: number): number {
  let shown = ST_VALID | (flags & SAME)
  if (flags & MS_RELATIME) shown |= ST_RELATIME
  if (flags & MS_NOSYMFOLLOW) shown |= ST_NOSYMFOLLOW
  return shown
}

function giveStatfs(task: Task, fs: FileSystem, mount: Mount | undefined, buf: Addr): number {
  const found = fs.statfs()
  task.mm.writeStruct(statfsStruct, buf, {
    f_type: found.type,
    f_bsize: found.bsize,
    f_blocks: found.blocks,
    f_bfree: found.bfree,
    f_bavail: found.bavail,
    f_files: found.files,
    f_ffree: found.ffree,
    f_fsid: [fs.dev, 0],
    f_namelen: found.namelen,
    f_frsize: found.bsize,
    f_flags: statFlags((mount?.flags ?? 0) | ((fs.superFlags ?? 0) & SHOWN_OF_SUPER)),
  })
  return 0
}

export const statfs: Handler<'statfs'> = (task, { pathname, buf }) => {
  const { mount, dentry } = resolve(task, AT_FDCWD, task.mm.readPath(pathname), FOLLOW)
  return giveStatfs(task, dentry.inode!.fs, mount, buf)
}
export const fstatfs: Handler<'fstatfs'> = (task, { fd, buf }) => {
  const { inode, path } = task.fds.getAny(fd)
  return giveStatfs(task, inode.fs, path?.mount, buf)
}
