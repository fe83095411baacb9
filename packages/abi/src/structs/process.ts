// Processes: limits, usage, scheduling, cloning, capabilities, futexes, names. (abi, pure)

import { array, chars, i32, i64, pad, struct, u16, u32, u64, u64big } from '../struct.ts'
import { timeval } from './time.ts'

/** getrusage(2). ru_maxrss in KiB. */
export const rusage = struct('rusage', {
  ru_utime: timeval,
  ru_stime: timeval,
  ru_maxrss: i64,
  ru_ixrss: i64,
  ru_idrss: i64,
  ru_isrss: i64,
  ru_minflt: i64,
  ru_majflt: i64,
  ru_nswap: i64,
  ru_inblock: i64,
  ru_oublock: i64,
  ru_msgsnd: i64,
  ru_msgrcv: i64,
  ru_nsignals: i64,
  ru_nvcsw: i64,
  ru_nivcsw: i64,
})
export const rlimit = struct('rlimit', { rlim_cur: u64, rlim_max: u64 })
export const rlimit64 = struct('rlimit64', { rlim_cur: u64, rlim_max: u64 })

/** sysinfo(2). loads are 16.16 fixed point, memory in units of mem_unit bytes. */
export const sysinfo = struct('sysinfo', {
  uptime: i64,
  loads: array(u64, 3),
  totalram: u64,
  freeram: u64,
  sharedram: u64,
  bufferram: u64,
  totalswap: u64,
  freeswap: u64,
  procs: u16,
  pad: pad(2),
  totalhigh: u64,
  freehigh: u64,
  mem_unit: u32,
})

/** uname(2): 390 bytes. */
export const utsname = struct('utsname', {
  sysname: chars(65),
  nodename: chars(65),
  release: chars(65),
  version: chars(65),
  machine: chars(65),
  domainname: chars(65),
})

/** clone3(2). `flags` and `set_tid` are exact or pointers; exit_signal must fit CSIGNAL. */
export const clone_args = struct('clone_args', {
  flags: u64,
  pidfd: u64,
  child_tid: u64,
  parent_tid: u64,
  exit_signal: u64,
  stack: u64,
  stack_size: u64,
  tls: u64,
  set_tid: u64,
  set_tid_size: u64,
  cgroup: u64,
})
export const sched_param = struct('sched_param', { sched_priority: i32 })
/** sched_setattr(2). Times in nanoseconds. */
export const sched_attr = struct('sched_attr', {
  size: u32,
  sched_policy: u32,
  sched_flags: u64,
  sched_nice: i32,
  sched_priority: u32,
  sched_runtime: u64,
  sched_deadline: u64,
  sched_period: u64,
  sched_util_min: u32,
  sched_util_max: u32,
})

export const cap_user_header_t = struct('__user_cap_header_struct', { version: u32, pid: i32 })
/** One 32-bit half; versions 2 and 3 of the header use two of these. */
export const cap_user_data_t = struct('__user_cap_data_struct', {
  effective: u32,
  permitted: u32,
  inheritable: u32,
})
/** The security.capability attribute, version 3. */
export const vfs_ns_cap_data = struct('vfs_ns_cap_data', {
  magic_etc: u32,
  permitted_low: u32,
  inheritable_low: u32,
  permitted_high: u32,
  inheritable_high: u32,
  rootid: u32,
})

/** set_robust_list(2). C's `list` is one pointer. */
export const robust_list_head = struct('robust_list_head', {
  list: u64,
  futex_offset: i64,
  list_op_pending: u64,
})
export const futex_waitv = struct('futex_waitv', {
  val: u64big,
  uaddr: u64,
  flags: u32,
  __reserved: u32,
})
/** futex_requeue(2). */
export const futexWaitvPair = array(futex_waitv, 2)

/** rseq(2): the original 32 bytes, and node_id and mm_cid of Linux 6.3. */
export const rseq = struct('rseq', {
  cpu_id_start: u32,
  cpu_id: i32,
  rseq_cs: u64,
  flags: u32,
  node_id: u32,
  mm_cid: u32,
  end: pad(4),
})
export const rseq_cs = struct('rseq_cs', {
  version: u32,
  flags: u32,
  start_ip: u64,
  post_commit_offset: u64,
  abort_ip: u64,
})

/** PR_SET_MM_MAP. */
export const prctl_mm_map = struct('prctl_mm_map', {
  start_code: u64,
  end_code: u64,
  start_data: u64,
  end_data: u64,
  start_brk: u64,
  brk: u64,
  start_stack: u64,
  arg_start: u64,
  arg_end: u64,
  env_start: u64,
  env_end: u64,
  auxv: u64,
  auxv_size: u32,
  exe_fd: u32,
})

/** seccomp(2): a BPF program in the guest's memory. */
export const sock_fprog = struct('sock_fprog', { len: u16, filter: u64 })
