// Namespaces as files: what /proc/PID/ns/* leads to. (fs/nsfs)
// Linux fs/nsfs.c, include/linux/proc_ns.h.

import type { Kernel } from '../../kernel/kernel.ts'
import { kernelLocal } from '../../kernel/kernel-local.ts'
import type { Task } from '../../task/task.ts'
import { FileDescription } from '../../vfs/file-description.ts'
import { type Attr, type FileSystem, Inode } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import { AnonFs } from '../anon/anon-inode.ts'

export type NamespaceKind = 'cgroup' | 'ipc' | 'mnt' | 'net' | 'pid' | 'time' | 'user' | 'uts'

/** Numbers of the first namespace of each kind (PROC_*_INIT_INO, and what Linux's boot gives). */
const FIRST: Readonly<Record<NamespaceKind, number>> = {
  time: 4_026_531_834,
  cgroup: 4_026_531_835,
  pid: 4_026_531_836,
  user: 4_026_531_837,
  uts: 4_026_531_838,
  ipc: 4_026_531_839,
  net: 4_026_531_840,
  mnt: 4_026_531_841,
}

const NSFS_MAGIC = 0x6e736673
const nsFs = kernelLocal(() => new AnonFs('nsfs', 4, NSFS_MAGIC))

class Registry {
  readonly inodes = new WeakMap<object, NamespaceInode>()
  mounts: object | undefined
  /** Stand for kinds of which this kernel has only one namespace. */
  readonly single = new Map<NamespaceKind, object>()
  last = 4_026_532_000
}
const registry = kernelLocal(() => new Registry())

/** The namespace of that kind that a task is in. */
export function namespaceOf(task: Task, kind: NamespaceKind): object {
  if (kind === 'pid') return task.pidNamespace
  if (kind === 'mnt') return task.mounts
  if (kind === 'uts') return task.uts
  const { single } = registry(task.kernel)
  let namespace = single.get(kind)
  if (namespace === undefined) {
    namespace = {}
    single.set(kind, namespace)
  }
  return namespace
}

/** Mount namespaces are made outside of the kernel object: the first one asked about is the initial one. */
function isInitial(kernel: Kernel, kind: NamespaceKind, namespace: object, known: Registry) {
  if (kind === 'pid') return namespace === kernel.rootPidNamespace
  if (kind === 'uts') return namespace === kernel.uts
  if (kind !== 'mnt') return true
  known.mounts ??= namespace
  return known.mounts === namespace
}

/** The one inode of a namespace. */
export function namespaceInode(
  kernel: Kernel,
  kind: NamespaceKind,
  namespace: object,
): NamespaceInode {
  const known = registry(kernel)
  let inode = known.inodes.get(namespace)
  if (inode === undefined) {
    const initial = isInitial(kernel, kind, namespace, known)
    inode = new NamespaceInode(nsFs(kernel), kind, namespace, initial ? FIRST[kind] : ++known.last)
    known.inodes.set(namespace, inode)
  }
  return inode
}

const EPOCH = { sec: 0, nsec: 0 }

export class NamespaceInode extends Inode {
  readonly fs: FileSystem
  readonly kind: NamespaceKind
  readonly namespace: object
  readonly ino: number

  constructor(fs: FileSystem, kind: NamespaceKind, namespace: object, ino: number) {
    super()
    this.fs = fs
    this.kind = kind
    this.namespace = namespace
    this.ino = ino
  }
  /** "mnt:[4026531841]" */
  get label(): string {
    return `${this.kind}:[${this.ino}]`
  }
  attr(): Attr {
    return {
      ino: this.ino,
      mode: 0o100444,
      uid: 0,
      gid: 0,
      nlink: 1,
      rdev: 0,
      size: 0,
      blksize: 4096,
      blocks: 0,
      atime: EPOCH,
      mtime: EPOCH,
      ctime: EPOCH,
    }
  }
  override open(_task: Task, path: Path, flags: number): NamespaceFile {
    return new NamespaceFile(this, path, flags)
  }
}

/** An open namespace, for setns(2): `inode.kind` and `inode.namespace` say which. */
export class NamespaceFile extends FileDescription {
  declare readonly inode: NamespaceInode

  constructor(inode: NamespaceInode, path: Path, flags: number) {
    super(inode, path, flags)
  }
  override label(): string {
    return this.inode.label
  }
}
