// System call of amd64 alone: the FS and GS bases. (syscalls)
// Linux arch/x86/kernel/process_64.c:do_arch_prctl_64.

import {
  type Addr,
  ARCH_GET_CPUID,
  ARCH_GET_FS,
  ARCH_GET_GS,
  ARCH_SET_CPUID,
  ARCH_SET_FS,
  ARCH_SET_GS,
  EINVAL,
  ENODEV,
  EPERM,
} from '@tsvisor/abi'
import { USER_END, type UserMemory } from '../mm/user-memory.ts'
import { Reg } from '../platform/registers.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'

export const arch_prctl: Handler<'arch_prctl'> = (task, { code, addr }) =>
  archPrctl(task, code, addr, task.mm)

/**
 * For a task itself or its tracer, whose memory results go to. CPUID faulting is reported as missing:
 * 1 is "enabled", the only state. Errors: EPERM (address), EINVAL (code), ENODEV, EFAULT.
 */
export function archPrctl(task: Task, code: number, addr: number, memory: UserMemory): number {
  const { registers } = task.thread
  switch (code) {
    case ARCH_SET_FS:
    case ARCH_SET_GS:
      if (addr >= USER_END) throw EPERM
      registers.set(code === ARCH_SET_FS ? Reg.fs_base : Reg.gs_base, addr)
      return 0
    case ARCH_GET_FS:
    case ARCH_GET_GS:
      memory.writeU64(
        addr as Addr,
        registers.getBig(code === ARCH_GET_FS ? Reg.fs_base : Reg.gs_base),
      )
      return 0
    case ARCH_GET_CPUID:
      return 1
    case ARCH_SET_CPUID:
      throw ENODEV
    default:
      throw EINVAL
  }
}
