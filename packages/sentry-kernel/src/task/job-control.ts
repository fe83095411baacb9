// Stopping whole processes. (task)

import { CLD_STOPPED } from '@tsvisor/abi'
import { isTracedBy } from '../ptrace/tracee.ts'
import { tellParentOfJob } from '../signal/send.ts'
import type { Task } from './task.ts'
import type { ThreadGroup } from './thread-group.ts'

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
  tellParentOfJob(group, CLD_STOPPED, group.stopSignal)
}

/** A traced task has done its part once it has stopped for its tracer, whatever that lets it do then. */
const hasStopped = (task: Task): boolean =>
  task.tracee === undefined ? task.state === 'stopped' : !task.tracee.groupStopDue
