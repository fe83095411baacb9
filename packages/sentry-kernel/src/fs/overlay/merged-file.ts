// An open regular file of an overlay: passes everything on to the layer that has it. (fs/overlay)
// Linux fs/overlayfs/file.c: a descriptor from before copy-up reads the upper file afterwards.

import { O_NOATIME } from '@tsvisor/abi'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import type { MapSource } from '../../platform/platform.ts'
import type { Task } from '../../task/task.ts'
import { updatesAtime } from '../../vfs/atime.ts'
import { CURRENT, FileDescription } from '../../vfs/file-description.ts'
import type { Path } from '../../vfs/path.ts'
import type { MergedInode } from './merged-inode.ts'

export class MergedFile extends FileDescription {
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
  #layer(task: Task): FileDescription {
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

  override get seekable(): boolean {
    return true
  }
  override get mapsByCopy(): boolean {
    return this.#real.mapsByCopy
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
    if (this.inode.upper !== undefined) this.#layer(task).sync(task, dataOnly)
  }
  override truncate(_task: Task, size: number): void {
    this.inode.setattr({ size })
  }
  override allocate(task: Task, mode: number, offset: number, length: number): void {
    this.#layer(task).allocate(task, mode, offset, length)
  }
}
