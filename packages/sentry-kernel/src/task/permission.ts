// Who may do what to whom: ptrace-like access, signals. (task)

import { CAP_KILL, CAP_SYS_PTRACE, SIGCONT } from '@tsvisor/abi'
import { hasCapability } from './credentials.ts'
import type { Task } from './task.ts'

/** Linux __ptrace_may_access with PTRACE_MODE_REALCREDS. */
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
  const capable = hasCapability(task.creds, CAP_SYS_PTRACE)
  if (!same && !capable) return false
  if (target.group.dumpable !== 1 && !capable) return false
  const missing = other.capabilities.permitted & ~task.creds.capabilities.permitted
  return missing === 0n || capable
}

/** Linux kill_ok_by_cred and check_kill_permission. */
export function maySignal(task: Task, target: Task, signo: number): boolean {
  if (task.group === target.group) return true
  const { uid, euid } = task.creds
  const other = target.creds
  if (euid === other.suid || euid === other.uid || uid === other.suid || uid === other.uid)
    return true
  if (hasCapability(task.creds, CAP_KILL)) return true
  return signo === SIGCONT && task.group.session === target.group.session
}
