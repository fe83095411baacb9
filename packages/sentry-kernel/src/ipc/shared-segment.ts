// System V shared memory: a memory file with a key, attached as a mapping. (ipc)

import { SHM_DEST } from '@tsvisor/abi'
import type { MappedPages, MemoryAccount } from '../cgroup/memory-account.ts'
import type { Backing } from '../mm/vma.ts'
import type { MemoryFile } from '../platform/platform.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import type { IpcNamespace } from './ipc-namespace.ts'
import { type IpcBase, IpcObject, now } from './ipc-table.ts'

/** struct shmid_kernel. Each vma is an attachment. */
export class SharedSegment extends IpcObject implements Backing, MappedPages {
  readonly mappable: MemoryFile
  readonly file = undefined
  /** As asked for, bytes. */
  readonly size: number
  readonly creator: number
  lastPid = 0
  attached = 0
  attachTime = 0
  detachTime = 0
  readonly #home: Pick<IpcNamespace, 'segments' | 'limits'>
  readonly #maker: ThreadGroup
  readonly #account: MemoryAccount | undefined
  readonly #now: () => number

  constructor(
    base: IpcBase,
    home: Pick<IpcNamespace, 'segments' | 'limits'>,
    memory: MemoryFile,
    size: number,
  ) {
    super(base)
    this.#home = home
    this.#maker = base.task.group
    this.mappable = memory
    this.size = size
    this.creator = base.task.group.pid
    this.#account = base.task.cgroups.memory
    this.#account?.mapped.add(this)
    this.#now = () => now(base.task)
  }
  uncharged(): number {
    return this.mappable.allocated()
  }
  get identity(): object {
    return this
  }
  get label(): string {
    return `/SYSV${(this.key >>> 0).toString(16).padStart(8, '0')} (deleted)`
  }
  open(): void {
    this.attached++
    this.attachTime = this.#now()
  }
  close(): void {
    this.attached--
    this.detachTime = this.#now()
    if (this.attached === 0 && (this.mode & SHM_DEST || this.#home.limits.shmRmidForced))
      this.#destroy()
  }
  /** IPC_RMID: at once, or with its last attachment; nobody finds it by key any more. */
  destroyLater(): void {
    if (this.attached === 0) this.#destroy()
    else {
      this.mode |= SHM_DEST
      this.#home.segments.hide(this)
    }
  }
  /** With kernel.shm_rmid_forced, what nobody has attached goes with its maker (exit_shm). */
  destroyIfOrphan(): void {
    if (this.attached === 0 && this.#maker.ended) this.#destroy()
  }
  #destroy(): void {
    this.#home.segments.remove(this)
    this.#account?.mapped.delete(this)
    this.mappable.release()
  }
}
