// devpts: the file system of pseudo-terminals. (fs/pty)
// Linux fs/devpts/inode.c.

import {
  ENOENT,
  ENOSPC,
  ENOTDIR,
  EPERM,
  makedev,
  O_NOCTTY,
  O_PATH,
  S_IFCHR,
  S_IFDIR,
} from '@tsvisor/abi'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Time } from '../../platform/host.ts'
import type { Credentials } from '../../task/credentials.ts'
import type { Task } from '../../task/task.ts'
import type { Dirent, FileDescription } from '../../vfs/file-description.ts'
import {
  type Attr,
  type AttrChange,
  type FileSystem,
  Inode,
  type NameCaching,
  type Owner,
  type StatFs,
} from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import { PathOnly } from '../../vfs/path-only.ts'
import { AnonFs, AnonInode } from '../anon/anon-inode.ts'
import { DevptsDirectory } from './devpts-directory.ts'
import { slavePlace } from './devpts-place.ts'
import { openSlave } from './open-tty.ts'
import { Pty } from './pty.ts'
import { PtyMaster } from './pty-master.ts'

/** UNIX98_PTY_SLAVE_MAJOR */
export const SLAVE_MAJOR = 136
const PTMX_INO = 2
const DEVPTS_MAGIC = 0x1cd1
const DT_CHR = 2

/** Mount options: uid=, gid=, mode=, ptmxmode=, max=. */
export interface DevptsOptions {
  /** Who mounts it: of the ptmx node, and in whose user namespace root has the directory. */
  readonly owner?: Credentials
  /** Owner of new slaves; the opener when absent. */
  readonly uid?: number
  /** Group of new slaves; the opener's when absent. */
  readonly gid?: number
  /** Permissions of new slaves. */
  readonly mode?: number
  /** Permissions of its ptmx node. */
  readonly ptmxmode?: number
  readonly max?: number
}

/** One instance. Every mount is its own ("newinstance" is no choice any more). */
export class DevptsFs implements FileSystem {
  readonly type = 'devpts'
  readonly dev: number
  readonly caching: NameCaching = 'never'
  readonly root: DevptsRoot
  readonly kernel: Kernel
  readonly #options: DevptsOptions
  readonly #slaves = new Map<number, SlaveInode>()
  /** Slaves whose inode must outlive the master belong to a file system without names. */
  readonly nodes: AnonFs

  constructor(kernel: Kernel, dev: number, options: DevptsOptions = {}) {
    this.kernel = kernel
    this.dev = dev
    this.#options = options
    this.nodes = new AnonFs('devpts', dev, DEVPTS_MAGIC)
    this.root = new DevptsRoot(this, kernel.clock.realtime(), options)
  }

