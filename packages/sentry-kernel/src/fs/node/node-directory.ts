// An open directory of an fs-like object. (fs/node)

import { SnapshotDirectory } from '../../vfs/snapshot-directory.ts'
import type { NodeInode } from './node-inode.ts'

export class NodeDirectory extends SnapshotDirectory {
  declare readonly inode: NodeInode

  protected override get parent(): NodeInode {
    return this.inode.parent ?? this.inode
  }
}
