// Namespaces as files: what /proc/PID/ns/* leads to. (fs/nsfs)
// Linux fs/nsfs.c, include/linux/proc_ns.h.

import { EPERM, O_ACCMODE, O_RDONLY } from '@tsvisor/abi'
import type { CgroupNamespace } from '../../cgroup/cgroup-namespace.ts'
import { type IpcNamespace, initialIpc, ipcNamespaces } from '../../ipc/ipc-namespace.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { kernelLocal } from '../../kernel/kernel-local.ts'
import type { UtsNamespace } from '../../kernel/uts.ts'
import { initialNet, type NetNamespace } from '../../socket/net-namespace.ts'
import type { PidNamespace } from '../../task/pid-namespace.ts'
import type { Task } from '../../task/task.ts'
import { UserNamespace } from '../../task/user-namespace.ts'
import { type Attr, type FileSystem, Inode } from '../../vfs/inode.ts'
import { isMounted } from '../../vfs/mount-copy.ts'
import type { MountNamespace } from '../../vfs/mount-namespace.ts'
import type { Path } from '../../vfs/path.ts'
import { AnonFs } from '../anon/anon-inode.ts'
import { NamespaceFile } from './namespace-file.ts'

/** What is behind the file of each kind; of time namespaces there is one. */
interface ByKind {
  cgroup: CgroupNamespace
  ipc: IpcNamespace
  mnt: MountNamespace
  net: NetNamespace
  pid: PidNamespace
  time: object
  user: UserNamespace
  uts: UtsNamespace
}
export type NamespaceKind = keyof ByKind
/** A namespace and its kind. */
export type Namespace = {
  [K in NamespaceKind]: { readonly kind: K; readonly namespace: ByKind[K] }
}[NamespaceKind]

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
const DEVICE = 4

class Registry {
  readonly inodes = new WeakMap<object, NamespaceInode>()
  mounts: object | undefined
  cgroups: object | undefined
  /** Stands for the only one. */
  readonly time = {}
  last = 4_026_532_000
}
const registry = kernelLocal(() => new Registry())

/** The namespace of that kind that a task is in. */
export function namespaceOf(task: Task, kind: NamespaceKind): Namespace {
  if (kind === 'pid') return { kind, namespace: task.pidNamespace }
  if (kind === 'mnt') return { kind, namespace: task.mounts }
  if (kind === 'user') return { kind, namespace: task.creds.userNamespace }
  if (kind === 'time') return { kind, namespace: registry(task.kernel).time }
  return { kind, namespace: task.namespaces[kind] } as Namespace
}

/** Those of mounts and groups are made outside of the kernel object: the first one asked about is the initial one. */
function isInitial(kernel: Kernel, { kind, namespace }: Namespace, known: Registry): boolean {
  switch (kind) {
    case 'pid':
      return namespace === kernel.rootPidNamespace
    case 'uts':
      return namespace === kernel.uts
    case 'ipc':
      return namespace === initialIpc(kernel)
    case 'net':
      return namespace === initialNet(kernel)
    case 'mnt':
      known.mounts ??= namespace
      return namespace === known.mounts
    case 'cgroup':
      known.cgroups ??= namespace
      return namespace === known.cgroups
    case 'user':
      return namespace === UserNamespace.FIRST
    case 'time':
      return true
  }
}

/** The one inode of a namespace. */
export function namespaceInode(kernel: Kernel, which: Namespace): NamespaceInode {
  const known = registry(kernel)
  let inode = known.inodes.get(which.namespace)
  if (inode === undefined) {
    const ino = isInitial(kernel, which, known) ? FIRST[which.kind] : ++known.last
    const label = `${which.kind}:[${ino}]`
    inode = new NamespaceInode(new NamespaceFs(kernel, which, label), which, ino, label)
    known.inodes.set(which.namespace, inode)
  }
  return inode
}

/** Each namespace has an instance of its own, with the same number: its mounts and open files keep that alone. */
class NamespaceFs extends AnonFs {
  readonly #kernel: Kernel
  readonly #which: Namespace
  /** As in mountinfo. */
  readonly rootName: string

  constructor(kernel: Kernel, which: Namespace, label: string) {
    super('nsfs', DEVICE, NSFS_MAGIC)
    this.rootName = label
    this.#kernel = kernel
    this.#which = which
    const { kind, namespace } = which
    if (kind === 'ipc' || kind === 'mnt' || (kind === 'user' && namespace.level > 0))
      namespace.isMounted = () => isMounted(this)
  }
  override release(): void {
    const { kind, namespace } = this.#which
    if (kind === 'ipc') ipcNamespaces(this.#kernel).sweep()
    else if (kind === 'mnt') namespace.releaseIfUnused()
  }
}

const EPOCH = { sec: 0, nsec: 0 }

export class NamespaceInode extends Inode {
  readonly fs: FileSystem
  readonly which: Namespace
  readonly ino: number
  /** "mnt:[4026531841]" */
  readonly label: string

  constructor(fs: FileSystem, which: Namespace, ino: number, label: string) {
    super()
    this.label = label
    this.fs = fs
    this.which = which
    this.ino = ino
  }
  override get mountNamespace(): MountNamespace | undefined {
    return this.which.kind === 'mnt' ? this.which.namespace : undefined
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
  /** The inode of another one. */
  inodeOf(kernel: Kernel, which: Namespace): NamespaceInode {
    return namespaceInode(kernel, which)
  }
  /** Errors: EPERM for writing, whoever asks: it is immutable. */
  override open(_task: Task, path: Path, flags: number): NamespaceFile {
    if ((flags & O_ACCMODE) !== O_RDONLY) throw EPERM
    return new NamespaceFile(this, path, flags)
  }
}
