// Stopping and continuing whole processes. (task)

import { CLD_CONTINUED, CLD_STOPPED, SA_NOCLDSTOP, SIGCHLD, SIGCONT } from '@tsvisor/abi'
import { isTracedBy } from '../ptrace/wait.ts'
import { sendSignal } from '../signal/send.ts'
import { childInfo } from './child-info.ts'
import type { Task } from './task.ts'
import type { ThreadGroup } from './thread-group.ts'

/** POLLIN-ish: any event will do for waiters of children. */
const CHILD_EVENT = -1

/** Begins a group stop (do_signal_stop): each task stops on its way to user mode. */
export function startStop(group: ThreadGroup, signo: number): void {
  if (group.exitStatus !== undefined || group.stopping) return
  group.stopping = true
  // One that a tracer let go on may stop again: its process has not been continued.
  if (!group.stopped) group.stopSignal = signo
  for (const task of group.tasks) {
    task.tracee?.groupStop()
    task.alert('signal')
  }
}

/** The task stops; the last one completes the group stop and tells the parent. */
export function enterStop(task: Task): void {
  const { group } = task
  task.state = 'stopped'
  completeStop(group)
}

/** Completes a group stop once no task runs on (also when the last runner exits). */
export function completeStop(group: ThreadGroup): void {
  if (!group.stopping) return
  for (const task of group.tasks) if (!hasStopped(task)) return
  group.stopping = false
  if (group.stopped) return
  group.stopped = true
  group.stopReport = 'stopped'
  // A tracer that is the parent hears of the stops of each task.
  if (group.leader.tracee !== undefined && isTracedBy(group, group.parent)) return
  tellParent(group, CLD_STOPPED, group.stopSignal)
}

/** A traced task has done its part once it has stopped for its tracer, whatever that lets it do then. */
const hasStopped = (task: Task): boolean =>
  task.tracee === undefined ? task.state === 'stopped' : !task.tracee.groupStopDue

/** SIGCONT was sent: whatever its disposition, the process goes on. */
export function continueGroup(group: ThreadGroup): void {
  for (const task of group.tasks) task.tracee?.continued()
  if (!group.stopping && !group.stopped) return
  const wasStopped = group.stopped
  group.stopping = false
  group.stopped = false
  group.stopReport = wasStopped ? 'continued' : undefined
  for (const task of group.tasks) {
    if (task.state !== 'stopped') continue
    task.state = 'running'
    task.attention = true
    task.schedule()
  }
  if (wasStopped) tellParent(group, CLD_CONTINUED, SIGCONT)
}

/** SIGCHLD for a stop or continuation, unless the parent said SA_NOCLDSTOP. */
function tellParent(group: ThreadGroup, code: number, status: number): void {
  const { parent } = group
  if (!parent) return
  if ((parent.actions.get(SIGCHLD).flags & SA_NOCLDSTOP) === 0)
    sendSignal(parent, childInfo(group, parent, SIGCHLD, code, status))
  parent.childEvents.notify(CHILD_EVENT)
}
