// An open regular file that another description stands for. (vfs)

import type { IoSource, IoTarget } from '../mm/io.ts'
import type { MapSource } from '../platform/platform.ts'
import type { Task } from '../task/task.ts'
import { dropPrivilegesToWrite } from './attributes.ts'
import { CURRENT, FileDescription } from './file-description.ts'
import { isWatched } from './notify.ts'

export abstract class DelegatingFile extends FileDescription {
  /** The one that does what is asked, at this one's position. */
  protected abstract real(task: Task): FileDescription

  override get seekable(): boolean {
    return true
  }
  override read(task: Task, target: IoTarget, offset: number): number {
    const real = this.real(task)
    const done = real.read(task, target, offset)
    if (offset === CURRENT) this.position = real.position
    return done
  }
  override write(task: Task, source: IoSource, offset: number): number {
    // The real one tells nobody.
    if (source.remaining > 0 && isWatched(this)) dropPrivilegesToWrite(task, this)
    const real = this.real(task)
    const done = real.write(task, source, offset)
    if (offset === CURRENT) this.position = real.position
    return done
  }
  override seek(task: Task, offset: number, whence: number): number {
    const to = this.real(task).seek(task, offset, whence)
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
    return this.real(task).mmap(task, offset, length, prot, shared)
  }
  override truncate(_task: Task, size: number): void {
    this.inode.setattr({ size })
  }
  override allocate(task: Task, mode: number, offset: number, length: number): void {
    this.real(task).allocate(task, mode, offset, length)
  }
}
