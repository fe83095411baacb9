// Device drivers by number: what opening a device node reaches. (fs/devices)
// Linux fs/char_dev.c:chrdev_open.

import { ENXIO, major } from '@tsvisor/abi'
import type { Blocking } from '../../kernel/blocking.ts'
import type { Task } from '../../task/task.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'

/** Opens a device. Throws Errno constants; returns a generator when opening may sleep. */
export type OpenDevice = (
  task: Task,
  inode: Inode,
  path: Path | undefined,
  flags: number,
) => FileDescription | Blocking<FileDescription>

/** Character devices of a kernel. There are no block devices. */
export class DeviceRegistry {
  readonly #devices = new Map<number, OpenDevice>()
  readonly #majors = new Map<number, OpenDevice>()

  /** A driver for one device. */
  register(rdev: number, open: OpenDevice): void {
    this.#devices.set(rdev, open)
  }
  /** A driver for every other minor of a major. */
  registerMajor(major: number, open: OpenDevice): void {
    this.#majors.set(major, open)
  }

  /** Opens what `rdev` (the inode's) means. Errors: ENXIO without a driver. */
  open(
    rdev: number,
    task: Task,
    inode: Inode,
    path: Path | undefined,
    flags: number,
  ): FileDescription | Blocking<FileDescription> {
    const driver = this.#devices.get(rdev) ?? this.#majors.get(major(rdev))
    if (driver === undefined) throw ENXIO
    return driver(task, inode, path, flags)
  }
}
