// Scheduling parameters: kept, checked and read back; the host schedules guest threads. (syscalls)
// Linux kernel/sched/syscalls.c, block/ioprio.c.

import {
  CAP_SYS_NICE,
  E2BIG,
  EACCES,
  EINVAL,
  EPERM,
  ESRCH,
  IOPRIO_WHO_PGRP,
  IOPRIO_WHO_PROCESS,
  IOPRIO_WHO_USER,
  PRIO_PGRP,
  PRIO_PROCESS,
  PRIO_USER,
  RLIMIT_NICE,
  RLIMIT_RTPRIO,
  SCHED_BATCH,
  SCHED_DEADLINE,
  SCHED_FIFO,
  SCHED_FLAG_RESET_ON_FORK,
  SCHED_IDLE,
  SCHED_NORMAL,
  SCHED_RESET_ON_FORK,
  SCHED_RR,
  sched_attr,
} from '@tsvisor/abi'
import { PAGE_SIZE } from '../platform/platform.ts'
import { hasCapability, hasCapabilityIn } from '../task/credentials.ts'
import { checkIoPriority } from '../task/io-priority.ts'
import type { Task } from '../task/task.ts'
import { writeTimespec } from '../time/guest-time.ts'
import type { Handler } from './handler.ts'

export const sched_yield: Handler<'sched_yield'> = () => 0

const REALTIME_MAX = 99
const isRealtime = (policy: number): boolean => policy === SCHED_FIFO || policy === SCHED_RR
const isKnown = (policy: number): boolean =>
  isRealtime(policy) || [SCHED_NORMAL, SCHED_BATCH, SCHED_IDLE].includes(policy)

/** Errors: EINVAL, ESRCH. */
function target(task: Task, pid: number): Task {
  if (pid < 0) throw EINVAL
  const found = pid === 0 ? task : task.pidNamespace.task(pid)
  if (!found) throw ESRCH
  return found
}
const sameUser = (task: Task, other: Task): boolean =>
  task.creds.euid === other.creds.uid || task.creds.euid === other.creds.euid
/** Whether CAP_SYS_NICE counts for `other`: to give it less; for more it must count for all. */
const mayDirect = (task: Task, other: Task): boolean =>
  hasCapabilityIn(task.creds, other.creds.userNamespace, CAP_SYS_NICE)

interface Wanted {
  readonly policy: number
  readonly priority: number
  readonly nice: number
  readonly resetOnFork: boolean
}
/** Errors: EINVAL, EPERM (user_check_sched_setscheduler). */
function change(task: Task, other: Task, wanted: Wanted): void {
  const { policy, priority, nice, resetOnFork } = wanted
  if (!isKnown(policy)) throw EINVAL
  if (priority < 0 || priority > REALTIME_MAX || isRealtime(policy) !== priority > 0) throw EINVAL
  const { scheduling, group } = other
  if (!hasCapability(task.creds, CAP_SYS_NICE)) {
    if (isRealtime(policy)) {
      const limit = group.limits.soft(RLIMIT_RTPRIO)
      if (policy !== scheduling.policy && limit === 0) throw EPERM
      if (priority > scheduling.priority && priority > limit) throw EPERM
    }
    if (nice < scheduling.nice && 20 - nice > group.limits.soft(RLIMIT_NICE)) throw EPERM
    if (scheduling.policy === SCHED_IDLE && policy !== SCHED_IDLE)
      if (20 - scheduling.nice > group.limits.soft(RLIMIT_NICE)) throw EPERM
    if (!sameUser(task, other)) throw EPERM
    if (scheduling.resetOnFork && !resetOnFork) throw EPERM
  }
  scheduling.policy = policy
  scheduling.priority = priority
  if (!isRealtime(policy)) scheduling.nice = nice
  scheduling.resetOnFork = resetOnFork
}

