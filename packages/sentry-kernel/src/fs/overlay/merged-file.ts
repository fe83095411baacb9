// An open regular file of an overlay: passes everything on to the layer that has it. (fs/overlay)
// Linux fs/overlayfs/file.c: a descriptor from before copy-up reads the upper file afterwards.

import { O_NOATIME } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { updatesAtime } from '../../vfs/atime.ts'
import { DelegatingFile } from '../../vfs/delegating-file.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import type { Path } from '../../vfs/path.ts'
import type { MergedInode } from './merged-inode.ts'

export class MergedFile extends DelegatingFile {
  declare readonly inode: MergedInode
  #real: FileDescription
  #isUpper: boolean

  /** `real`: a description of the file that shows. */
  constructor(inode: MergedInode, path: Path, flags: number, real: FileDescription) {
    super(inode, path, flags)
    this.#real = real
    this.#isUpper = inode.upper !== undefined
    if (this.writable) inode.fs.upper?.mount.changeWriters(1)
  }
  protected override close(): void {
    this.#real.release()
    if (this.writable) this.inode.fs.upper?.mount.changeWriters(-1)
  }

  /** The description in the layer that has the file now, at this one's position. */
  protected override real(task: Task): FileDescription {
    const { inode } = this
    if (!this.#isUpper && inode.upper !== undefined) {
      const old = this.#real
      this.#real = inode.openReal(task, this.flags)
      this.#isUpper = true
      old.release()
    }
    const real = this.#real
    if (this.#isUpper) real.flags = updatesAtime(this, task) ? this.flags : this.flags | O_NOATIME
    real.position = this.position
    return real
  }

  override get mapsByCopy(): boolean {
    return this.#real.mapsByCopy
  }
  override sync(task: Task, dataOnly: 'data' | 'all'): void {
    if (this.inode.upper !== undefined) this.real(task).sync(task, dataOnly)
  }
}
