// System V shared memory: a memory file with a key, attached as a mapping. (ipc)

import { SHM_DEST } from '@tsvisor/abi'
import type { Backing } from '../mm/vma.ts'
import type { MemoryFile } from '../platform/platform.ts'
import { type IpcBase, IpcObject, type IpcTable, now } from './ipc-table.ts'

/** struct shmid_kernel. Each vma is an attachment. */
export class SharedSegment extends IpcObject implements Backing {
  readonly mappable: MemoryFile
  readonly file = undefined
  /** As asked for, bytes. */
  readonly size: number
  readonly creator: number
  lastPid = 0
  attached = 0
  attachTime = 0
  detachTime = 0
  readonly #table: IpcTable<SharedSegment>
  readonly #now: () => number

  constructor(base: IpcBase, table: IpcTable<SharedSegment>, memory: MemoryFile, size: number) {
    super(base)
    this.#table = table
    this.mappable = memory
    this.size = size
    this.creator = base.task.group.pid
    this.#now = () => now(base.task)
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
    if (this.attached === 0 && this.mode & SHM_DEST) this.#destroy()
  }
  /** IPC_RMID: at once, or with its last attachment; nobody finds it by key any more. */
  destroyLater(): void {
    if (this.attached === 0) this.#destroy()
    else {
      this.mode |= SHM_DEST
      this.#table.hide(this)
    }
  }
  #destroy(): void {
    this.#table.remove(this)
    this.mappable.release()
  }
}
