// An open regular file of the server: reads and writes go to the passed host descriptor. (fs/gofer)

import { EINVAL, ENXIO } from '@tsvisor/abi'
import { lazily } from '../../kernel/lazily.ts'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import type { HostFile } from '../../platform/host.ts'
import type { MapSource } from '../../platform/platform.ts'
import type { Task } from '../../task/task.ts'
import { dropPrivilegesToWrite } from '../../vfs/attributes.ts'
import { CURRENT, FileDescription } from '../../vfs/file-description.ts'
import { limitedSource } from '../../vfs/file-size-limit.ts'
import type { Path } from '../../vfs/path.ts'
import type { GoferInode } from './gofer-inode.ts'

const O_APPEND = 0o2000
const SEEK_SET = 0
const SEEK_CUR = 1
const SEEK_END = 2
const SEEK_DATA = 3
const SEEK_HOLE = 4

/** Bytes moved per host call. */
const CHUNK = 256 * 1024
const chunkOf = lazily(() => new Uint8Array(CHUNK))

export class GoferFile extends FileDescription {
  declare readonly inode: GoferInode
  readonly host: HostFile

  constructor(inode: GoferInode, host: HostFile, path: Path, flags: number) {
    super(inode, path, flags)
    this.host = host
    inode.pin()
  }

  protected override close(): void {
    this.inode.files.closed(this.host)
    this.inode.unpin()
  }

  override get seekable(): boolean {
    return true
  }

  override read(_task: Task, target: IoTarget, offset: number): number {
    const chunk = chunkOf()
    let at = offset === CURRENT ? this.position : offset
    let total = 0
    while (target.remaining > 0) {
      const want = Math.min(target.remaining, CHUNK)
      const got = this.host.read(want === CHUNK ? chunk : chunk.subarray(0, want), at)
      if (got === 0) break
      const stored = this.#stored(() => target.put(chunk.subarray(0, got)), total)
      total += stored
      at += stored
      if (stored < got || got < want) break
    }
    if (offset === CURRENT) this.position = at
    return total
  }

  override write(task: Task, wanted: IoSource, offset: number): number {
    const chunk = chunkOf()
    const append = (this.flags & O_APPEND) !== 0
    let at = append ? this.host.size() : offset === CURRENT ? this.position : offset
    const source = limitedSource(task, wanted, at)
    if (source.remaining > 0 && this.inode.isSetId) dropPrivilegesToWrite(task, this)
    let total = 0
    while (source.remaining > 0) {
      const want = Math.min(source.remaining, CHUNK)
      const piece = chunk.subarray(0, want)
      const taken = this.#stored(() => source.take(piece), total)
      if (taken === 0) break
      const written = this.#stored(() => this.host.write(piece.subarray(0, taken), at), total)
      total += written
      at += written
      if (written < want) break
    }
    this.#changed()
    if (offset === CURRENT) this.position = at
    return total
  }

  /** Once something was transferred, a later failure ends the call short instead of failing it. */
  #stored(step: () => number, total: number): number {
    if (total === 0) return step()
    try {
      return step()
    } catch {
      return 0
    }
  }

  override seek(_task: Task, offset: number, whence: number): number {
    let to: number
    if (whence === SEEK_SET) to = offset
    else if (whence === SEEK_CUR) to = this.position + offset
    else if (whence === SEEK_END) to = this.host.size() + offset
    else if (whence === SEEK_DATA || whence === SEEK_HOLE) {
      if (offset < 0) throw ENXIO
      to = this.host.seek(offset, whence)
    } else throw EINVAL
    if (to < 0 || to > Number.MAX_SAFE_INTEGER) throw EINVAL
    this.position = to
    return to
  }

  override mmap(
    _task: Task,
    offset: number,
    _length: number,
    _prot: number,
    shared: 'shared' | 'private',
  ): MapSource {
    if (shared === 'shared' && this.writable) this.inode.markStale()
    return { kind: 'file', file: this.host, offset, shared: shared === 'shared' }
  }

  override sync(_task: Task, dataOnly: 'data' | 'all'): void {
    this.host.sync(dataOnly === 'data')
  }
  override truncate(_task: Task, size: number): void {
    this.host.truncate(size)
    this.#changed()
  }
  override allocate(_task: Task, mode: number, offset: number, length: number): void {
    this.host.allocate(mode, offset, length)
    this.#changed()
  }

  #changed(): void {
    this.inode.markStale()
    if (this.inode.isSetId) this.inode.restoreMode()
  }
}
