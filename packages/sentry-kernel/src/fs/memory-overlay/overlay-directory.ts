// An open directory of an overlay: both layers' names, merged when reading begins. (fs/memory-overlay)

import type { Path } from '../../vfs/path.ts'
import { SnapshotDirectory } from '../../vfs/snapshot-directory.ts'
import type { OverlayInode } from './overlay-inode.ts'

export class OverlayDirectory extends SnapshotDirectory {
  declare readonly inode: OverlayInode

  constructor(inode: OverlayInode, path: Path, flags: number) {
    super(inode, path, flags)
    inode.opened()
  }
  protected override close(): void {
    this.inode.closed()
  }
  protected override get parent(): OverlayInode {
    return this.inode.parent
  }
}
