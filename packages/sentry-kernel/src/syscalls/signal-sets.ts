// Signal sets in guest memory. (syscalls)

import type { Addr } from '@tsvisor/abi'
import { SignalSet } from '../signal/signal-set.ts'
import type { Task } from '../task/task.ts'

/** Bytes of the kernel's sigset_t. */
export const SIGSET_SIZE = 8

/** Errors: EFAULT. */
export function readSignalSet(task: Task, at: Addr): SignalSet {
  const data = new Uint8Array(SIGSET_SIZE)
  task.mm.read(at, data)
  const view = new DataView(data.buffer)
  return new SignalSet(view.getInt32(0, true), view.getInt32(4, true))
}

/** Writes the first `size` bytes. Errors: EFAULT. */
export function writeSignalSet(task: Task, at: Addr, set: SignalSet, size = SIGSET_SIZE): void {
  const data = new Uint8Array(SIGSET_SIZE)
  const view = new DataView(data.buffer)
  view.setInt32(0, set.low, true)
  view.setInt32(4, set.high, true)
  task.mm.write(at, data.subarray(0, size))
}
