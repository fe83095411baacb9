// Who may do what to whom: ptrace-like access, signals. (task)

import { CAP_KILL, CAP_SYS_PTRACE, SIGCONT } from '@tsvisor/abi'
import { type Credentials, hasCapabilityIn } from './credentials.ts'
import type { Task } from './task.ts'

/** Linux __ptrace_may_access with PTRACE_MODE_REALCREDS, cap_ptrace_access_check. */
export function mayPtrace(task: Task, target: Task): boolean {
  if (task.group === target.group) return true
  const { uid, gid } = task.creds
  const other = target.creds
  const same =
    uid === other.uid &&
    uid === other.euid &&
    uid === other.suid &&
    gid === other.gid &&
    gid === other.egid &&
    gid === other.sgid
  const capable = hasCapabilityIn(task.creds, other.userNamespace, CAP_SYS_PTRACE)
  if (!same && !capable) return false
  if (
    target.group.dumpable !== 1 &&
    !hasCapabilityIn(task.creds, target.mm.userNamespace, CAP_SYS_PTRACE)
  )
    return false
  return capable || isCoveredHere(other, task.creds, task.creds.capabilities.permitted)
}

/** Whether `other` is in the same user namespace and holds no more there than `held`. */
export const isCoveredHere = (other: Credentials, creds: Credentials, held: bigint): boolean =>
  other.userNamespace === creds.userNamespace && (other.capabilities.permitted & ~held) === 0n

/** Linux kill_ok_by_cred and check_kill_permission. */
export function maySignal(task: Task, target: Task, signo: number): boolean {
  if (task.group === target.group) return true
  const { uid, euid } = task.creds
  const other = target.creds
  if (euid === other.suid || euid === other.uid || uid === other.suid || uid === other.uid)
    return true
  if (hasCapabilityIn(task.creds, other.userNamespace, CAP_KILL)) return true
  return signo === SIGCONT && task.group.session === target.group.session
}
