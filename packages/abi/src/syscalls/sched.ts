// System calls on scheduling, futexes and thread-local registration. (abi, pure)

import { FUTEX2_SIZE_MASK, futex2Flags, futexOperations, rseqFlags } from '../constants/futex.ts'
import { ioprioWhich, schedPolicies } from '../constants/sched.ts'
import { clockIds } from '../constants/time.ts'
import { u32, u64 } from '../struct.ts'
import {
  futex_waitv,
  futexWaitvPair,
  robust_list_head,
  rseq,
  sched_attr,
  sched_param,
} from '../structs/process.ts'
import { timespec } from '../structs/time.ts'
import {
  arrayOf,
  buffer,
  flags,
  int,
  oneOf,
  pid,
  pointer,
  ptr,
  ptrTo,
  size,
  sys,
  u64exact,
  uint,
  ulong,
} from '../syscall.ts'

export const schedSyscalls = {
  sched_yield: sys(24, () => ({})),
  sched_setparam: sys(142, () => ({ pid, param: ptr('in', sched_param) })),
  sched_getparam: sys(143, () => ({ pid, param: ptr('out', sched_param) })),
  sched_setscheduler: sys(144, () => ({
    pid,
    policy: oneOf(schedPolicies),
    param: ptr('in', sched_param),
  })),
  sched_getscheduler: sys(145, () => ({ pid })),
  sched_get_priority_max: sys(146, () => ({ policy: oneOf(schedPolicies) })),
  sched_get_priority_min: sys(147, () => ({ policy: oneOf(schedPolicies) })),
  sched_rr_get_interval: sys(148, () => ({ pid, tp: ptr('out', timespec) })),
  modify_ldt: sys(154, () => ({ func: int, ptr: buffer('inout', 'bytecount'), bytecount: ulong })),
  futex: sys(202, () => ({
    uaddr: ptrTo('inout', u32),
    futex_op: flags(futexOperations, 0x7f),
    val: uint,
    // Some operations take a number, val2, here: the low half of the register is exact there.
    timeout: pointer,
    uaddr2: ptrTo('inout', u32),
    val3: uint,
  })),
  sched_setaffinity: sys(203, () => ({ pid, cpusetsize: uint, mask: buffer('in', 'cpusetsize') })),
  sched_getaffinity: sys(204, () => ({ pid, cpusetsize: uint, mask: buffer('out', 'cpusetsize') })),
  set_thread_area: sys(205, () => ({ u_info: pointer })),
  get_thread_area: sys(211, () => ({ u_info: pointer })),
  ioprio_set: sys(251, () => ({ which: oneOf(ioprioWhich), who: int, ioprio: int })),
  ioprio_get: sys(252, () => ({ which: oneOf(ioprioWhich), who: int })),
  set_robust_list: sys(273, () => ({ head: ptr('in', robust_list_head), len: size })),
  get_robust_list: sys(274, () => ({
    pid,
    head_ptr: ptrTo('out', u64),
    len_ptr: ptrTo('out', u64),
  })),
  getcpu: sys(309, () => ({ cpu: ptrTo('out', u32), node: ptrTo('out', u32), tcache: pointer })),
  sched_setattr: sys(314, () => ({ pid, attr: ptr('in', sched_attr), flags: uint })),
  sched_getattr: sys(315, () => ({ pid, attr: ptr('out', sched_attr), size: uint, flags: uint })),
  rseq: sys(334, () => ({
    rseq: ptr('inout', rseq),
    rseq_len: uint,
    flags: flags(rseqFlags),
    sig: uint,
  })),
  futex_waitv: sys(449, () => ({
    waiters: arrayOf('in', futex_waitv, 'nr_futexes'),
    nr_futexes: uint,
    flags: uint,
    timeout: ptr('in', timespec),
    clockid: oneOf(clockIds),
  })),
  futex_wake: sys(454, () => ({
    uaddr: ptrTo('inout', u32),
    mask: u64exact,
    nr: int,
    flags: flags(futex2Flags, FUTEX2_SIZE_MASK),
  })),
  futex_wait: sys(455, () => ({
    uaddr: ptrTo('in', u32),
    val: u64exact,
    mask: u64exact,
    flags: flags(futex2Flags, FUTEX2_SIZE_MASK),
    timeout: ptr('in', timespec),
    clockid: oneOf(clockIds),
  })),
  futex_requeue: sys(456, () => ({
    waiters: ptrTo('in', futexWaitvPair),
    flags: uint,
    nr_wake: int,
    nr_requeue: int,
  })),
}
