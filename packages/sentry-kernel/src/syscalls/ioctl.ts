// ioctl(2): what every descriptor understands; the rest is the file's. (syscalls)
// Linux fs/ioctl.c: do_vfs_ioctl.

import {
  type Addr,
  ENOTTY,
  FASYNC,
  FIGETBSZ,
  FIOASYNC,
  FIOCLEX,
  FIONBIO,
  FIONCLEX,
  FIONREAD,
  FIOQSIZE,
  O_NONBLOCK,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
} from '@tsvisor/abi'
import type { Handler } from './handler.ts'
import { openFile } from './named-file.ts'

export const ioctl: Handler<'ioctl'> = (task, { fd, cmd, arg }) => {
  const file = openFile(task, fd)
  const { inode } = file
  const setFlag = (flag: number): number => {
    file.flags = task.mm.readI32(arg) ? file.flags | flag : file.flags & ~flag
    return 0
  }
  switch (cmd) {
    case FIOCLEX:
      task.fds.setCloseOnExec(fd, true)
      return 0
    case FIONCLEX:
      task.fds.setCloseOnExec(fd, false)
      return 0
    case FIONBIO:
      return setFlag(O_NONBLOCK)
    case FIOASYNC:
      return setFlag(FASYNC)
    case FIOQSIZE:
      if (inode.type !== S_IFREG && inode.type !== S_IFDIR && inode.type !== S_IFLNK) throw ENOTTY
      task.mm.writeU64(arg as Addr, inode.attr().size)
      return 0
    case FIGETBSZ:
      task.mm.writeU32(arg, inode.attr().blksize)
      return 0
    case FIONREAD:
      if (inode.type !== S_IFREG) return file.ioctl(task, cmd, arg)
      task.mm.writeU32(arg, inode.attr().size - file.position)
      return 0
    default:
      return file.ioctl(task, cmd, arg)
  }
}
