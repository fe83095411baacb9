// Inodes of files passed in from the host. (fs/host)

import { ENXIO } from '@tsvisor/abi'
import { kernelLocal } from '../../kernel/kernel-local.ts'
import type { HostFile, Time } from '../../platform/host.ts'
import type { Task } from '../../task/task.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import type { Attr, AttrChange } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import { AnonFs, AnonInode } from '../anon/anon-inode.ts'

/** What fstat on the host said: type and permissions, and the device number of a device. */
export interface HostIdentity {
  readonly mode: number
  readonly rdev: number
  readonly uid: number
  readonly gid: number
}

export const hostFs = kernelLocal(() => new AnonFs('hostfs', 0x10, 0x486f7374))

export class HostInode extends AnonInode {
  readonly #host: HostFile
  readonly #rdev: number

  constructor(fs: AnonFs, host: HostFile, identity: HostIdentity, now: Time) {
    super(fs, identity.mode, identity.uid, identity.gid, now)
    this.#host = host
    this.#rdev = identity.rdev
  }
  override attr(): Attr {
    const size = this.#host.kind === 'regular' ? this.#host.size() : 0
    return { ...super.attr(), rdev: this.#rdev, size, blocks: Math.ceil(size / 512) }
  }
  override setattr(change: AttrChange): void {
    if (change.size !== undefined) this.#host.truncate(change.size)
    super.setattr(change)
  }
  /** Not by name: /proc/PID/fd/N of a host file cannot be opened anew. */
  override open(_task: Task, _path: Path, _flags: number): FileDescription {
    throw ENXIO
  }
}
