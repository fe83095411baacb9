// What the kernel puts on the stack for a signal handler on amd64. (abi, pure)

import { bytes, pad, struct, u16, u32, u64, u64big } from '../struct.ts'
import { siginfo, stack_t } from './signal.ts'

/** Registers at the interruption; exact, as they are the guest's own 64 bits. */
export const sigcontext = struct('sigcontext', {
  r8: u64big,
  r9: u64big,
  r10: u64big,
  r11: u64big,
  r12: u64big,
  r13: u64big,
  r14: u64big,
  r15: u64big,
  rdi: u64big,
  rsi: u64big,
  rbp: u64big,
  rbx: u64big,
  rdx: u64big,
  rax: u64big,
  rcx: u64big,
  rsp: u64big,
  rip: u64big,
  eflags: u64big,
  cs: u16,
  gs: u16,
  fs: u16,
  ss: u16,
  err: u64,
  trapno: u64,
  oldmask: u64big,
  cr2: u64big,
  /** Guest address of the FPU state, 0 if there is none. */
  fpstate: u64,
  reserved1: pad(64),
})

export const ucontext = struct('ucontext', {
  uc_flags: u64,
  uc_link: u64,
  uc_stack: stack_t,
  uc_mcontext: sigcontext,
  uc_sigmask: u64big,
})

/** Linux arch/x86/include/asm/sigframe.h. The stack pointer points at `pretcode`. */
export const rt_sigframe = struct('rt_sigframe', { pretcode: u64, uc: ucontext, info: siginfo })

/** In the last 48 bytes of the legacy FPU area: says that extended state follows. */
export const fpx_sw_bytes = struct('_fpx_sw_bytes', {
  magic1: u32,
  extended_size: u32,
  xfeatures: u64big,
  xstate_size: u32,
  padding: pad(28),
})
/** The FXSAVE area. */
export const fpstate = struct('_fpstate_64', {
  cwd: u16,
  swd: u16,
  twd: u16,
  fop: u16,
  rip: u64big,
  rdp: u64big,
  mxcsr: u32,
  mxcsr_mask: u32,
  st_space: bytes(128),
  xmm_space: bytes(256),
  reserved2: bytes(48),
  sw_reserved: fpx_sw_bytes,
})
export const FP_XSTATE_MAGIC1 = 0x46505853
export const FP_XSTATE_MAGIC2 = 0x46505845

/** PTRACE_GETREGS, NT_PRSTATUS. */
export const user_regs_struct = struct('user_regs_struct', {
  r15: u64big,
  r14: u64big,
  r13: u64big,
  r12: u64big,
  rbp: u64big,
  rbx: u64big,
  r11: u64big,
  r10: u64big,
  r9: u64big,
  r8: u64big,
  rax: u64big,
  rcx: u64big,
  rdx: u64big,
  rsi: u64big,
  rdi: u64big,
  orig_rax: u64big,
  rip: u64big,
  cs: u64big,
  eflags: u64big,
  rsp: u64big,
  ss: u64big,
  fs_base: u64big,
  gs_base: u64big,
  ds: u64big,
  es: u64big,
  fs: u64big,
  gs: u64big,
})
