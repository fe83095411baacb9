// A file system over a declared tree of generated files. (fs/kernfs)

import { EACCES, EINVAL, EIO, ELOOP, ENOTDIR, EPERM, type Errno } from '@tsvisor/abi'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import { bytesOf } from '../../mm/user-memory.ts'
import type { Time } from '../../platform/host.ts'
import type { Task } from '../../task/task.ts'
import { CURRENT, type Dirent, FileDescription } from '../../vfs/file-description.ts'
import { type Attr, type AttrChange, type FileSystem, Inode, type StatFs } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import type { DirectoryNode, FileNode, Node } from './node.ts'

const TYPE_BITS = { file: 0o100000, directory: 0o040000, link: 0o120000 } as const
const DIRENT_TYPE = { file: 8, directory: 4, link: 10 } as const
const NAME_MAX = 255
/** The longest write(2) that reaches a node, bytes. */
const MAX_WRITE = 1 << 20

export interface KernfsOptions {
  /** "proc", "sysfs" … */
  readonly type: string
  readonly dev: number
  readonly root: DirectoryNode
  /** statfs f_type. */
  readonly magic: number
  /** Time stamp of every file. */
  readonly created: Time
}

export class Kernfs implements FileSystem {
  readonly type: string
  readonly dev: number
  readonly caching = 'never'
  readonly root: KernfsInode
  readonly created: Time
  readonly #magic: number

  constructor(options: KernfsOptions) {
    this.type = options.type
    this.dev = options.dev
    this.created = options.created
    this.#magic = options.magic
    this.root = new KernfsInode(this, options.root, undefined)
  }

  statfs(): StatFs {
    return {
      type: this.#magic,
      bsize: 4096,
      blocks: 0,
      bfree: 0,
      bavail: 0,
      files: 0,
      ffree: 0,
      namelen: NAME_MAX,
    }
  }
  options(): readonly string[] {
    return []
  }
  release(): void {}
}

export class KernfsInode extends Inode {
  readonly fs: Kernfs
  readonly node: Node
  readonly parent: KernfsInode | undefined

  constructor(fs: Kernfs, node: Node, parent: KernfsInode | undefined) {
    super()
    this.fs = fs
    this.node = node
    this.parent = parent
  }

  attr(): Attr {
    const { node } = this
    const owner = node.owner?.()
    const time = this.fs.created
    return {
      ino: node.ino,
      mode: TYPE_BITS[node.kind] | node.mode,
      uid: owner?.uid ?? 0,
      gid: owner?.gid ?? 0,
      nlink: node.kind === 'directory' ? 2 : 1,
      rdev: 0,
      size: 0,
      blksize: node.kind === 'file' ? 1024 : 4096,
      blocks: 0,
      atime: time,
      mtime: time,
      ctime: time,
    }
  }

  override setattr(change: AttrChange): void {
    // O_TRUNC on a writable file is fine and changes nothing.
    if (change.mode !== undefined || change.uid !== undefined || change.gid !== undefined)
      throw EPERM
  }

  override lookup(name: string): Inode | undefined {
    if (this.node.kind !== 'directory') throw ENOTDIR
    const node = this.node.lookup(name)
    return node && new KernfsInode(this.fs, node, this)
  }

  override readlink(task: Task): string {
    if (this.node.kind !== 'link') throw EINVAL
    return this.node.target(task)
  }
  override followLink(task: Task): Path | undefined {
    return this.node.kind === 'link' ? this.node.follow?.(task) : undefined
  }

  override refuse(task: Task, mask: number): Errno | undefined {
    return this.node.allow === undefined || this.node.allow(task, mask) ? undefined : EACCES
  }

  override open(_task: Task, path: Path, flags: number): FileDescription {
    const { node } = this
    if (node.kind === 'directory') return new KernfsDirectory(this, node, path, flags)
    if (node.kind === 'link') throw ELOOP
    return new KernfsFile(this, node, path, flags)
  }
}

class KernfsFile extends FileDescription {
  readonly #node: FileNode
  #content: Uint8Array | undefined

  constructor(inode: KernfsInode, node: FileNode, path: Path, flags: number) {
    super(inode, path, flags)
    this.#node = node
  }

  override get seekable(): boolean {
    return true
  }

  override read(task: Task, target: IoTarget, offset: number): number {
    const at = offset === CURRENT ? this.position : offset
    const done = target.put(this.#bytes(task, at, target.remaining))
    if (offset === CURRENT) this.position = at + done
    return done
  }

  #bytes(task: Task, at: number, length: number): Uint8Array {
    if (this.#node.readAt) return this.#node.readAt(task, at, length)
    if (this.#node.read === undefined) throw EIO
    if (at === 0 || this.#content === undefined) {
      const made = this.#node.read(task)
      this.#content = typeof made === 'string' ? bytesOf(made) : made
    }
    return this.#content.subarray(at, at + length)
  }

  override write(task: Task, source: IoSource, offset: number): number {
    if (this.#node.write === undefined) throw EIO
    const data = new Uint8Array(Math.min(source.remaining, MAX_WRITE))
    const taken = source.take(data)
    const at = offset === CURRENT ? this.position : offset
    const done = this.#node.write(task, data.subarray(0, taken), at)
    if (offset === CURRENT) this.position = at + done
    return done
  }

  override seek(_task: Task, offset: number, whence: number): number {
    const to = whence === 0 ? offset : whence === 1 ? this.position + offset : -1
    // /proc/PID/mem addresses are offsets: any 64-bit value is one.
    if (to < 0 && this.#node.readAt === undefined) throw EINVAL
    this.position = to
    return to
  }
}

class KernfsDirectory extends FileDescription {
  readonly #node: DirectoryNode
  #snapshot: (readonly [string, Node])[] | undefined
  declare readonly inode: KernfsInode

  constructor(inode: KernfsInode, node: DirectoryNode, path: Path, flags: number) {
    super(inode, path, flags)
    this.#node = node
  }

  override iterate(_task: Task, emit: (entry: Dirent, next: number) => boolean): void {
    if (this.position === 0 || this.#snapshot === undefined) this.#snapshot = [...this.#node.list()]
    for (; ; this.position++) {
      const at = this.position
      let entry: Dirent
      if (at < 2) {
        const inode = at === 0 ? this.inode : (this.inode.parent ?? this.inode)
        entry = { name: at === 0 ? '.' : '..', ino: inode.node.ino, type: DIRENT_TYPE.directory }
      } else {
        const found = this.#snapshot[at - 2]
        if (found === undefined) return
        entry = { name: found[0], ino: found[1].ino, type: DIRENT_TYPE[found[1].kind] }
      }
      if (!emit(entry, at + 1)) return
    }
  }

  override seek(_task: Task, offset: number, whence: number): number {
    const to = whence === 0 ? offset : whence === 1 ? this.position + offset : -1
    if (to < 0) throw EINVAL
    this.position = to
    return to
  }
}
