// A file system over a declared tree of generated files. (fs/kernfs)

import {
  EACCES,
  EINVAL,
  ELOOP,
  ENOENT,
  ENOTDIR,
  EOPNOTSUPP,
  EPERM,
  type Errno,
  IN_MODIFY,
} from '@tsvisor/abi'
import type { Time } from '../../platform/host.ts'
import type { Task } from '../../task/task.ts'
import type { Dirent, FileDescription } from '../../vfs/file-description.ts'
import {
  type Attr,
  type AttrChange,
  type FileSystem,
  Inode,
  type Owner,
  type StatFs,
} from '../../vfs/inode.ts'
import { notifySelf } from '../../vfs/notify.ts'
import type { Path } from '../../vfs/path.ts'
import { ANY_EVENT } from '../../wait-queue.ts'
import { simpleStatfs } from '../simple-statfs.ts'
import { KernfsDirectory } from './kernfs-directory.ts'
import { KernfsFile } from './kernfs-file.ts'
import type { Changes, DirectoryNode, Node } from './node.ts'

const TYPE_BITS = { file: 0o100000, directory: 0o040000, link: 0o120000 } as const
const DIRENT_TYPE = { file: 8, directory: 4, link: 10 } as const

function linksOf(node: Node): number {
  if (node.kind !== 'directory' || node.isUncounted) return 1
  return 2 + (node.subdirectories ?? 0)
}

const ROOT_INO = 1

export interface KernfsOptions {
  /** "proc", "sysfs" … */
  readonly type: string
  readonly dev: number
  readonly root: DirectoryNode
  /** statfs f_type. */
  readonly magic: number
  /** Time stamp of a file: when it was first looked at, or a fixed one. */
  readonly created: Time | (() => Time)
  /** What making a file answers. Default: EACCES (sysfs); procfs says ENOENT. */
  readonly noCreate?: Errno
  /** For /proc/mounts. */
  readonly mountOptions?: readonly string[]
  /** Whether chmod and chown last (kernfs of Linux), or fail with EPERM (procfs). Default: fail. */
  readonly attributes?: 'kept'
}

export class Kernfs implements FileSystem {
  readonly type: string
  readonly dev: number
  readonly caching = 'never'
  readonly directIo = 'refused'
  readonly root: KernfsInode
  readonly noCreate: Errno
  readonly attributes: 'kept' | undefined
  readonly #created: Time | (() => Time)
  readonly #magic: number
  readonly #options: readonly string[]
  readonly #inodes = new WeakMap<Node, KernfsInode>()
  #lastIno = ROOT_INO

  constructor(options: KernfsOptions) {
    this.type = options.type
    this.dev = options.dev
    this.noCreate = options.noCreate ?? EACCES
    this.attributes = options.attributes
    this.#created = options.created
    this.#magic = options.magic
    this.#options = options.mountOptions ?? []
    this.root = this.inodeOf(options.root, undefined)
  }

