// IPC namespaces: System V objects and POSIX message queues that one group of tasks sees. (ipc)
// Linux ipc/namespace.c; ipc_namespaces(7).

import { ENOSPC } from '@tsvisor/abi'
import type { Kernel } from '../kernel/kernel.ts'
import { kernelLocal } from '../kernel/kernel-local.ts'
import { UserNamespace } from '../task/user-namespace.ts'
import { IpcLimits } from './ipc-limits.ts'
import { IpcTable } from './ipc-table.ts'
import type { MessageQueue } from './message-queue.ts'
import type { PosixQueue } from './posix-queue.ts'
import type { SemaphoreSet } from './semaphore-set.ts'
import type { SharedSegment } from './shared-segment.ts'

/** Linux's ipc_namespace. Counted: its objects go with the last task or open file that has it. */
export class IpcNamespace {
  readonly limits = new IpcLimits()
  readonly segments = new IpcTable<SharedSegment>(() => this.limits.shmmni)
  readonly queues = new IpcTable<MessageQueue>(() => this.limits.msgmni)
  readonly semaphores = new IpcTable<SemaphoreSet>(() => this.limits.sem[3])
  /** By name, without the slash. */
  readonly posixQueues = new Map<string, PosixQueue>()
  /** Whether a mount of its file keeps it although nobody is in it. */
  isMounted = (): boolean => false
  readonly #known: IpcNamespaces
  #users = 0

  readonly userNamespace: UserNamespace

  constructor(known: IpcNamespaces, userNamespace = UserNamespace.FIRST) {
    this.userNamespace = userNamespace
    this.#known = known
    known.all.add(this)
  }
  hold(): void {
    this.#users++
    this.#known.all.add(this)
  }
  drop(): void {
    if (--this.#users === 0) this.#known.sweep()
  }
  get used(): boolean {
    return this.#users > 0 || this.isMounted()
  }

  /** Attached segments last until they are detached, open queues until they are closed (free_ipc_ns). */
  dissolve(): void {
    for (const segment of this.segments) segment.destroyLater()
    for (const queue of this.queues) {
      this.queues.remove(queue)
      queue.dissolve()
    }
    for (const set of this.semaphores) {
      this.semaphores.remove(set)
      set.dissolve()
    }
    this.posixQueues.clear()
  }
}

/** All IPC namespaces of a kernel that have objects, or may have. */
export class IpcNamespaces {
  readonly all = new Set<IpcNamespace>()
  readonly initial = new IpcNamespace(this)

  /** One more than the first and at most `max` others. Errors: ENOSPC. */
  make(max: number, userNamespace = UserNamespace.FIRST): IpcNamespace {
    if (this.all.size > max) throw ENOSPC
    return new IpcNamespace(this, userNamespace)
  }

  /** Ends those that nothing keeps any more. */
  sweep(): void {
    for (const namespace of this.all) {
      if (namespace.used || namespace === this.initial) continue
      this.all.delete(namespace)
      namespace.dissolve()
    }
  }
}

export const ipcNamespaces = kernelLocal(() => new IpcNamespaces())

/** A further one, for a container; those that programs make count against user.max_ipc_namespaces. */
export const newIpcNamespace = (kernel: Kernel): IpcNamespace =>
  ipcNamespaces(kernel).make(Number.POSITIVE_INFINITY)

/** That of a kernel's first process. */
export const initialIpc = (kernel: Kernel): IpcNamespace => ipcNamespaces(kernel).initial
