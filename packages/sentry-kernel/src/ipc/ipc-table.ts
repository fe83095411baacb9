// Identifiers, keys and permissions that all System V IPC objects share. (ipc)
// Linux ipc/util.c.

import {
  CAP_IPC_OWNER,
  CAP_SYS_ADMIN,
  EACCES,
  EEXIST,
  EIDRM,
  EINVAL,
  ENOENT,
  ENOSPC,
  EPERM,
  IPC_CREAT,
  IPC_EXCL,
  IPC_PRIVATE,
} from '@tsvisor/abi'
import { hasCapabilityIn, inGroup } from '../task/credentials.ts'
import { NO_ID } from '../task/id-map.ts'
import type { Task } from '../task/task.ts'

/** IPCMNI_SHIFT: an id is an index with a sequence number above it. */
const INDEX_BITS = 15
const SEQUENCES = 0x1_0000

/** Whether the task holds a capability over its IPC namespace. */
const holds = ({ creds, namespaces }: Task, cap: number): boolean =>
  hasCapabilityIn(creds, namespaces.ipc.userNamespace, cap)

/** What is asked of an object: bits as in a file mode, for one class. */
export const IPC_READ = 0o444
export const IPC_WRITE = 0o222

/** An object with an owner and a mode (struct kern_ipc_perm). */
export class IpcObject {
  readonly id: number
  readonly seq: number
  key: number
  uid: number
  gid: number
  readonly cuid: number
  readonly cgid: number
  /** Permission bits, and flags of the kind above them. */
  mode: number
  /** Gone: sleepers get EIDRM. */
  removed = false
  ctime: number

  constructor(base: IpcBase) {
    this.id = base.id
    this.seq = base.id >>> INDEX_BITS
    this.key = base.key
    this.uid = this.cuid = base.task.creds.euid
    this.gid = this.cgid = base.task.creds.egid
    this.mode = base.mode
    this.ctime = now(base.task)
  }

  /** Errors: EACCES. */
  check(task: Task, wanted: number): void {
    const { creds } = task
    let granted = this.mode
    if (creds.euid === this.cuid || creds.euid === this.uid) granted >>= 6
    else if (inGroup(creds, this.cgid) || inGroup(creds, this.gid)) granted >>= 3
    const requested = (wanted >> 6) | (wanted >> 3) | wanted
    if (requested & ~granted & 7 && !holds(task, CAP_IPC_OWNER)) throw EACCES
  }
  /** Errors: EPERM for who is neither owner nor creator (IPC_SET, IPC_RMID). */
  checkOwner(task: Task): void {
    const { euid } = task.creds
    if (euid !== this.uid && euid !== this.cuid && !holds(task, CAP_SYS_ADMIN)) throw EPERM
  }
  /** struct ipc64_perm, for a reader. */
  perm({ creds: { userNamespace } }: Task) {
    const { key, mode, seq } = this
    const { uids, gids } = userNamespace
    return {
      key,
      uid: uids.shown(this.uid),
      gid: gids.shown(this.gid),
      cuid: uids.shown(this.cuid),
      cgid: gids.shown(this.cgid),
      mode,
      seq,
    }
  }
  /** IPC_SET. Errors: EINVAL (nobody whom the task can name). */
  assign(task: Task, perm: { uid: number; gid: number; mode: number }): void {
    const { uids, gids } = task.creds.userNamespace
    const uid = uids.toKernel(perm.uid)
    const gid = gids.toKernel(perm.gid)
    if (uid === NO_ID || gid === NO_ID) throw EINVAL
    this.uid = uid
    this.gid = gid
    this.mode = (this.mode & ~0o777) | (perm.mode & 0o777)
    this.ctime = now(task)
  }
}

/** What a new object is made of. */
export interface IpcBase {
  readonly task: Task
  readonly id: number
  readonly key: number
  readonly mode: number
}

export const now = (task: Task): number => task.kernel.clock.realtime().sec

/** All objects of one kind (struct ipc_ids). */
export class IpcTable<T extends IpcObject> {
  readonly #slots: (T | undefined)[] = []
  readonly #keys = new Map<number, T>()
  readonly #limit: () => number
  #sequence = 0
  count = 0

  constructor(limit: () => number) {
    this.#limit = limit
  }

  /**
   * The object with `key`, or a new one. `suits` checks one that exists. Errors: ENOENT, EEXIST,
   * EACCES, ENOSPC, and what `suits` and `make` throw.
   */
  get(
    task: Task,
    key: number,
    flags: number,
    suits: (found: T) => void,
    make: (base: IpcBase) => T,
  ): T {
    const found = key === IPC_PRIVATE ? undefined : this.#keys.get(key)
    if (found !== undefined) {
      if (flags & IPC_CREAT && flags & IPC_EXCL) throw EEXIST
      suits(found)
      found.check(task, flags & 0o777)
      return found
    }
    if (key !== IPC_PRIVATE && !(flags & IPC_CREAT)) throw ENOENT
    if (this.count >= this.#limit()) throw ENOSPC
    let index = 0
    while (this.#slots[index] !== undefined) index++
    const id = (this.#sequence << INDEX_BITS) | index
    const made = make({ task, id, key, mode: flags & 0o777 })
    this.#sequence = (this.#sequence + 1) % SEQUENCES
    this.#slots[index] = made
    if (key !== IPC_PRIVATE) this.#keys.set(key, made)
    this.count++
    return made
  }
  /** Errors: EINVAL (no such), EIDRM (another one has its place). */
  find(id: number): T {
    if (id < 0) throw EINVAL
    const found = this.#slots[id & ((1 << INDEX_BITS) - 1)]
    if (found === undefined) throw EINVAL
    if (found.id !== id) throw EIDRM
    return found
  }
  /** By index, for SHM_STAT and its like. Errors: EINVAL. */
  at(index: number): T {
    const found = index < 0 ? undefined : this.#slots[index & ((1 << INDEX_BITS) - 1)]
    if (found === undefined) throw EINVAL
    return found
  }
  /** No longer to be found by key. */
  hide(object: T): void {
    if (this.#keys.get(object.key) === object) this.#keys.delete(object.key)
    object.key = IPC_PRIVATE
  }
  remove(object: T): void {
    const index = object.id & ((1 << INDEX_BITS) - 1)
    if (this.#slots[index] !== object) return
    this.hide(object)
    this.#slots[index] = undefined
    object.removed = true
    this.count--
  }
  /** The highest index in use, or 0 (what *_INFO commands answer). */
  get highest(): number {
    for (let i = this.#slots.length - 1; i > 0; i--) if (this.#slots[i] !== undefined) return i
    return 0
  }
  *[Symbol.iterator](): Generator<T> {
    for (const object of this.#slots) if (object !== undefined) yield object
  }
}
