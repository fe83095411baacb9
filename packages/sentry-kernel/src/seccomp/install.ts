// Turning seccomp on. (seccomp)
// Linux kernel/seccomp.c: seccomp_set_mode_strict, seccomp_set_mode_filter, seccomp_attach_filter.

import {
  CAP_SYS_ADMIN,
  EACCES,
  EINVAL,
  ESRCH,
  SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
  SECCOMP_MODE_DISABLED,
  SECCOMP_MODE_FILTER,
  SECCOMP_MODE_STRICT,
} from '@tsvisor/abi'
import { hasOwnCapability } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { BpfProgram } from './bpf-program.ts'
import { SeccompFilter } from './filter.ts'

/** Those of a kernel without user notification. */
const KNOWN_FLAGS =
  SECCOMP_FILTER_FLAG_TSYNC |
  SECCOMP_FILTER_FLAG_LOG |
  SECCOMP_FILTER_FLAG_SPEC_ALLOW |
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH

/** Errors: EINVAL with filters. */
export function setStrict(task: Task): number {
  checkMode(task, SECCOMP_MODE_STRICT)
  task.seccomp = SECCOMP_MODE_STRICT
  return 0
}

/** For a task that may: privileges that it could lose stay away from the programs it filters. */
export function checkMayFilter({ creds }: Task): void {
  if (!creds.noNewPrivileges && !hasOwnCapability(creds, CAP_SYS_ADMIN)) throw EACCES
}

/** Errors: EINVAL. */
export function checkFilterFlags(flags: number): void {
  if (flags & ~KNOWN_FLAGS) throw EINVAL
}

/**
 * Adds a filter to those of the task, from an array of struct sock_filter; to all threads with
 * SECCOMP_FILTER_FLAG_TSYNC. Returns 0, or the id of a thread that has other filters.
 * Errors: EINVAL for a bad program or in strict mode, ENOMEM, ESRCH with SECCOMP_FILTER_FLAG_TSYNC_ESRCH.
 */
export function addFilter(task: Task, instructions: Uint8Array, flags: number): number {
  const program = new BpfProgram(instructions)
  checkMode(task, SECCOMP_MODE_FILTER)
  const filter = new SeccompFilter(program, task.seccompFilter)
  if (flags & SECCOMP_FILTER_FLAG_TSYNC) {
    const stranger = findStranger(task)
    if (stranger !== undefined) {
      if (flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH) throw ESRCH
      return stranger.pid.numbers[task.pidNamespace.level]!
    }
    for (const other of task.group.tasks) if (other !== task) synchronize(other, task, filter)
  }
  task.seccomp = SECCOMP_MODE_FILTER
  task.seccompFilter = filter
  return 0
}

function checkMode({ seccomp }: Task, wanted: number): void {
  if (seccomp !== SECCOMP_MODE_DISABLED && seccomp !== wanted) throw EINVAL
}

/** A thread whose filters are not a part of the caller's. */
function findStranger(task: Task): Task | undefined {
  for (const other of task.group.tasks) {
    if (other === task || other.seccomp === SECCOMP_MODE_DISABLED) continue
    const own = other.seccompFilter
    if (own === undefined || !own.isAncestorOf(task.seccompFilter)) return other
  }
  return undefined
}

function synchronize(other: Task, { creds }: Task, filter: SeccompFilter): void {
  other.seccompFilter = filter
  other.seccomp = SECCOMP_MODE_FILTER
  if (creds.noNewPrivileges) other.creds = { ...other.creds, noNewPrivileges: true }
}
