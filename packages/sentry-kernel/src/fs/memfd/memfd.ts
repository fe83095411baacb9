// memfds: anonymous files in memory, with seals. (fs/memfd)
// Linux mm/memfd.c, mm/shmem.c; memfd_create(2), fcntl(2) "File Sealing".

import {
  EBUSY,
  EINVAL,
  EPERM,
  F_SEAL_EXEC,
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  O_APPEND,
  O_LARGEFILE,
  O_RDWR,
  PROT_WRITE,
  S_IFREG,
} from '@tsvisor/abi'
import { kernelLocal } from '../../kernel/kernel-local.ts'
import type { IoSource } from '../../mm/io.ts'
import type { MapSource } from '../../platform/platform.ts'
import type { Task } from '../../task/task.ts'
import { CURRENT, type FileDescription } from '../../vfs/file-description.ts'
import type { AttrChange } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import { Tmpfs } from '../tmpfs/tmpfs.ts'
import { TmpfsFile } from '../tmpfs/tmpfs-file.ts'
import { TmpfsInode } from '../tmpfs/tmpfs-inode.ts'

const ALL_SEALS =
  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_EXEC
const NO_WRITE = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE

/** The kernel's own tmpfs (shm_mnt). */
const sharedMemoryFs = kernelLocal(
  kernel => new Tmpfs({ platform: kernel.platform, clock: kernel.clock, dev: 1 }),
)

class MemfdInode extends TmpfsInode {
  seals = 0
  name = ''

  override setattr(change: AttrChange): void {
    const { size, mode } = change
    const now = this.attr().size
    if (size !== undefined && size < now && this.seals & F_SEAL_SHRINK) throw EPERM
    if (size !== undefined && size > now && this.seals & F_SEAL_GROW) throw EPERM
    if (mode !== undefined && this.seals & F_SEAL_EXEC && (mode ^ this.attr().mode) & 0o111)
      throw EPERM
    super.setattr(change)
  }
  override open(_task: Task, path: Path, flags: number): FileDescription {
    return new MemfdFile(this, path, flags)
  }
}

class MemfdFile extends TmpfsFile {
  declare readonly inode: MemfdInode

  constructor(inode: MemfdInode, path: Path | undefined, flags: number) {
    super(inode, inode.data!, path, flags | O_LARGEFILE)
  }

  override seals(): number {
    return this.inode.seals
  }
  override get writableMapped(): boolean {
    return this.writable && (this.inode.seals & NO_WRITE) === 0
  }
  /** Errors: EPERM (not writable, or sealed against it), EINVAL, EBUSY (mapped writable). */
  override addSeals(seals: number): void {
    const { inode } = this
    if (!this.writable) throw EPERM
    if (seals & ~ALL_SEALS) throw EINVAL
    if (inode.seals & F_SEAL_SEAL) throw EPERM
    if (seals & ~inode.seals & F_SEAL_WRITE && inode.writableMappings > 0) throw EBUSY
    const executable = (inode.attr().mode & 0o111) !== 0
    const more = seals & F_SEAL_EXEC && executable ? F_SEAL_SHRINK | F_SEAL_GROW | NO_WRITE : 0
    inode.seals |= seals | more
  }

  override write(task: Task, source: IoSource, offset: number): number {
    const { seals } = this.inode
    if (source.remaining === 0) return 0
    if (seals & NO_WRITE) throw EPERM
    if (seals & F_SEAL_GROW) {
      const { size } = this.inode.attr()
      const at = this.flags & O_APPEND ? size : offset === CURRENT ? this.position : offset
      if (at + source.remaining > size) throw EPERM
    }
    return super.write(task, source, offset)
  }
  override mmap(
    task: Task,
    offset: number,
    length: number,
    prot: number,
    shared: 'shared' | 'private',
  ): MapSource {
    if (shared === 'shared' && prot & PROT_WRITE && this.inode.seals & NO_WRITE) throw EPERM
    return super.mmap(task, offset, length, prot, shared)
  }
  override allocate(task: Task, mode: number, offset: number, length: number): void {
    const { seals } = this.inode
    if (mode & FALLOC_FL_PUNCH_HOLE && seals & NO_WRITE) throw EPERM
    const grows = !(mode & FALLOC_FL_KEEP_SIZE) && offset + length > this.inode.attr().size
    if (grows && seals & F_SEAL_GROW) throw EPERM
    super.allocate(task, mode, offset, length)
  }
  override label(): string {
    return `/memfd:${this.inode.name} (deleted)`
  }
}

/** A new memfd. `seals` F_SEAL_SEAL: none can be added. */
export function newMemfd(task: Task, name: string, mode: number, seals: number): FileDescription {
  const owner = { uid: task.creds.fsuid, gid: task.creds.fsgid }
  const inode = new MemfdInode(sharedMemoryFs(task.kernel), S_IFREG | mode, owner, 0)
  inode.seals = seals
  inode.name = name
  const file = new MemfdFile(inode, undefined, O_RDWR)
  inode.setLinks(0)
  return file
}
