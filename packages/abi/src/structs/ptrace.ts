// ptrace(2): what requests read and write besides registers and siginfo_t. (abi, pure)

import { array, i32, pad, struct, u8, u32, u64, u64big } from '../struct.ts'

/** PTRACE_PEEKSIGINFO. `off` may be any 64 bits. */
export const ptrace_peeksiginfo_args = struct('ptrace_peeksiginfo_args', {
  off: u64,
  flags: u32,
  nr: i32,
})

const common = { op: u8, pad: pad(3), arch: u32, instruction_pointer: u64, stack_pointer: u64 }

/** PTRACE_GET_SYSCALL_INFO at a stop that is of no system call: the part that all have. */
export const ptrace_syscall_info = struct('ptrace_syscall_info', common)
export const ptrace_syscall_info_entry = struct('ptrace_syscall_info_entry', {
  ...common,
  nr: u64big,
  args: array(u64big, 6),
})
export const ptrace_syscall_info_exit = struct('ptrace_syscall_info_exit', {
  ...common,
  rval: u64big,
  is_error: u8,
})
export const ptrace_syscall_info_seccomp = struct('ptrace_syscall_info_seccomp', {
  ...common,
  nr: u64big,
  args: array(u64big, 6),
  ret_data: u32,
})
