// An open directory of an overlay: the names of all layers, merged when reading begins. (fs/overlay)

import { DT_DIR, EINVAL, SEEK_CUR, SEEK_SET } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { updatesAtime } from '../../vfs/atime.ts'
import { type Dirent, FileDescription } from '../../vfs/file-description.ts'
import type { MergedInode } from './merged-inode.ts'

/** Positions count the entries of the snapshot, so that they hold while names come and go. */
export class MergedDirectory extends FileDescription {
  declare readonly inode: MergedInode
  #snapshot: readonly Dirent[] | undefined

  override iterate(task: Task, emit: (entry: Dirent, next: number) => boolean): void {
    const { inode } = this
    if (inode.isRemoved) return
    if (updatesAtime(this, task)) inode.upper?.touchAtime(task.kernel.clock.realtime())
    if (this.position === 0 || this.#snapshot === undefined) this.#snapshot = inode.list()
    for (; this.position < 2; this.position++) {
      const name = this.position === 0 ? '.' : '..'
      const { ino } = (name === '.' ? inode : (inode.place?.directory ?? inode)).attr()
      if (!emit({ name, ino, type: DT_DIR }, this.position + 1)) return
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
