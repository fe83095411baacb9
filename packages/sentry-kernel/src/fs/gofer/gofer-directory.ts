// An open directory of the server. (fs/gofer)

import type { Task } from '../../task/task.ts'
import type { Inode } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import { SnapshotDirectory } from '../../vfs/snapshot-directory.ts'
import type { GoferInode } from './gofer-inode.ts'

export class GoferDirectory extends SnapshotDirectory {
  declare readonly inode: GoferInode

  constructor(inode: GoferInode, path: Path, flags: number) {
    super(inode, path, flags)
    inode.pin()
  }
  protected override close(): void {
    this.inode.unpin()
  }
  protected override get parent(): Inode {
    return this.inode.parent ?? this.inode
  }
  override sync(_task: Task, dataOnly: 'data' | 'all'): void {
    this.inode.handle().fsync(dataOnly === 'data')
  }
}
