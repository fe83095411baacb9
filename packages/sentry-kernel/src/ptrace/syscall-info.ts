// PTRACE_GET_SYSCALL_INFO: what a system call stop is about. (ptrace)
// Linux kernel/ptrace.c: ptrace_get_syscall_info.

import {
  PTRACE_EVENT_SECCOMP,
  PTRACE_EVENTMSG_SYSCALL_ENTRY,
  PTRACE_EVENTMSG_SYSCALL_EXIT,
  PTRACE_SYSCALL_INFO_ENTRY,
  PTRACE_SYSCALL_INFO_EXIT,
  PTRACE_SYSCALL_INFO_NONE,
  PTRACE_SYSCALL_INFO_SECCOMP,
  ptrace_syscall_info,
  ptrace_syscall_info_entry,
  ptrace_syscall_info_exit,
  ptrace_syscall_info_seccomp,
  SIGTRAP,
} from '@tsvisor/abi'
import { Reg } from '../platform/registers.ts'
import type { Tracee } from './tracee.ts'

const AUDIT_ARCH_X86_64 = 0xc000_003e
/** What is used of the struct: no padding at its end. */
const EXIT_END = 33
const SECCOMP_END = 84
/** MAX_ERRNO: results from here on are errors. */
const FIRST_ERROR = -4095n

/** The struct, as much of it as is used at this stop. */
export function syscallInfo({ task, stop }: Tracee): Uint8Array {
  const { registers } = task.thread
  const common = {
    op: PTRACE_SYSCALL_INFO_NONE,
    arch: AUDIT_ARCH_X86_64,
    instruction_pointer: registers.ip,
    stack_pointer: registers.sp,
  }
  const call = () => ({
    nr: registers.getBig(Reg.orig_rax),
    args: [0, 1, 2, 3, 4, 5].map(i => registers.getBig(registers.argRegister(i))),
  })
  const code = stop?.info?.code
  const message = stop?.message ?? 0
  if (code === (SIGTRAP | (PTRACE_EVENT_SECCOMP << 8))) {
    const op = PTRACE_SYSCALL_INFO_SECCOMP
    return ptrace_syscall_info_seccomp
      .encode({ ...common, ...call(), op, ret_data: message })
      .subarray(0, SECCOMP_END)
  }
  if (code === (SIGTRAP | 0x80) && message === PTRACE_EVENTMSG_SYSCALL_ENTRY)
    return ptrace_syscall_info_entry.encode({ ...common, ...call(), op: PTRACE_SYSCALL_INFO_ENTRY })
  if (code === (SIGTRAP | 0x80) && message === PTRACE_EVENTMSG_SYSCALL_EXIT) {
    const rval = registers.getBig(Reg.rax)
    const error = BigInt.asIntN(64, rval)
    return ptrace_syscall_info_exit
      .encode({
        ...common,
        op: PTRACE_SYSCALL_INFO_EXIT,
        rval,
        is_error: error < 0n && error >= FIRST_ERROR ? 1 : 0,
      })
      .subarray(0, EXIT_END)
  }
  return ptrace_syscall_info.encode(common)
}