export const sched_setscheduler: Handler<'sched_setscheduler'> = (task, { pid, policy, param }) => {
  if (param === 0 || pid < 0 || policy < 0) throw EINVAL
  const priority = task.mm.readI32(param)
  const other = target(task, pid)
  change(task, other, {
    policy: policy & ~SCHED_RESET_ON_FORK,
    priority,
    nice: other.scheduling.nice,
    resetOnFork: (policy & SCHED_RESET_ON_FORK) !== 0,
  })
  return 0
}
export const sched_setparam: Handler<'sched_setparam'> = (task, { pid, param }) => {
  if (param === 0 || pid < 0) throw EINVAL
  const priority = task.mm.readI32(param)
  const other = target(task, pid)
  const { policy, nice, resetOnFork } = other.scheduling
  change(task, other, { policy, priority, nice, resetOnFork })
  return 0
}
export const sched_getscheduler: Handler<'sched_getscheduler'> = (task, { pid }) => {
  const { policy, resetOnFork } = target(task, pid).scheduling
  return policy | (resetOnFork ? SCHED_RESET_ON_FORK : 0)
}
export const sched_getparam: Handler<'sched_getparam'> = (task, { pid, param }) => {
  if (param === 0) throw EINVAL
  task.mm.writeU32(param, target(task, pid).scheduling.priority)
  return 0
}
/** Errors: EINVAL. */
const bound = (policy: number, realtime: number): number => {
  if (isRealtime(policy)) return realtime
  if (isKnown(policy) || policy === SCHED_DEADLINE) return 0
  throw EINVAL
}
export const sched_get_priority_max: Handler<'sched_get_priority_max'> = (_task, { policy }) =>
  bound(policy, REALTIME_MAX)
export const sched_get_priority_min: Handler<'sched_get_priority_min'> = (_task, { policy }) =>
  bound(policy, 1)

export const sched_rr_get_interval: Handler<'sched_rr_get_interval'> = (task, { pid, tp }) => {
  const { policy } = target(task, pid).scheduling
  const nsec = policy === SCHED_RR ? 100_000_000 : policy === SCHED_FIFO ? 0 : 4_000_000
  writeTimespec(task, tp, { sec: 0, nsec })
  return 0
}

/** sched_attr of version 0, before the utilisation fields. */
const ATTR_SIZE_VER0 = 48
export const sched_setattr: Handler<'sched_setattr'> = (task, { pid, attr, flags }) => {
  if (attr === 0 || pid < 0 || flags !== 0) throw EINVAL
  const given = task.mm.readU32(attr)
  const size = given === 0 ? ATTR_SIZE_VER0 : given
  const tooBig = () => {
    task.mm.writeU32(attr, sched_attr.size)
    return E2BIG
  }
  if (size < ATTR_SIZE_VER0 || size > PAGE_SIZE) throw tooBig()
  const data = new Uint8Array(Math.max(size, sched_attr.size))
  task.mm.read(attr, data.subarray(0, size))
  if (data.subarray(sched_attr.size).some(byte => byte !== 0)) throw tooBig()
  const wanted = sched_attr.decode(data)
  if (wanted.sched_flags > SCHED_FLAG_RESET_ON_FORK) throw EINVAL
  change(task, target(task, pid), {
    policy: wanted.sched_policy,
    priority: wanted.sched_priority,
    nice: Math.max(-20, Math.min(19, wanted.sched_nice)),
    resetOnFork: wanted.sched_flags === SCHED_FLAG_RESET_ON_FORK,
  })
  return 0
}
export const sched_getattr: Handler<'sched_getattr'> = (task, { pid, attr, size, flags }) => {
  if (attr === 0 || pid < 0 || flags !== 0 || size < ATTR_SIZE_VER0 || size > PAGE_SIZE)
    throw EINVAL
  const { scheduling } = target(task, pid)
  const known = Math.min(size, sched_attr.size)
  const data = sched_attr.encode({
    ...sched_attr.decode(new Uint8Array(sched_attr.size)),
    size: known,
    sched_policy: scheduling.policy,
    sched_flags: scheduling.resetOnFork ? SCHED_FLAG_RESET_ON_FORK : 0,
    sched_nice: isRealtime(scheduling.policy) ? 0 : scheduling.nice,
    sched_priority: scheduling.priority,
  })
  task.mm.write(attr, data.subarray(0, known))
  return 0
}

/** Bytes of the kernel's CPU mask: whole 64-bit words. */
const maskBytes = (task: Task): number => 8 * Math.ceil(task.kernel.cpus / 64)