  /** The one inode of a node. */
  inodeOf(node: Node, parent: KernfsInode | undefined): KernfsInode {
    let inode = this.#inodes.get(node)
    if (inode === undefined) {
      const ino = node.ino ?? (parent === undefined ? ROOT_INO : ++this.#lastIno)
      const time = typeof this.#created === 'function' ? this.#created() : this.#created
      inode = new KernfsInode(this, node, parent, ino, time)
      this.#inodes.set(node, inode)
      if (node.kind === 'file' && node.changes?.isModification) tellWatchers(inode, node.changes)
    }
    return inode
  }

  statfs(): StatFs {
    return simpleStatfs(this.#magic)
  }
  options(): readonly string[] {
    return this.#options
  }
  release(): void {}
}

function tellWatchers(inode: Inode, { queue }: Changes): void {
  queue.add({ mask: ANY_EVENT, wake: () => notifySelf(inode, IN_MODIFY) })
}

export class KernfsInode extends Inode {
  readonly fs: Kernfs
  readonly node: Node
  readonly parent: KernfsInode | undefined
  readonly ino: number
  readonly #time: Time
  #changed: Partial<Pick<Attr, 'mode' | 'uid' | 'gid'>> | undefined

  constructor(fs: Kernfs, node: Node, parent: KernfsInode | undefined, ino: number, time: Time) {
    super()
    this.fs = fs
    this.node = node
    this.parent = parent
    this.ino = ino
    this.#time = time
  }

  override get isAlwaysEmpty(): boolean {
    return this.node.kind === 'directory' && this.node.isAlwaysEmpty === true
  }
  override get type(): number {
    return TYPE_BITS[this.node.kind]
  }
  attr(): Attr {
    const { node } = this
    const owner = node.owner?.()
    const time = this.#time
    return {
      ino: this.ino,
      mode: TYPE_BITS[node.kind] | (this.#changed?.mode ?? node.mode),
      uid: this.#changed?.uid ?? owner?.uid ?? 0,
      gid: this.#changed?.gid ?? owner?.gid ?? 0,
      nlink: linksOf(node),
      rdev: 0,
      size: node.size ?? 0,
      blksize: this.fs.type === 'proc' ? 1024 : 4096,
      blocks: 0,
      atime: time,
      mtime: time,
      ctime: time,
    }
  }

  override getxattr(_name: string): Uint8Array {
    throw EOPNOTSUPP
  }

  override setattr(change: AttrChange): void {
    // O_TRUNC on a writable file is fine and changes nothing; times are not kept.
    const { mode, uid, gid } = change
    if (mode === undefined && uid === undefined && gid === undefined) return
    if (this.fs.attributes === undefined) throw EPERM
    this.#changed = {
      ...this.#changed,
      ...(mode !== undefined && { mode: mode & 0o7777 }),
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    }
  }

  override lookup(name: string): Inode | undefined {
    if (this.node.kind !== 'directory') throw ENOTDIR
    const node = this.node.lookup(name)
    if (node !== undefined) return this.fs.inodeOf(node, this)
    // Where nothing can be made, Linux has no negative names either.
    if (this.fs.noCreate === ENOENT) throw ENOENT
    return undefined
  }
  override *list(): Generator<Dirent> {
    for (const [name, node] of this.entries(undefined)) yield this.dirent(name, node)
  }
  override create(): Inode {
    throw this.fs.noCreate
  }
  override mkdir(name: string, mode: number, owner: Owner): Inode {
    if (this.node.kind !== 'directory' || this.node.mkdir === undefined) throw EPERM
    return this.fs.inodeOf(this.node.mkdir(name, mode, owner), this)
  }
  override rmdir(name: string): void {
    if (this.node.kind !== 'directory' || this.node.rmdir === undefined) throw EPERM
    this.node.rmdir(name)
  }

  /** Errors: ENOTDIR. */
  entries(task: Task | undefined): Iterable<readonly [string, Node]> {
    if (this.node.kind !== 'directory') throw ENOTDIR
    return this.node.list(task)
  }
  dirent(name: string, node: Node): Dirent {
    return { name, ino: this.fs.inodeOf(node, this).ino, type: DIRENT_TYPE[node.kind] }
  }

  override readlink(task: Task): string {
    if (this.node.kind !== 'link') throw EINVAL
    return this.node.target(task)
  }
  override followLink(task: Task): Path | undefined {
    return this.node.kind === 'link' ? this.node.follow?.(task) : undefined
  }

  override grants(task: Task): boolean {
    return this.node.grants?.(task) ?? false
  }
  override refuse(task: Task, mask: number): Errno | undefined {
    return this.node.refuse?.(task, mask)
  }

  override open(task: Task, path: Path, flags: number): FileDescription {
    const { node } = this
    if (node.kind === 'directory') return new KernfsDirectory(this, path, flags)
    if (node.kind === 'link') throw ELOOP
    return new KernfsFile(this, node.open ? node.open(task) : node, path, flags)
  }
}
