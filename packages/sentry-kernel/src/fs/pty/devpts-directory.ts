// An open devpts directory. (fs/pty)

import { EINVAL } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { type Dirent, FileDescription } from '../../vfs/file-description.ts'

const DT_DIR = 4

/** Positions are 0 and 1 for the dots, then the slave's number plus 3 (2 is ptmx), so that nothing shifts. */
export class DevptsDirectory extends FileDescription {
  override iterate(_task: Task, emit: (entry: Dirent, next: number) => boolean): void {
    for (; this.position < 2; this.position++) {
      const name = this.position === 0 ? '.' : '..'
      if (!emit({ name, ino: 1, type: DT_DIR }, this.position + 1)) return
    }
    const entries = [...this.inode.list()].sort((a, b) => a.ino - b.ino)
    for (const entry of entries) {
      if (entry.ino < this.position) continue
      if (!emit(entry, entry.ino + 1)) return
      this.position = entry.ino + 1
    }
  }
  override seek(_task: Task, offset: number, whence: number): number {
    const to = whence === 0 ? offset : whence === 1 ? this.position + offset : -1
    if (to < 0) throw EINVAL
    this.position = to
    return to
  }
  override get seekable(): boolean {
    return true
  }
}
