// Opening what is no regular file, directory or link: devices, FIFOs, sockets. (vfs)

import { ENXIO, S_IFBLK, S_IFCHR, S_IFIFO } from '@tsvisor/abi'
import { checkDeviceOpen } from '../fs/devices/device-rules.ts'
import { devices } from '../fs/devices/devices.ts'
import { openFifo } from '../fs/pipe/fifo.ts'
import type { Task } from '../task/task.ts'
import type { Inode } from './inode.ts'
import type { Opened } from './open.ts'
import type { Path } from './path.ts'

/**
 * For Inode.open of every file system with device nodes.
 * Errors: ENXIO (sockets, block devices, no driver), EPERM (the container's rules).
 */
export function openSpecial(task: Task, inode: Inode, path: Path, flags: number): Opened {
  const { type } = inode
  if (type === S_IFIFO) return openFifo(task, inode, path, flags)
  if (type === S_IFCHR || type === S_IFBLK) checkDeviceOpen(task, type, inode.attr().rdev, flags)
  if (type === S_IFCHR)
    return devices(task.kernel).open(inode.attr().rdev, task, inode, path, flags)
  throw ENXIO
}
