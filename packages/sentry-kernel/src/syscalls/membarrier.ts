// membarrier(2): memory barriers for other threads, so that the fast side of an algorithm needs none. (syscalls)
// Linux kernel/sched/membarrier.c.

import {
  EINVAL,
  ENOSYS,
  EPERM,
  MEMBARRIER_CMD_GET_REGISTRATIONS,
  MEMBARRIER_CMD_GLOBAL,
  MEMBARRIER_CMD_GLOBAL_EXPEDITED,
  MEMBARRIER_CMD_PRIVATE_EXPEDITED,
  MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE,
  MEMBARRIER_CMD_QUERY,
  MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED,
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
} from '@tsvisor/abi'
import type { MemoryManager } from '../mm/memory-manager.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'

/** Without the commands of restartable sequences, which this kernel is built without. */
const COMMANDS =
  MEMBARRIER_CMD_GLOBAL |
  MEMBARRIER_CMD_GLOBAL_EXPEDITED |
  MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED |
  MEMBARRIER_CMD_PRIVATE_EXPEDITED |
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED |
  MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE |
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE |
  MEMBARRIER_CMD_GET_REGISTRATIONS

/** Errors: EINVAL, EPERM (not registered), ENOSYS where the host cannot do it, as a Linux built without. */
export const membarrier: Handler<'membarrier'> = (task, { cmd, flags }) => {
  const { mm } = task
  if (!mm.space.canBarrier('memory')) throw ENOSYS
  if (flags !== 0) throw EINVAL
  switch (cmd) {
    case MEMBARRIER_CMD_QUERY:
      return COMMANDS
    case MEMBARRIER_CMD_GLOBAL:
      for (const { space } of memories(task)) space.barrier('memory')
      return 0
    case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
      for (const each of memories(task))
        if (each.barriers & MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) each.space.barrier('memory')
      return 0
    case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
      if (!(mm.barriers & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)) throw EPERM
      mm.space.barrier('memory')
      return 0
    case MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE:
      if (!(mm.barriers & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE)) throw EPERM
      mm.space.barrier('instructions')
      return 0
    case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
    case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
      mm.barriers |= cmd
      return 0
    case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
      if (!mm.space.canBarrier('instructions')) throw EINVAL
      mm.barriers |= cmd
      return 0
    case MEMBARRIER_CMD_GET_REGISTRATIONS:
      return registrations(mm)
    default:
      throw EINVAL
  }
}

/** As Linux shows it: whoever registered for SYNC_CORE is half registered for the plain command, too. */
const registrations = ({ barriers }: MemoryManager): number =>
  barriers & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE
    ? barriers | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED
    : barriers

/** Every memory in which guest code may run. */
function memories(task: Task): Set<MemoryManager> {
  const found = new Set<MemoryManager>()
  for (const other of task.kernel.rootPidNamespace.tasks())
    if (other.state !== 'dead') found.add(other.mm)
  return found
}
