// Processes: making, ending, naming and grouping them. (syscalls)

import {
  CLONE_ARGS_SIZE_VER0,
  CLONE_ARGS_SIZE_VER2,
  CLONE_DETACHED,
  CLONE_INTO_CGROUP,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
  CSIGNAL,
  clone_args,
  E2BIG,
  EACCES,
  EINVAL,
  EPERM,
  ESRCH,
  KCMP_FILE,
  KCMP_FILES,
  KCMP_FS,
  KCMP_IO,
  KCMP_SIGHAND,
  KCMP_SYSVSEM,
  KCMP_VM,
  O_NONBLOCK,
  PIDFD_NONBLOCK,
  SIGCHLD,
} from '@tsvisor/abi'
import { KEEP_REGISTERS } from '../kernel/blocking.ts'
import { PAGE_SIZE } from '../platform/platform.ts'
import { type CloneRequest, cloneTask, handlersOf } from '../task/clone.ts'
import { mayPtrace } from '../task/permission.ts'
import { installPidFd, pidOf } from '../task/pid-file.ts'
import { ProcessGroup } from '../task/process-group.ts'
import { Session } from '../task/session.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import type { Handler } from './handler.ts'
import { installFd } from './install-fd.ts'

const PLAIN: CloneRequest = {
  flags: 0,
  handlers: 'inherit',
  exitSignal: SIGCHLD,
  stack: 0,
  tls: 0,
  parentTid: 0,
  childTid: 0,
  pidfd: 0,
}

export const fork: Handler<'fork'> = task => cloneTask(task, PLAIN)
export const vfork: Handler<'vfork'> = task =>
  cloneTask(task, { ...PLAIN, flags: CLONE_VM | CLONE_VFORK })

export const clone: Handler<'clone'> = (task, { flags, stack, parent_tid, child_tid, tls }) => {
  const low = (flags % 0x1_0000_0000) | 0
  if ((low & CLONE_PIDFD) !== 0 && (low & (CLONE_PARENT_SETTID | CLONE_DETACHED)) !== 0)
    throw EINVAL
  return cloneTask(task, {
    flags: low & ~CSIGNAL,
    handlers: 'inherit',
    exitSignal: low & CSIGNAL,
    stack,
    tls,
    parentTid: parent_tid,
    childTid: child_tid,
    pidfd: parent_tid,
  })
}

export const clone3: Handler<'clone3'> = (task, { cl_args, size }) => {
  if (size > PAGE_SIZE) throw E2BIG
  if (size < CLONE_ARGS_SIZE_VER0) throw EINVAL
  const data = task.mm.readBytes(cl_args, size)
  if (data.subarray(clone_args.size).some(byte => byte !== 0)) throw E2BIG
  const padded = new Uint8Array(Math.max(size, clone_args.size))
  padded.set(data)
  const args = clone_args.decode(padded)
  const low = (args.flags % 0x1_0000_0000) | 0
  if (args.flags >= 2 * CLONE_INTO_CGROUP || args.exit_signal > CSIGNAL) throw EINVAL
  if ((low & (CLONE_DETACHED | CSIGNAL)) !== 0) throw EINVAL
  if ((low & (CLONE_THREAD | CLONE_PARENT)) !== 0 && args.exit_signal !== 0) throw EINVAL
  if (args.exit_signal > 64) throw EINVAL
  if ((args.stack === 0) !== (args.stack_size === 0)) throw EINVAL
  if (args.set_tid_size > 0 || args.set_tid !== 0) {
    // Choosing numbers needs CAP_CHECKPOINT_RESTORE; nothing here offers it.
    throw args.set_tid === 0 || args.set_tid_size === 0 ? EINVAL : EPERM
  }
  const intoGroup = args.flags >= CLONE_INTO_CGROUP
  if (intoGroup && (args.cgroup > 0x7fff_ffff || size < CLONE_ARGS_SIZE_VER2)) throw EINVAL
  return cloneTask(task, {
    flags: low,
    handlers: handlersOf(args.flags),
    exitSignal: args.exit_signal,
    stack: args.stack === 0 ? 0 : args.stack + args.stack_size,
    tls: args.tls,
    parentTid: args.parent_tid,
    childTid: args.child_tid,
    pidfd: args.pidfd,
    ...(intoGroup && { cgroup: args.cgroup }),
  })
}

export const exit: Handler<'exit'> = (task, { status }) => {
  task.exitStatus ??= (status & 0xff) << 8
  task.attention = true
  return KEEP_REGISTERS
}
export const exit_group: Handler<'exit_group'> = (task, { status }) => {
  task.group.kill((status & 0xff) << 8)
  return KEEP_REGISTERS
}

export const getpid: Handler<'getpid'> = task => task.group.leader.pid.own
export const gettid: Handler<'gettid'> = task => task.pid.own
export const getppid: Handler<'getppid'> = task =>
  task.group.parent?.leader.pid.in(task.pidNamespace) ?? 0

