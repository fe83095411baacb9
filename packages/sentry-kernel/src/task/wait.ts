// Waiting for children: which one, and what it has to report. (task)
// Linux kernel/exit.c: do_wait, wait_consider_task.

import {
  __WALL,
  __WCLONE,
  CLD_CONTINUED,
  CLD_STOPPED,
  ECHILD,
  ERESTARTSYS,
  SIGCHLD,
  SIGCONT,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WUNTRACED,
} from '@tsvisor/abi'
import type { Blocking } from '../kernel/blocking.ts'
import { isTracedBy } from '../ptrace/tracee.ts'
import { considerTracees } from '../ptrace/wait.ts'
import { describeExit } from './child-info.ts'
import type { Pid } from './pid-namespace.ts'
import type { ProcessGroup } from './process-group.ts'
import type { Task } from './task.ts'
import type { ThreadGroup } from './thread-group.ts'
import { type Usage, usageOf } from './usage.ts'
import { reap } from './zombie.ts'

/** Which children: all, one process, or one job. `nobody` when the number names nothing. */
export type WaitTarget = 'all' | 'nobody' | Pid | ProcessGroup

/** What a child reported. */
export interface ChildReport {
  readonly pid: number
  readonly uid: number
  /** As wait4 stores it. */
  readonly wstatus: number
  /** As waitid stores them. */
  readonly code: number
  readonly status: number
  readonly usage: Usage
}

/**
 * Waits until a child has something to report; undefined with WNOHANG when none has.
 * Errors: ECHILD, ERESTARTSYS.
 */
export function* waitForChild(
  task: Task,
  target: WaitTarget,
  options: number,
): Blocking<ChildReport | undefined> {
  const { group } = task
  for (;;) {
    const found = consider(task, target, options)
    if (found === 'none') throw ECHILD
    if (found !== 'nothing yet') return found
    if ((options & WNOHANG) !== 0) return undefined
    const why = yield {
      queues: [group.childEvents],
      events: -1,
      deadlineNs: undefined,
      interruptedBy: 'signal',
    }
    if (why === 'signal') {
      // What came together with the signal still counts.
      const late = consider(task, target, options)
      if (late !== 'none' && late !== 'nothing yet') return late
      throw ERESTARTSYS
    }
  }
}

function consider(
  task: Task,
  target: WaitTarget,
  options: number,
): ChildReport | 'none' | 'nothing yet' {
  let any = false
  const { group } = task
  for (const child of group.children) {
    if (!matches(child, target) || !eligible(child, options)) continue
    // As a tracee it says more.
    if (child.leader.tracee !== undefined && isTracedBy(child, group)) continue
    any = true
    const report = reportOf(task, child, options)
    if (report) return report
  }
  if (group.tracees !== undefined) {
    const traced = considerTracees(task, tracee => matchesTask(tracee, target), options)
    if (traced.report) return traced.report
    any ||= traced.any
  }
  return any ? 'nothing yet' : 'none'
}

const matchesTask = (task: Task, target: WaitTarget): boolean =>
  target === 'all' || task.pid === target || task.group.processGroup === target

function matches(child: ThreadGroup, target: WaitTarget): boolean {
  if (target === 'all') return true
  if (target === 'nobody') return false
  return child.leader.pid === target || child.processGroup === target
}

const eligible = (child: ThreadGroup, options: number): boolean =>
  (options & __WALL) !== 0 || (child.exitSignal !== SIGCHLD) === ((options & __WCLONE) !== 0)

function reportOf(task: Task, child: ThreadGroup, options: number): ChildReport | undefined {
  const keep = (options & WNOWAIT) !== 0
  const base = {
    pid: child.leader.pid.in(task.pidNamespace),
    uid: child.leader.creds.uid,
  }
  if (child.ended) {
    // Its tracer is told first, of each of its threads.
    if (child.leader.tracee !== undefined || child.zombies > 0) return undefined
    if ((options & WEXITED) === 0) return undefined
    const wstatus = child.exitStatus ?? 0
    const usage = usageOf(child)
    if (!keep) {
      task.group.waited.add(usage)
      task.group.io.add(child.io)
      reap(child)
    }
    return { ...base, wstatus, ...describeExit(wstatus), usage }
  }
  if (child.stopReport === 'stopped' && (options & WUNTRACED) !== 0) {
    if (!keep) child.stopReport = undefined
    const status = child.stopSignal
    return {
      ...base,
      wstatus: (status << 8) | 0x7f,
      code: CLD_STOPPED,
      status,
      usage: usageOf(child),
    }
  }
  if (child.stopReport === 'continued' && (options & WCONTINUED) !== 0) {
    if (!keep) child.stopReport = undefined
    return { ...base, wstatus: 0xffff, code: CLD_CONTINUED, status: SIGCONT, usage: usageOf(child) }
  }
  return undefined
}
