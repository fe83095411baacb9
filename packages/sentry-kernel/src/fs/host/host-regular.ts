// A host regular file as an open guest file. (fs/host)

import { EINVAL, O_APPEND, SEEK_CUR, SEEK_END, SEEK_HOLE } from '@tsvisor/abi'
import { lazily } from '../../kernel/lazily.ts'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import type { HostFile } from '../../platform/host.ts'
import type { MapSource } from '../../platform/platform.ts'
import type { Task } from '../../task/task.ts'
import { CURRENT, FileDescription } from '../../vfs/file-description.ts'
import type { Path } from '../../vfs/path.ts'
import type { HostInode } from './host-inode.ts'

const CHUNK = 256 * 1024
const chunkOf = lazily(() => new Uint8Array(CHUNK))

/**
 * An inherited one uses the host's own position: whoever started the container shares it, as with
 * `cmd >> log` where the shell writes before and after. One opened anew has its own.
 */
export class HostRegular extends FileDescription {
  declare readonly inode: HostInode
  readonly host: HostFile
  readonly #inherited: boolean

  constructor(inode: HostInode, path: Path | undefined, flags: number) {
    super(inode, path, flags)
    this.host = inode.host
    this.#inherited = path === undefined
    inode.hold()
  }
  protected override close(): void {
    this.inode.drop()
  }
  /** Where a transfer starts on the host: CURRENT is the host's own position. */
  #start(offset: number): number {
    return offset === CURRENT && !this.#inherited ? this.position : offset
  }
  #advance(offset: number, bytes: number): void {
    if (offset === CURRENT && !this.#inherited) this.position += bytes
  }
  override get seekable(): boolean {
    return true
  }

  override read(_task: Task, target: IoTarget, offset: number): number {
    const chunk = chunkOf()
    const start = this.#start(offset)
    let total = 0
    while (target.remaining > 0) {
      const want = Math.min(target.remaining, CHUNK)
      const at = start === CURRENT ? CURRENT : start + total
      const got = this.host.read(chunk.subarray(0, want), at)
      if (got === 0) break
      total += target.put(chunk.subarray(0, got))
      if (got < want) break
    }
    this.#advance(offset, total)
    return total
  }

  override write(_task: Task, source: IoSource, offset: number): number {
    const chunk = chunkOf()
    const appends = !this.#inherited && (this.flags & O_APPEND) !== 0
    if (appends && offset === CURRENT) this.position = this.host.size()
    const start = this.#start(offset)
    let total = 0
    while (source.remaining > 0) {
      const taken = source.take(chunk.subarray(0, Math.min(source.remaining, CHUNK)))
      const at = start === CURRENT ? CURRENT : start + total
      const written = this.#store(chunk.subarray(0, taken), at, total)
      source.untake(taken - written)
      total += written
      if (written < taken) break
    }
    this.#advance(offset, total)
    return total
  }
  /** Bytes written. Once something was, a failure is left for the next call to find. */
  #store(data: Uint8Array, at: number, before: number): number {
    try {
      return this.host.write(data, at)
    } catch (error) {
      if (before === 0) throw error
      return 0
    }
  }

  override seek(_task: Task, offset: number, whence: number): number {
    if (whence < 0 || whence > SEEK_HOLE) throw EINVAL
    if (this.#inherited) return this.host.seek(offset, whence)
    const base = whence === SEEK_CUR ? this.position : whence === SEEK_END ? this.host.size() : 0
    const to = whence > SEEK_END ? this.host.seek(offset, whence) : base + offset
    if (to < 0) throw EINVAL
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