export const set_tid_address: Handler<'set_tid_address'> = (task, { tidptr }) => {
  task.clearChildTid = tidptr
  return task.pid.own
}

/** The process with this number as the caller sees it; 0 is the caller's. Errors: ESRCH. */
export function findGroup(task: Task, pid: number): ThreadGroup {
  if (pid === 0) return task.group
  const group = task.pidNamespace.task(pid)?.group
  if (!group) throw ESRCH
  return group
}
/** The task with this thread id; 0 is the caller. Errors: ESRCH. */
export function findTask(task: Task, tid: number): Task {
  if (tid === 0) return task
  const found = task.pidNamespace.task(tid)
  if (!found) throw ESRCH
  return found
}

export const setpgid: Handler<'setpgid'> = (task, { pid, pgid }) => {
  if ((pgid === 0 ? pid : pgid) < 0) throw EINVAL
  const target = pid === 0 ? task.group : task.pidNamespace.task(pid)?.group
  if (!target || (pid !== 0 && target.leader.pid.in(task.pidNamespace) !== pid)) {
    throw target ? EINVAL : ESRCH
  }
  if (target.parent === task.group && target !== task.group) {
    if (target.session !== task.group.session) throw EPERM
    if (target.hasExeced) throw EACCES
  } else if (target !== task.group) throw ESRCH
  if (target.session.leader === target) throw EPERM
  const number = pgid === 0 ? target.leader.pid.in(task.pidNamespace) : pgid
  const id = task.pidNamespace.find(number)
  const own = id === target.leader.pid
  if (!own && (!id?.processGroup || id.processGroup.session !== task.group.session)) throw EPERM
  const destination = id!.processGroup ?? new ProcessGroup(target.leader.pid, task.group.session)
  destination.join(target)
  return 0
}
export const getpgid: Handler<'getpgid'> = (task, { pid }) =>
  findGroup(task, pid).processGroup.pid.in(task.pidNamespace)
export const getpgrp: Handler<'getpgrp'> = task => task.group.processGroup.pid.in(task.pidNamespace)
export const getsid: Handler<'getsid'> = (task, { pid }) =>
  findGroup(task, pid).session.pid.in(task.pidNamespace)

export const setsid: Handler<'setsid'> = task => {
  const { group } = task
  const id = group.leader.pid
  if (group.session.leader === group || id.processGroup !== undefined) throw EPERM
  const session = new Session(id, group)
  new ProcessGroup(id, session).join(group)
  return id.own
}

export const pidfd_open: Handler<'pidfd_open'> = (task, { pid, flags }) => {
  if ((flags & ~PIDFD_NONBLOCK) !== 0 || pid <= 0) throw EINVAL
  const id = task.pidNamespace.find(pid)
  if (!id?.task) throw ESRCH
  if (!id.task.isLeader) throw EINVAL
  return installPidFd(task, id, flags & PIDFD_NONBLOCK ? O_NONBLOCK : 0)
}

export const pidfd_getfd: Handler<'pidfd_getfd'> = (task, { pidfd, targetfd, flags }) => {
  if (flags !== 0) throw EINVAL
  const target = pidOf(task, pidfd).task
  if (!target || target.state === 'dead') throw ESRCH
  if (!mayPtrace(task, target)) throw EPERM
  const file = target.fds.getAny(targetfd).hold()
  try {
    return installFd(task, file, true)
  } catch (error) {
    file.release()
    throw error
  }
}

const order = (one: object, other: object, ranks: WeakMap<object, number>): number => {
  if (one === other) return 0
  const rank = (value: object): number => {
    let found = ranks.get(value)
    if (found === undefined) ranks.set(value, (found = nextRank++))
    return found
  }
  return rank(one) < rank(other) ? 1 : 2
}
let nextRank = 1
const ranks = new WeakMap<object, number>()

export const kcmp: Handler<'kcmp'> = (task, { pid1, pid2, type, idx1, idx2 }) => {
  const one = task.pidNamespace.task(pid1)
  const two = task.pidNamespace.task(pid2)
  if (!one || !two) throw ESRCH
  if (!mayPtrace(task, one) || !mayPtrace(task, two)) throw EPERM
  switch (type) {
    case KCMP_FILE:
      return order(one.fds.getAny(idx1), two.fds.getAny(idx2), ranks)
    case KCMP_VM:
      return order(one.mm, two.mm, ranks)
    case KCMP_FILES:
      return order(one.fds, two.fds, ranks)
    case KCMP_FS:
      return order(one.fs, two.fs, ranks)
    case KCMP_SIGHAND:
      return order(one.group.actions, two.group.actions, ranks)
    case KCMP_IO:
    case KCMP_SYSVSEM:
      return 0
  }
  throw EINVAL
}
