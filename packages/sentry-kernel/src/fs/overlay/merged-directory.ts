// An open directory of an overlay: the names of all layers, merged when reading begins. (fs/overlay)

import type { Task } from '../../task/task.ts'
import { updatesAtime } from '../../vfs/atime.ts'
import type { Dirent } from '../../vfs/file-description.ts'
import { SnapshotDirectory } from '../../vfs/snapshot-directory.ts'
import type { MergedInode } from './merged-inode.ts'

export class MergedDirectory extends SnapshotDirectory {
  declare readonly inode: MergedInode

  protected override get parent(): MergedInode {
    return this.inode.place?.directory ?? this.inode
  }
  override iterate(task: Task, emit: (entry: Dirent, next: number) => boolean): void {
    const { inode } = this
    if (inode.isRemoved) return
    if (updatesAtime(this, task)) inode.upper?.touchAtime(task.kernel.clock.realtime())
    super.iterate(task, emit)
  }
}
