// An open regular file of tmpfs. (fs/tmpfs)

import {
  EINVAL,
  EOPNOTSUPP,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  O_APPEND,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
} from '@tsvisor/abi'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import type { MapSource } from '../../platform/platform.ts'
import type { Task } from '../../task/task.ts'
import { updatesAtime } from '../../vfs/atime.ts'
import { dropPrivilegesToWrite } from '../../vfs/attributes.ts'
import { CURRENT, FileDescription } from '../../vfs/file-description.ts'
import { limitedSource } from '../../vfs/file-size-limit.ts'
import type { Path } from '../../vfs/path.ts'
import { type FileData, MAX_SIZE } from './file-data.ts'
import type { TmpfsInode } from './tmpfs-inode.ts'

export class TmpfsFile extends FileDescription {
  declare readonly inode: TmpfsInode
  readonly #data: FileData

  constructor(inode: TmpfsInode, data: FileData, path: Path | undefined, flags: number) {
    super(inode, path, flags)
    this.#data = data
    inode.opened()
  }
  protected override close(): void {
    this.inode.closed()
  }

  override get seekable(): boolean {
    return true
  }

  override read(task: Task, target: IoTarget, offset: number): number {
    const at = offset === CURRENT ? this.position : offset
    const done = this.#data.read(target, at)
    if (offset === CURRENT) this.position = at + done
    if (updatesAtime(this, task)) this.inode.touchAtime(task.kernel.clock.realtime())
    return done
  }

  override write(task: Task, source: IoSource, offset: number): number {
    const at = this.flags & O_APPEND ? this.#data.size : offset === CURRENT ? this.position : offset
    if (source.remaining === 0) return 0
    const limited = limitedSource(task, source, at)
    dropPrivilegesToWrite(task, this)
    this.#charge(task)
    const done = this.#data.write(limited, at)
    this.inode.touch()
    if (offset === CURRENT) this.position = at + done
    return done
  }

  override seek(_task: Task, offset: number, whence: number): number {
    let to: number
    if (whence === SEEK_SET) to = offset
    else if (whence === SEEK_CUR) to = this.position + offset
    else if (whence === SEEK_END) to = this.#data.size + offset
    else if (whence === SEEK_DATA) to = this.#data.nextData(offset)
    else if (whence === SEEK_HOLE) to = this.#data.nextHole(offset)
    else throw EINVAL
    if (to < 0 || to > MAX_SIZE) throw EINVAL
    this.position = to
    return to
  }

  override mmap(
    task: Task,
    offset: number,
    _length: number,
    _prot: number,
    shared: 'shared' | 'private',
  ): MapSource {
    if (shared === 'shared') this.#charge(task)
    return { kind: 'file', file: this.#data.map(), offset, shared: shared === 'shared' }
  }

  /** What is put in belongs to the control group of who does it first. */
  #charge({ cgroups }: Task): void {
    const account = cgroups.memory
    if (account !== undefined) this.#data.chargeTo(account)
  }

  override sync(): void {}
  override truncate(_task: Task, size: number): void {
    this.inode.setattr({ size })
  }
  override allocate(task: Task, mode: number, offset: number, length: number): void {
    if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) throw EOPNOTSUPP
    this.#charge(task)
    if (mode & FALLOC_FL_PUNCH_HOLE) this.#data.punch(offset, length)
    else this.#data.allocate(offset, length, mode & FALLOC_FL_KEEP_SIZE ? 'keep' : 'grow')
    this.inode.touch()
  }
}
