// ioctl(2): what every descriptor understands; the rest is the file's. (syscalls)
// Linux fs/ioctl.c: do_vfs_ioctl.

import {
  type Addr,
  ENOTTY,
  FASYNC,
  FIGETBSZ,
  FIOASYNC,
  FIOCLEX,
  FIOGETOWN,
  FIONBIO,
  FIONCLEX,
  FIONREAD,
  FIOQSIZE,
  FIOSETOWN,
  O_NONBLOCK,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
  S_IFSOCK,
  SIOCGPGRP,
  SIOCSPGRP,
} from '@tsvisor/abi'
import { setStatusFlags } from '../vfs/async-signals.ts'
import { ownerNumber, setOwnerNumber } from './file-owner.ts'
import type { Handler } from './handler.ts'
import { openFile } from './named-file.ts'

export const ioctl: Handler<'ioctl'> = (task, { fd, cmd, arg }) => {
  const file = openFile(task, fd)
  const { inode } = file
  const setFlag = (flag: number): number => {
    const flags = task.mm.readI32(arg) ? file.flags | flag : file.flags & ~flag
    if (flag === FASYNC && flags !== file.flags && !file.signalsReadiness) throw ENOTTY
    setStatusFlags(file, fd, flags)
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
    case FIOSETOWN:
    case SIOCSPGRP:
      if (inode.type !== S_IFSOCK) return file.ioctl(task, cmd, arg)
      return setOwnerNumber(task, file, task.mm.readI32(arg))
    case FIOGETOWN:
    case SIOCGPGRP:
      if (inode.type !== S_IFSOCK) return file.ioctl(task, cmd, arg)
      task.mm.writeU32(arg, ownerNumber(file) >>> 0)
      return 0
    default:
      return file.ioctl(task, cmd, arg)
  }
}
