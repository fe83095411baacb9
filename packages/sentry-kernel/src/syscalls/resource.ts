// Resource limits and usage. (syscalls)

import {
  type Addr,
  CAP_SYS_RESOURCE,
  EINVAL,
  EPERM,
  ESRCH,
  RLIMIT_CPU,
  RLIMIT_NOFILE,
  rlimit64,
  rusage,
  tms,
} from '@tsvisor/abi'
import { hasCapability, hasCapabilityIn } from '../task/credentials.ts'
import { LIMIT_COUNT } from '../task/limits.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import { rusageOf, ticks, Usage } from '../task/usage.ts'
import { watchCpuLimit } from '../time/cpu-limit.ts'
import type { Handler } from './handler.ts'

const RUSAGE_SELF = 0
const RUSAGE_CHILDREN = -1
const RUSAGE_THREAD = 1
/** fs.nr_open */
const MOST_FILES = 1 << 20

function getLimit(task: Task, target: ThreadGroup, resource: number, at: Addr): void {
  task.mm.writeStruct(rlimit64, at, {
    rlim_cur: target.limits.soft(resource),
    rlim_max: target.limits.hard(resource),
  })
}
function setLimit(task: Task, target: ThreadGroup, resource: number, at: Addr): void {
  const { rlim_cur, rlim_max } = task.mm.readStruct(rlimit64, at)
  if (rlim_cur > rlim_max) throw EINVAL
  if (resource === RLIMIT_NOFILE && rlim_max > MOST_FILES) throw EPERM
  if (rlim_max > target.limits.hard(resource) && !hasCapability(task.creds, CAP_SYS_RESOURCE))
    throw EPERM
  target.limits.set(resource, rlim_cur, rlim_max)
  if (resource === RLIMIT_CPU) watchCpuLimit(target)
}
const check = (resource: number): void => {
  if (resource < 0 || resource >= LIMIT_COUNT) throw EINVAL
}

export const getrlimit: Handler<'getrlimit'> = (task, { resource, rlim }) => {
  check(resource)
  getLimit(task, task.group, resource, rlim)
  return 0
}
export const setrlimit: Handler<'setrlimit'> = (task, { resource, rlim }) => {
  check(resource)
  setLimit(task, task.group, resource, rlim)
  return 0
}
export const prlimit64: Handler<'prlimit64'> = (task, args) => {
  const { pid, resource, new_limit, old_limit } = args
  check(resource)
  const target = pid === 0 ? task : task.pidNamespace.task(pid)
  if (!target) throw ESRCH
  if (!mayChangeLimits(task, target)) throw EPERM
  const { limits } = target.group
  const old = { rlim_cur: limits.soft(resource), rlim_max: limits.hard(resource) }
  if (new_limit !== 0) setLimit(task, target.group, resource, new_limit)
  if (old_limit !== 0) task.mm.writeStruct(rlimit64, old_limit, old)
  return 0
}
/** Linux check_prlimit_permission. */
function mayChangeLimits(task: Task, target: Task): boolean {
  if (task.group === target.group) return true
  const { uid, gid } = task.creds
  const other = target.creds
  const same =
    [other.uid, other.euid, other.suid].every(id => id === uid) &&
    [other.gid, other.egid, other.sgid].every(id => id === gid)
  return same || hasCapabilityIn(task.creds, other.userNamespace, CAP_SYS_RESOURCE)
}

export const getrusage: Handler<'getrusage'> = (task, { who, usage }) => {
  task.mm.writeStruct(rusage, usage, rusageOf(usageOf(task, who)))
  return 0
}
/** Errors: EINVAL. */
function usageOf(task: Task, who: number): Usage {
  const { group } = task
  if (who === RUSAGE_CHILDREN) return group.waited
  const used = new Usage()
  if (who !== RUSAGE_SELF && who !== RUSAGE_THREAD) throw EINVAL
  used.cpuNs = who === RUSAGE_SELF ? group.cpuNs() : task.cpuNs()
  used.maxRss = Math.max(group.exited.maxRss, Math.floor(task.mm.space.residentBytes() / 1024))
  return used
}

export const times: Handler<'times'> = (task, { buf }) => {
  if (buf !== 0)
    task.mm.writeStruct(tms, buf, {
      tms_utime: ticks(task.group.cpuNs()),
      tms_stime: 0,
      tms_cutime: ticks(task.group.waited.cpuNs),
      tms_cstime: 0,
    })
  return ticks(task.kernel.clock.monotonicNs())
}
