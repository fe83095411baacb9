// The System V IPC objects of a kernel: there is one namespace. (ipc)

import { kernelLocal } from '../kernel/kernel-local.ts'
import { IpcTable } from './ipc-table.ts'
import type { MessageQueue } from './message-queue.ts'
import type { SemaphoreSet } from './semaphore-set.ts'
import type { SharedSegment } from './shared-segment.ts'

const SHMMNI = 4096
const MSGMNI = 32000
const SEMMNI = 32000

/** Linux's ipc_namespace. */
export class IpcNamespace {
  readonly segments = new IpcTable<SharedSegment>(SHMMNI)
  readonly queues = new IpcTable<MessageQueue>(MSGMNI)
  readonly semaphores = new IpcTable<SemaphoreSet>(SEMMNI)
}

export const ipcOf = kernelLocal(() => new IpcNamespace())
