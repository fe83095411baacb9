// An open directory of an fs-like object. (fs/node)

import { DT_DIR, EINVAL, SEEK_CUR, SEEK_SET } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { type Dirent, FileDescription } from '../../vfs/file-description.ts'
import type { NodeInode } from './node-inode.ts'

/** Entries are those of the moment when reading began. */
export class NodeDirectory extends FileDescription {
  declare readonly inode: NodeInode
  #snapshot: readonly Dirent[] | undefined

  override iterate(_task: Task, emit: (entry: Dirent, next: number) => boolean): void {
    const { inode } = this
    if (this.position === 0 || this.#snapshot === undefined) {
      const dots = [inode, inode.parent ?? inode].map(({ ino }, i) => ({
        name: i === 0 ? '.' : '..',
        ino,
        type: DT_DIR,
      }))
      this.#snapshot = [...dots, ...inode.list()]
    }
    for (;;) {
      const entry = this.#snapshot[this.position]
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
