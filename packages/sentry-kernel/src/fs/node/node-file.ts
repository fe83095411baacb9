// An open regular file of an fs-like object. (fs/node)

import {
  EINVAL,
  ENODEV,
  ENXIO,
  EOPNOTSUPP,
  O_APPEND,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
} from '@tsvisor/abi'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import type { MapSource } from '../../platform/platform.ts'
import type { Task } from '../../task/task.ts'
import { dropPrivilegesToWrite } from '../../vfs/attributes.ts'
import { CURRENT, FileDescription } from '../../vfs/file-description.ts'
import { limitedSource } from '../../vfs/file-size-limit.ts'
import type { Path } from '../../vfs/path.ts'
import type { FsLike } from './fs-like.ts'
import { translating } from './node-error.ts'
import type { NodeInode } from './node-inode.ts'

/** Bytes moved per call. */
const CHUNK = 64 * 1024
const chunk = new Uint8Array(CHUNK)

export class NodeFile extends FileDescription {
  declare readonly inode: NodeInode
  readonly #fd: number

  constructor(inode: NodeInode, fd: number, path: Path, flags: number) {
    super(inode, path, flags)
    this.#fd = fd
  }
  get #fs(): FsLike {
    return this.inode.fs.fs
  }
  protected override close(): void {
    this.inode.closed(this.#fd)
  }

  override get mapsByCopy(): boolean {
    return true
  }
  override get seekable(): boolean {
    return true
  }

  override read(_task: Task, target: IoTarget, offset: number): number {
    const start = offset === CURRENT ? this.position : offset
    let at = start
    while (target.remaining > 0) {
      const want = Math.min(target.remaining, CHUNK)
      const from = at
      const got = translating(() => this.#fs.readSync(this.#fd, chunk, 0, want, from))
      if (got === 0) break
      const stored = this.#unless(at > start, () => target.put(chunk.subarray(0, got)))
      at += stored
      if (stored < got || got < want) break
    }
    if (offset === CURRENT) this.position = at
    this.inode.changed()
    return at - start
  }

  override write(task: Task, source: IoSource, offset: number): number {
    const append = (this.flags & O_APPEND) !== 0
    const start = append ? this.#size() : offset === CURRENT ? this.position : offset
    if (source.remaining === 0) return 0
    const limited = limitedSource(task, source, start)
    dropPrivilegesToWrite(task, this)
    let at = start
    while (limited.remaining > 0) {
      const piece = chunk.subarray(0, Math.min(limited.remaining, CHUNK))
      const taken = this.#unless(at > start, () => limited.take(piece))
      if (taken === 0) break
      const to = at
      at += this.#unless(at > start, () =>
        translating(() => this.#fs.writeSync(this.#fd, chunk, 0, taken, to)),
      )
    }
    if (offset === CURRENT) this.position = at
    this.inode.changed()
    return at - start
  }

  /** Once something was transferred, a later failure ends the call short instead of failing it. */
  #unless(begun: boolean, step: () => number): number {
    if (!begun) return step()
    try {
      return step()
    } catch {
      return 0
    }
  }

  #size(): number {
    return translating(() => this.#fs.fstatSync(this.#fd)).size
  }

  override seek(_task: Task, offset: number, whence: number): number {
    let to: number
    if (whence === SEEK_SET) to = offset
    else if (whence === SEEK_CUR) to = this.position + offset
    else if (whence === SEEK_END) to = this.#size() + offset
    else if (whence === SEEK_DATA || whence === SEEK_HOLE) {
      // All data, and a hole at the end: what file systems without holes answer.
      if (offset < 0 || offset >= this.#size()) throw ENXIO
      to = whence === SEEK_DATA ? offset : this.#size()
    } else throw EINVAL
    if (to < 0) throw EINVAL
    this.position = to
    return to
  }

  /** Private mappings get a copy of the whole file; shared writable ones cannot be kept in step. */
  override mmap(
    _task: Task,
    offset: number,
    _length: number,
    prot: number,
    shared: 'shared' | 'private',
  ): MapSource {
    if (shared === 'shared' && prot & 2) throw ENODEV
    const file = this.inode.fs.platform.newMemoryFile('nodefs')
    const size = this.#size()
    file.resize(size)
    for (let at = 0; at < size; ) {
      const from = at
      const got = translating(() => this.#fs.readSync(this.#fd, chunk, 0, CHUNK, from))
      if (got === 0) break
      file.write(chunk.subarray(0, Math.min(got, size - at)), at)
      at += got
    }
    return { kind: 'file', file, offset, shared: false }
  }

  override sync(): void {
    translating(() => this.#fs.fsyncSync(this.#fd))
  }
  override truncate(_task: Task, size: number): void {
    translating(() => this.#fs.ftruncateSync(this.#fd, size))
    this.inode.changed()
  }
  override allocate(_task: Task, mode: number, offset: number, length: number): void {
    if (mode !== 0) throw EOPNOTSUPP
    if (offset + length > this.#size()) this.truncate(_task, offset + length)
  }
}
