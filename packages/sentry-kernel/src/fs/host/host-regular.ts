// A host regular file as an open guest file. (fs/host)

import { EINVAL, SEEK_HOLE } from '@tsvisor/abi'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import type { HostFile } from '../../platform/host.ts'
import type { MapSource } from '../../platform/platform.ts'
import type { Task } from '../../task/task.ts'
import { CURRENT, FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'

const CHUNK = 256 * 1024
const chunk = new Uint8Array(CHUNK)

/**
 * The position is the host's own: whoever started the container shares it, as with `cmd >> log`
 * where the shell writes before and after.
 */
export class HostRegular extends FileDescription {
  readonly host: HostFile

  constructor(inode: Inode, host: HostFile, flags: number) {
    super(inode, undefined, flags)
    this.host = host
  }
  protected override close(): void {
    this.host.close()
  }
  override get seekable(): boolean {
    return true
  }

  override read(_task: Task, target: IoTarget, offset: number): number {
    let total = 0
    while (target.remaining > 0) {
      const want = Math.min(target.remaining, CHUNK)
      const at = offset === CURRENT ? CURRENT : offset + total
      const got = this.host.read(chunk.subarray(0, want), at)
      if (got === 0) break
      total += target.put(chunk.subarray(0, got))
      if (got < want) break
    }
    return total
  }

  override write(_task: Task, source: IoSource, offset: number): number {
    let total = 0
    while (source.remaining > 0) {
      const want = Math.min(source.remaining, CHUNK)
      const taken = source.take(chunk.subarray(0, want))
      const at = offset === CURRENT ? CURRENT : offset + total
      const written = this.host.write(chunk.subarray(0, taken), at)
      total += written
      if (written < want) break
    }
    return total
  }

  override seek(_task: Task, offset: number, whence: number): number {
    if (whence < 0 || whence > SEEK_HOLE) throw EINVAL
    return this.host.seek(offset, whence)
  }
  override mmap(
    _task: Task,
    offset: number,
    _length: number,
    _prot: number,
    shared: 'shared' | 'private',
  ): MapSource {
    return { kind: 'file', file: this.host, offset, shared: shared === 'shared' }
  }
  override sync(_task: Task, dataOnly: 'data' | 'all'): void {
    this.host.sync(dataOnly === 'data')
  }
  override truncate(_task: Task, size: number): void {
    this.host.truncate(size)
  }
  override allocate(_task: Task, mode: number, offset: number, length: number): void {
    this.host.allocate(mode, offset, length)
  }
  override label(): string {
    return `host:[${this.inode.attr().ino}]`
  }
}
