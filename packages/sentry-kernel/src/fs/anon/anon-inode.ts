// Inodes without a name: pipes, sockets, eventfds … and the internal file systems they live on. (fs/anon)
// Linux fs/anon_inodes.c, fs/pipe.c:pipefs, net/socket.c:sockfs.

import { ENXIO, EOPNOTSUPP } from '@tsvisor/abi'
import type { Blocking } from '../../kernel/blocking.ts'
import { kernelLocal } from '../../kernel/kernel-local.ts'
import type { Time } from '../../platform/host.ts'
import type { Task } from '../../task/task.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import {
  type Attr,
  type AttrChange,
  type FileSystem,
  Inode,
  type NameCaching,
  type StatFs,
} from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import { simpleStatfs } from '../simple-statfs.ts'

/** An internal file system: it has inodes but no names, and cannot be mounted. */
export class AnonFs implements FileSystem {
  readonly type: string
  readonly dev: number
  readonly caching: NameCaching = 'always'
  readonly #magic: number
  /** netstat(8) takes no number with one digit for a socket's. */
  #lastIno = 1023
  #root: AnonInode | undefined

  constructor(type: string, dev: number, magic: number) {
    this.type = type
    this.dev = dev
    this.#magic = magic
  }
  get root(): Inode {
    this.#root ??= new AnonInode(this, 0o040000, 0, 0, { sec: 0, nsec: 0 })
    return this.#root
  }
  nextIno(): number {
    return ++this.#lastIno
  }
  statfs(): StatFs {
    return simpleStatfs(this.#magic)
  }
  options(): readonly string[] {
    return []
  }
  release(): void {}
}

/** An unnamed inode. `mode` includes the type. */
export class AnonInode extends Inode {
  readonly fs: FileSystem
  readonly ino: number
  #mode: number
  #uid: number
  #gid: number
  #atime: Time
  #mtime: Time
  #ctime: Time

  constructor(fs: AnonFs, mode: number, uid: number, gid: number, now: Time) {
    super()
    this.fs = fs
    this.ino = fs.nextIno()
    this.#mode = mode
    this.#uid = uid
    this.#gid = gid
    this.#atime = this.#mtime = this.#ctime = now
  }

  attr(): Attr {
    return {
      ino: this.ino,
      mode: this.#mode,
      uid: this.#uid,
      gid: this.#gid,
      nlink: 1,
      rdev: 0,
      size: 0,
      blksize: 4096,
      blocks: 0,
      atime: this.#atime,
      mtime: this.#mtime,
      ctime: this.#ctime,
    }
  }

  override setattr(change: AttrChange): void {
    if (change.mode !== undefined) this.#mode = (this.#mode & 0o170000) | change.mode
    if (change.uid !== undefined) this.#uid = change.uid
    if (change.gid !== undefined) this.#gid = change.gid
    if (change.atime !== undefined) this.#atime = change.atime
    if (change.mtime !== undefined) this.#mtime = change.mtime
  }

  open(_task: Task, _path: Path, _flags: number): FileDescription | Blocking<FileDescription> {
    throw ENXIO
  }
}

/** pipefs of a kernel. */
export const pipeFs = kernelLocal(() => new AnonFs('pipefs', 0x0d, 0x50495045))
/** sockfs of a kernel. */
export const socketFs = kernelLocal(() => new AnonFs('sockfs', 0x08, 0x534f434b))

/** anon_inode_setattr: shared by many, so nobody changes it. */
class SharedAnonInode extends AnonInode {
  override setattr(_change: AttrChange): void {
    throw EOPNOTSUPP
  }
}

class SharedAnonFs extends AnonFs {
  /** Linux gives all eventfds, epolls … one inode. */
  readonly inode = new SharedAnonInode(this, 0o600, 0, 0, { sec: 0, nsec: 0 })
}
const anonInodeFs = kernelLocal(() => new SharedAnonFs('anon_inodefs', 0x0f, 0x09041934))

/** The one inode of eventfds, epolls, timerfds, signalfds, inotify instances and pidfds. */
export const anonInode = (task: Task): Inode => anonInodeFs(task.kernel).inode

/** A fresh unnamed inode owned by the task. */
export const newAnonInode = (fs: AnonFs, mode: number, task: Task): AnonInode =>
  new AnonInode(fs, mode, task.creds.fsuid, task.creds.fsgid, task.kernel.clock.realtime())
