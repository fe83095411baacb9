// What a tracer waits for: stops and ends of its tracees. (ptrace)
// Linux kernel/exit.c: ptrace_do_wait, wait_task_stopped, wait_task_zombie.

import {
  __WNOTHREAD,
  CLD_CONTINUED,
  CLD_TRAPPED,
  SIGCONT,
  WCONTINUED,
  WEXITED,
  WNOWAIT,
} from '@tsvisor/abi'
import { describeExit } from '../task/child-info.ts'
import type { Task } from '../task/task.ts'
import { usageOf } from '../task/usage.ts'
import type { ChildReport } from '../task/wait.ts'
import { reap } from '../task/zombie.ts'
import { unlink } from './attach.ts'
import { releaseZombie } from './release-zombie.ts'
import type { Tracee } from './tracee.ts'
import { endStatus, mayBeReaped } from './zombie.ts'

/** Looks at the tracees that `matches` picks. `any`: there is one to wait for. */
export function considerTracees(
  waiter: Task,
  matches: (task: Task) => boolean,
  options: number,
): { readonly any: boolean; readonly report: ChildReport | undefined } {
  let any = false
  for (const tracee of waiter.group.tracees ?? []) {
    if (options & __WNOTHREAD && tracee.tracer !== waiter) continue
    if (!matches(tracee.task)) continue
    if (tracee.task.state !== 'dead' || mayBeReaped(tracee) || options & (WEXITED | WCONTINUED))
      any = true
    const report = reportOf(waiter, tracee, options)
    if (report !== undefined) return { any, report }
  }
  return { any, report: undefined }
}

function reportOf(waiter: Task, tracee: Tracee, options: number): ChildReport | undefined {
  const { task, stop } = tracee
  const { group } = task
  const keep = (options & WNOWAIT) !== 0
  const base = () => ({
    pid: task.pid.in(waiter.pidNamespace),
    uid: task.creds.uid,
    usage: usageOf(group),
  })
  if (task.state === 'dead') {
    if ((options & WEXITED) === 0 || !mayBeReaped(tracee)) return undefined
    const wstatus = endStatus(tracee)
    const report = { ...base(), wstatus, ...describeExit(wstatus) }
    if (!keep) bury(waiter, tracee)
    return report
  }
  if (stop !== undefined && stop.code !== 0 && tracee.ready) {
    const { code } = stop
    if (!keep) stop.code = 0
    return { ...base(), wstatus: (code << 8) | 0x7f, code: CLD_TRAPPED, status: code }
  }
  if (group.stopReport === 'continued' && (options & WCONTINUED) !== 0) {
    if (!keep) group.stopReport = undefined
    return { ...base(), wstatus: 0xffff, code: CLD_CONTINUED, status: SIGCONT }
  }
  return undefined
}

/** What it says of its end is said once: to its parent too, if that is another. */
function bury(waiter: Task, tracee: Tracee): void {
  const { group } = tracee.task
  unlink(tracee)
  if (!tracee.task.isLeader || group.parent !== waiter.group) {
    releaseZombie(tracee)
    return
  }
  waiter.group.waited.add(usageOf(group))
  reap(group)
}
