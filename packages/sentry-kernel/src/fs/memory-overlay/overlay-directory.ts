// An open directory of an overlay: both layers' names, merged when reading begins. (fs/memory-overlay)

import { DT_DIR, EINVAL, SEEK_CUR, SEEK_SET } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { type Dirent, FileDescription } from '../../vfs/file-description.ts'
import type { Path } from '../../vfs/path.ts'
import type { OverlayInode } from './overlay-inode.ts'

/** Positions count the entries of the snapshot, so that they hold while names come and go. */
export class OverlayDirectory extends FileDescription {
  declare readonly inode: OverlayInode
  #snapshot: readonly Dirent[] | undefined

  constructor(inode: OverlayInode, path: Path, flags: number) {
    super(inode, path, flags)
    inode.opened()
  }
  protected override close(): void {
    this.inode.closed()
  }

  override iterate(_task: Task, emit: (entry: Dirent, next: number) => boolean): void {
    const { inode } = this
    if (this.position === 0 || this.#snapshot === undefined) this.#snapshot = inode.list()
    for (; this.position < 2; this.position++) {
      const dots = this.position === 0 ? inode : inode.parent
      const name = this.position === 0 ? '.' : '..'
      if (!emit({ name, ino: dots.attr().ino, type: DT_DIR }, this.position + 1)) return
    }
    for (;;) {
      const entry = this.#snapshot[this.position - 2]
      if (entry === undefined || !emit(entry, this.position + 1)) return
      this.position++
    }
  }

  override seek(_task: Task, offset: number, whence: number): number {
    const to = whence === SEEK_SET ? offset : whence === SEEK_CUR ? this.position + offset : -1
    if (to < 0) throw EINVAL
    this.position = to
    return to
  }
  override sync(): void {}
}
