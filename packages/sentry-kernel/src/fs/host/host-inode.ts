// Inodes of files passed in from the host. (fs/host)

import { EACCES, O_ACCMODE, O_RDWR } from '@tsvisor/abi'
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

/** Makes a description of `inode`; given by openHostFile, which knows the kinds. */
export type DescribeHost = (
  inode: HostInode,
  path: Path | undefined,
  flags: number,
) => FileDescription

export class HostInode extends AnonInode {
  readonly host: HostFile
  readonly #rdev: number
  readonly #access: number
  readonly #describe: DescribeHost
  #descriptions = 0

  /** `flags`: how the host opened it. The host file is closed with its last description. */
  constructor(
    fs: AnonFs,
    host: HostFile,
    identity: HostIdentity,
    now: Time,
    opened: { readonly flags: number; readonly describe: DescribeHost },
  ) {
    super(fs, identity.mode, identity.uid, identity.gid, now)
    this.host = host
    this.#rdev = identity.rdev
    this.#access = opened.flags & O_ACCMODE
    this.#describe = opened.describe
  }
  hold(): void {
    this.#descriptions++
  }
  drop(): void {
    if (--this.#descriptions === 0) this.host.close()
  }
  override attr(): Attr {
    const size = this.host.kind === 'regular' ? this.host.size() : 0
    return { ...super.attr(), rdev: this.#rdev, size, blocks: Math.ceil(size / 512) }
  }
  override setattr(change: AttrChange): void {
    if (change.size !== undefined) this.host.truncate(change.size)
    super.setattr(change)
  }
  /**
   * By /dev/stdout or /proc/PID/fd/N. Errors: EACCES beyond what the host opened it for: nothing is
   * opened on the host anew.
   */
  override open(_task: Task, path: Path, flags: number): FileDescription {
    const access = flags & O_ACCMODE
    if (this.#access !== O_RDWR && access !== this.#access) throw EACCES
    return this.#describe(this, path, flags)
  }
}