/** All CPUs that exist. */
function everyCpu(task: Task): Uint8Array {
  const mask = new Uint8Array(maskBytes(task))
  for (let cpu = 0; cpu < task.kernel.cpus; cpu++) mask[cpu >> 3]! |= 1 << (cpu & 7)
  return mask
}
/** A negative pid is nobody's here, not an error of its own. */
const affinityTarget = (task: Task, pid: number): Task => {
  if (pid < 0) throw ESRCH
  return target(task, pid)
}
export const sched_getaffinity: Handler<'sched_getaffinity'> = (
  task,
  { pid, cpusetsize, mask },
) => {
  if (cpusetsize * 8 < task.kernel.cpus || cpusetsize % 8 !== 0) throw EINVAL
  const { affinity } = affinityTarget(task, pid).scheduling
  const length = Math.min(cpusetsize, maskBytes(task))
  const data = affinity.length === 0 ? everyCpu(task) : affinity
  task.mm.write(mask, data.subarray(0, length))
  return length
}
export const sched_setaffinity: Handler<'sched_setaffinity'> = (
  task,
  { pid, cpusetsize, mask },
) => {
  const allowed = everyCpu(task)
  const given = task.mm.readBytes(mask, Math.min(cpusetsize, allowed.length))
  const other = affinityTarget(task, pid)
  if (!sameUser(task, other) && !mayDirect(task, other)) throw EPERM
  const chosen = allowed.map((byte, i) => byte & (given[i] ?? 0))
  if (chosen.every(byte => byte === 0)) throw EINVAL
  other.scheduling.affinity = chosen
  return 0
}
export const getcpu: Handler<'getcpu'> = (task, { cpu, node }) => {
  const { affinity } = task.scheduling
  const byte = affinity.findIndex(bits => bits !== 0)
  const first = byte < 0 ? 0 : 8 * byte + 31 - Math.clz32(affinity[byte]! & -affinity[byte]!)
  if (cpu !== 0) task.mm.writeU32(cpu, first)
  if (node !== 0) task.mm.writeU32(node, 0)
  return 0
}

/** Tasks that getpriority, setpriority, ioprio_get and ioprio_set mean. Errors: EINVAL. */
function chosen(
  task: Task,
  kinds: { process: number; group: number; user: number },
  which: number,
  who: number,
): Task[] {
  if (which === kinds.process) {
    const found = who === 0 ? task : task.pidNamespace.task(who)
    return found ? [found] : []
  }
  if (which === kinds.group) {
    const group = who === 0 ? task.group.processGroup : task.pidNamespace.find(who)?.processGroup
    return group ? [...group.members].flatMap(member => [...member.tasks]) : []
  }
  if (which !== kinds.user) throw EINVAL
  const uid = who === 0 ? task.creds.uid : task.creds.userNamespace.uids.toKernel(who)
  return [...task.pidNamespace.tasks()].filter(other => other.creds.uid === uid)
}
const PRIO = { process: PRIO_PROCESS, group: PRIO_PGRP, user: PRIO_USER }
const IOPRIO = { process: IOPRIO_WHO_PROCESS, group: IOPRIO_WHO_PGRP, user: IOPRIO_WHO_USER }

/** Answers 20 - nice, so that no result is negative. */
export const getpriority: Handler<'getpriority'> = (task, { which, who }) => {
  const tasks = chosen(task, PRIO, which, who)
  if (tasks.length === 0) throw ESRCH
  return Math.max(...tasks.map(other => 20 - other.scheduling.nice))
}
export const setpriority: Handler<'setpriority'> = (task, { which, who, prio }) => {
  const tasks = chosen(task, PRIO, which, who)
  if (tasks.length === 0) throw ESRCH
  const nice = Math.max(-20, Math.min(19, prio))
  const capable = hasCapability(task.creds, CAP_SYS_NICE)
  let failure: unknown
  for (const other of tasks) {
    const same = task.creds.uid === other.creds.uid || sameUser(task, other)
    if (!same && !mayDirect(task, other)) failure = EPERM
    else if (
      nice < other.scheduling.nice &&
      !capable &&
      20 - nice > other.group.limits.soft(RLIMIT_NICE)
    )
      failure = EACCES
    else other.scheduling.nice = nice
  }
  if (failure) throw failure
  return 0
}

export const ioprio_set: Handler<'ioprio_set'> = (task, { which, who, ioprio }) => {
  checkIoPriority(task.creds, ioprio)
  const tasks = chosen(task, IOPRIO, which, who)
  if (tasks.length === 0) throw ESRCH
  for (const other of tasks) {
    if (!sameUser(task, other) && !hasCapability(task.creds, CAP_SYS_NICE)) throw EPERM
    other.scheduling.ioPriority = ioprio
  }
  return 0
}
export const ioprio_get: Handler<'ioprio_get'> = (task, { which, who }) => {
  const tasks = chosen(task, IOPRIO, which, who)
  if (tasks.length === 0) throw ESRCH
  return tasks[0]!.scheduling.ioPriority
}
