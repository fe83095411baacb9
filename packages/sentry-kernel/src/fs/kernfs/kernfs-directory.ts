// An open directory of a declared tree. (fs/kernfs)

import { EINVAL, SEEK_CUR, SEEK_END, SEEK_SET } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { type Dirent, FileDescription } from '../../vfs/file-description.ts'
import type { KernfsInode } from './kernfs.ts'
import type { Node } from './node.ts'

const DT_DIR = 4

/** Lists what was there when reading started, or was rewound: nothing shows twice, nothing is skipped. */
export class KernfsDirectory extends FileDescription {
  #snapshot: (readonly [string, Node])[] | undefined
  declare readonly inode: KernfsInode

  override get seekable(): boolean {
    return true
  }

  override iterate(task: Task, emit: (entry: Dirent, next: number) => boolean): void {
    const { inode } = this
    if (this.position === 0 || this.#snapshot === undefined)
      this.#snapshot = [...inode.entries(task)]
    for (; ; this.position++) {
      const at = this.position
      let entry: Dirent
      if (at === 0) entry = { name: '.', ino: inode.ino, type: DT_DIR }
      else if (at === 1) entry = { name: '..', ino: (inode.parent ?? inode).ino, type: DT_DIR }
      else {
        const found = this.#snapshot[at - 2]
        if (found === undefined) return
        entry = inode.dirent(found[0], found[1])
      }
      if (!emit(entry, at + 1)) return
    }
  }

  override seek(_task: Task, offset: number, whence: number): number {
    // The end is at 0, the size of such a directory (generic_file_llseek).
    const isKnown = whence === SEEK_SET || whence === SEEK_CUR || whence === SEEK_END
    const to = whence === SEEK_CUR ? this.position + offset : offset
    if (!isKnown || to < 0) throw EINVAL
    this.position = to
    return to
  }
}
