// An open regular file of an overlay: passes everything on to the layer that has it. (fs/memory-overlay)
// Linux fs/overlayfs/file.c: a descriptor from before copy-up reads the upper file afterwards.

import { O_NOATIME } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { DelegatingFile } from '../../vfs/delegating-file.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import { NOWHERE, type Path } from '../../vfs/path.ts'
import type { OverlayInode } from './overlay-inode.ts'

export class OverlayFile extends DelegatingFile {
  declare readonly inode: OverlayInode
  #real: FileDescription | undefined
  #isUpper = false

  constructor(inode: OverlayInode, path: Path, flags: number) {
    super(inode, path, flags)
    inode.opened()
  }
  protected override close(): void {
    this.#real?.release()
    this.#real = undefined
    this.inode.closed()
  }

  /** The description in the layer that has the file now, at this one's position. */
  protected override real(task: Task): FileDescription {
    let real = this.#real
    const { upper, lower } = this.inode
    if (real === undefined || (!this.#isUpper && upper !== undefined)) {
      real?.release()
      // Access times of the lower layer stay as they are.
      real = (
        upper
          ? upper.open(task, NOWHERE, this.flags)
          : lower!.open(task, NOWHERE, this.flags | O_NOATIME)
      ) as FileDescription
      this.#real = real
      this.#isUpper = upper !== undefined
    }
    if (this.#isUpper) real.flags = this.flags
    real.position = this.position
    return real
  }

  override sync(task: Task, dataOnly: 'data' | 'all'): void {
    if (this.inode.upper) this.real(task).sync(task, dataOnly)
  }
}