  /** A new pair: the master that opening ptmx gives. Errors: ENOSPC past `max`. */
  openMaster(task: Task, inode: Inode, path: Path | undefined, flags: number): PtyMaster {
    let index = 0
    while (this.#slaves.has(index)) index++
    if (index >= (this.#options.max ?? 1 << 20)) throw ENOSPC
    const tty = new Pty(task.kernel, index)
    const { fsuid, fsgid } = task.creds
    const slave = new SlaveInode(this, tty, {
      mode: S_IFCHR | (this.#options.mode ?? 0o600),
      uid: this.#options.uid ?? fsuid,
      gid: this.#options.gid ?? fsgid,
    })
    this.#slaves.set(index, slave)
    return new PtyMaster(tty, inode, path, flags & ~O_NOCTTY, {
      openPeer: (by, peerFlags) => {
        const place = path && slavePlace(by, path, this, index)
        if (place !== undefined && peerFlags & O_PATH) return new PathOnly(slave, place, peerFlags)
        return openSlave(by, tty, slave, place, peerFlags)
      },
      closed: () => this.#slaves.delete(index),
    })
  }
  slave(index: number): SlaveInode | undefined {
    return this.#slaves.get(index)
  }
  *slaves(): Generator<SlaveInode> {
    yield* this.#slaves.values()
  }

  statfs(): StatFs {
    return { ...this.nodes.statfs(), type: DEVPTS_MAGIC }
  }
  options(): readonly string[] {
    const { uid, gid, mode, ptmxmode, max } = this.#options
    return [
      ...(uid === undefined ? [] : [`uid=${uid}`]),
      ...(gid === undefined ? [] : [`gid=${gid}`]),
      `mode=${(mode ?? 0o600).toString(8).padStart(3, '0')}`,
      `ptmxmode=${(ptmxmode ?? 0).toString(8).padStart(3, '0')}`,
      ...(max === undefined ? [] : [`max=${max}`]),
    ]
  }
  release(): void {}
}

/** /dev/pts/N. */
export class SlaveInode extends AnonInode {
  readonly tty: Pty
  constructor(fs: DevptsFs, tty: Pty, owner: Owner & { readonly mode: number }) {
    super(fs.nodes, owner.mode, owner.uid, owner.gid, tty.kernel.clock.realtime())
    this.tty = tty
  }
  override attr(): Attr {
    return {
      ...super.attr(),
      ino: this.tty.index + 3,
      blksize: 1024,
      rdev: makedev(SLAVE_MAJOR, this.tty.index),
    }
  }
  override open(task: Task, path: Path, flags: number): FileDescription {
    return openSlave(task, this.tty, this, path, flags)
  }
}

/** The ptmx node of an instance. */
class PtmxInode extends AnonInode {
  readonly #fs: DevptsFs
  constructor(fs: DevptsFs, { ptmxmode = 0, owner }: DevptsOptions, now: Time) {
    super(fs.nodes, S_IFCHR | ptmxmode, owner?.fsuid ?? 0, owner?.fsgid ?? 0, now)
    this.#fs = fs
  }
  override attr(): Attr {
    return { ...super.attr(), ino: PTMX_INO, blksize: 1024, rdev: makedev(5, 2) }
  }
  override open(task: Task, path: Path, flags: number): FileDescription {
    return this.#fs.openMaster(task, this, path, flags)
  }
}

export class DevptsRoot extends Inode {
  readonly fs: DevptsFs
  readonly #ptmx: PtmxInode
  readonly #now: Time
  #mode = 0o755
  #uid: number
  #gid: number

  constructor(fs: DevptsFs, now: Time, options: DevptsOptions) {
    super()
    this.fs = fs
    this.#now = now
    this.#ptmx = new PtmxInode(fs, options, now)
    this.#uid = options.owner?.userNamespace.rootUid ?? 0
    this.#gid = options.owner?.userNamespace.rootGid ?? 0
  }
  attr(): Attr {
    const time = this.#now
    return {
      ino: 1,
      mode: S_IFDIR | this.#mode,
      uid: this.#uid,
      gid: this.#gid,
      nlink: 2,
      rdev: 0,
      size: 0,
      blksize: 1024,
      blocks: 0,
      atime: time,
      mtime: time,
      ctime: time,
    }
  }
  override setattr(change: AttrChange): void {
    if (change.mode !== undefined) this.#mode = change.mode
    if (change.uid !== undefined) this.#uid = change.uid
    if (change.gid !== undefined) this.#gid = change.gid
  }
  override lookup(name: string): Inode | undefined {
    if (name === 'ptmx') return this.#ptmx
    return /^(0|[1-9]\d{0,8})$/.test(name) ? this.fs.slave(Number(name)) : undefined
  }
  override *list(): Generator<Dirent> {
    yield { name: 'ptmx', ino: PTMX_INO, type: DT_CHR }
    for (const { tty } of this.fs.slaves()) {
      yield { name: String(tty.index), ino: tty.index + 3, type: DT_CHR }
    }
  }
  override create(_name: string, _mode: number, _owner: Owner): Inode {
    throw EPERM
  }
  override mkdir(_name: string, _mode: number, _owner: Owner): Inode {
    throw EPERM
  }
  override open(_task: Task, path: Path, flags: number): FileDescription {
    if (path === undefined) throw ENOENT
    if (this.attr().mode === 0) throw ENOTDIR
    return new DevptsDirectory(this, path, flags)
  }
}
