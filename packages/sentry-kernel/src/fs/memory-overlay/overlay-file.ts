// An open regular file of an overlay: passes everything on to the layer that has it. (fs/memory-overlay)
// Linux fs/overlayfs/file.c: a descriptor from before copy-up reads the upper file afterwards.

import { O_NOATIME } from '@tsvisor/abi'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import type { MapSource } from '../../platform/platform.ts'
import type { Task } from '../../task/task.ts'
import { CURRENT, FileDescription } from '../../vfs/file-description.ts'
import type { Path } from '../../vfs/path.ts'
import { NOWHERE } from './copy-up.ts'
import type { OverlayInode } from './overlay-inode.ts'

export class OverlayFile extends FileDescription {
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
  #layer(task: Task): FileDescription {
    let real = this.#real
    const { upper, lower } = this.inode
    if (real === undefined || (!this.#isUpper && upper !== undefined)) {
      real?.release()
      // Access times of the lower layer stay as they are.
      real = (upper
        ? upper.open(task, NOWHERE, this.flags)
        : lower!.open(task, NOWHERE, this.flags | O_NOATIME)) as unknown as FileDescription
      this.#real = real
      this.#isUpper = upper !== undefined
    }
    if (this.#isUpper) real.flags = this.flags
    real.position = this.position
    return real
  }

  override get seekable(): boolean {
    return true
  }
  override read(task: Task, target: IoTarget, offset: number): number {
    const real = this.#layer(task)
    const done = real.read(task, target, offset)
    if (offset === CURRENT) this.position = real.position
    return done
  }
  override write(task: Task, source: IoSource, offset: number): number {
    const real = this.#layer(task)
    const done = real.write(task, source, offset)
    if (offset === CURRENT) this.position = real.position
    return done
  }
  override seek(task: Task, offset: number, whence: number): number {
    const to = this.#layer(task).seek(task, offset, whence)
    this.position = to
    return to
  }
  override mmap(
    task: Task,
    offset: number,
    length: number,
    prot: number,
    shared: 'shared' | 'private',
  ): MapSource {
    return this.#layer(task).mmap(task, offset, length, prot, shared)
  }
  override sync(task: Task, dataOnly: 'data' | 'all'): void {
    if (this.inode.upper) this.#layer(task).sync(task, dataOnly)
  }
  override truncate(_task: Task, size: number): void {
    this.inode.setattr({ size })
  }
  override allocate(task: Task, mode: number, offset: number, length: number): void {
    this.#layer(task).allocate(task, mode, offset, length)
  }
}
