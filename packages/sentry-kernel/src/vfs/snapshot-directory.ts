// An open directory whose entries are those of the moment when reading began. (vfs)

import { DT_DIR, EINVAL, SEEK_CUR, SEEK_SET } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import { type Dirent, FileDescription } from './file-description.ts'
import type { Inode } from './inode.ts'

/** Positions count the entries of the snapshot, so that they hold while names come and go. */
export abstract class SnapshotDirectory extends FileDescription {
  #snapshot: readonly Dirent[] | undefined

  /** What ".." is. */
  protected abstract get parent(): Inode

  override iterate(_task: Task, emit: (entry: Dirent, next: number) => boolean): void {
    const { inode } = this
    if (this.position === 0 || this.#snapshot === undefined) {
      const listed = inode.list()
      this.#snapshot = Array.isArray(listed) ? listed : [...listed]
    }
    for (; this.position < 2; this.position++) {
      const [name, dots] = this.position === 0 ? ['.', inode] : ['..', this.parent]
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
  override sync(_task: Task, _dataOnly: 'data' | 'all'): void {}
}
