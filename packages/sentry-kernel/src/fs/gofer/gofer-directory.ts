// An open directory of the server. (fs/gofer)

import { EINVAL } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { type Dirent, FileDescription } from '../../vfs/file-description.ts'
import type { Path } from '../../vfs/path.ts'
import type { GoferInode } from './gofer-inode.ts'

const DT_DIR = 4

/** Entries are those of the moment when reading began at position 0, as on any Linux snapshotting file system. */
export class GoferDirectory extends FileDescription {
  declare readonly inode: GoferInode
  #snapshot: readonly Dirent[] | undefined

  constructor(inode: GoferInode, path: Path, flags: number) {
    super(inode, path, flags)
    inode.pin()
  }

  protected override close(): void {
    this.inode.unpin()
  }

  override iterate(_task: Task, emit: (entry: Dirent, next: number) => boolean): void {
    if (this.position === 0 || this.#snapshot === undefined) this.#snapshot = this.inode.list()
    const entries = this.#snapshot
    const dots = [this.inode, this.inode.parent ?? this.inode]
    for (; this.position < 2; this.position++) {
      const ino = dots[this.position]!.attr().ino
      if (!emit({ name: this.position === 0 ? '.' : '..', ino, type: DT_DIR }, this.position + 1))
        return
    }
    for (; this.position - 2 < entries.length; this.position++) {
      if (!emit(entries[this.position - 2]!, this.position + 1)) return
    }
  }

  override seek(_task: Task, offset: number, whence: number): number {
    const to = whence === 0 ? offset : whence === 1 ? this.position + offset : -1
    if (to < 0) throw EINVAL
    this.position = to
    return to
  }

  override sync(_task: Task, dataOnly: 'data' | 'all'): void {
    this.inode.handle().fsync(dataOnly === 'data')
  }
}
