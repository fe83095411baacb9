// Signals: actions, information, timers that notify, signalfd. (abi, pure)

import { bytes, i16, i32, i64, pad, struct, u16, u32, u64, u64big } from '../struct.ts'

/** rt_sigaction(2): the kernel's layout, not glibc's. */
export const sigaction = struct('sigaction', {
  sa_handler: u64,
  sa_flags: u64,
  sa_restorer: u64,
  sa_mask: u64big,
})
export const stack_t = struct('sigaltstack', { ss_sp: u64, ss_flags: i32, ss_size: u64 })

const head = { si_signo: i32, si_errno: i32, si_code: i32, __pad0: pad(4) }

/** Any siginfo: the head, and the 112 bytes whose meaning depends on si_signo and si_code. */
export const siginfo = struct('siginfo', { ...head, _sifields: bytes(112) })
/** Sent by kill(2) and tgkill(2): SI_USER, SI_TKILL. */
export const siginfo_kill = struct('siginfo', { ...head, si_pid: i32, si_uid: u32, rest: pad(104) })
/** Sent with a value: SI_QUEUE, SI_MESGQ. */
export const siginfo_rt = struct('siginfo', {
  ...head,
  si_pid: i32,
  si_uid: u32,
  si_value: u64big,
  rest: pad(96),
})
/** Sent by a POSIX timer: SI_TIMER. */
export const siginfo_timer = struct('siginfo', {
  ...head,
  si_tid: i32,
  si_overrun: i32,
  si_value: u64big,
  si_sys_private: i32,
  rest: pad(92),
})
/** SIGCHLD. Times in clock ticks (USER_HZ). */
export const siginfo_chld = struct('siginfo', {
  ...head,
  si_pid: i32,
  si_uid: u32,
  si_status: i32,
  __pad1: pad(4),
  si_utime: i64,
  si_stime: i64,
  rest: pad(80),
})
/** SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP. */
export const siginfo_fault = struct('siginfo', {
  ...head,
  si_addr: u64,
  si_addr_lsb: i16,
  rest: pad(102),
})
/** SIGSEGV with SEGV_PKUERR. */
export const siginfo_pkey = struct('siginfo', {
  ...head,
  si_addr: u64,
  __pad1: pad(8),
  si_pkey: u32,
  rest: pad(92),
})
/** SIGIO. */
export const siginfo_poll = struct('siginfo', {
  ...head,
  si_band: i64,
  si_fd: i32,
  rest: pad(100),
})
/** SIGSYS of a seccomp filter. */
export const siginfo_sys = struct('siginfo', {
  ...head,
  si_call_addr: u64,
  si_syscall: i32,
  si_arch: u32,
  rest: pad(96),
})

/** timer_create(2), mq_notify(3). sigev_notify_thread_id is in the union after sigev_notify. */
export const sigevent = struct('sigevent', {
  sigev_value: u64big,
  sigev_signo: i32,
  sigev_notify: i32,
  sigev_notify_thread_id: i32,
  __pad: pad(44),
})

/** What read(2) of a signalfd returns. */
export const signalfd_siginfo = struct('signalfd_siginfo', {
  ssi_signo: u32,
  ssi_errno: i32,
  ssi_code: i32,
  ssi_pid: u32,
  ssi_uid: u32,
  ssi_fd: i32,
  ssi_tid: u32,
  ssi_band: u32,
  ssi_overrun: u32,
  ssi_trapno: u32,
  ssi_status: i32,
  ssi_int: i32,
  ssi_ptr: u64big,
  ssi_utime: u64,
  ssi_stime: u64,
  ssi_addr: u64,
  ssi_addr_lsb: u16,
  __pad2: pad(2),
  ssi_syscall: i32,
  ssi_call_addr: u64,
  ssi_arch: u32,
  __pad: pad(28),
})
