// What is left of a process that has ended: its parent is told, then it leaves the tables. (task)

import { CLD_EXITED, SA_NOCLDWAIT, SIG_IGN, SIGCHLD } from '@tsvisor/abi'
import { tellTracerOfEnd } from '../ptrace/zombie.ts'
import { sendSignal } from '../signal/send.ts'
import { childInfo, describeExit } from './child-info.ts'
import type { Task } from './task.ts'
import type { ThreadGroup } from './thread-group.ts'

/** Takes a zombie out of the tables (release_task). */
export function reap(group: ThreadGroup): void {
  group.parent?.children.delete(group)
  group.processGroup.leave(group)
  forget(group.leader)
}

/** Takes a task that has ended out of the tables, but for what its number is still used for. */
export function forget(task: Task): void {
  task.pid.task = undefined
  task.pid.releaseIfUnused()
}

/** SIGCHLD and the wait queues; a parent that ignores children never sees a zombie (do_notify_parent). */
export function notifyParent(group: ThreadGroup): void {
  const { parent, exitSignal, leader } = group
  // The parent is told once tracers have waited for each of its tasks.
  if (group.zombies > 0) return
  if (leader.tracee !== undefined) {
    tellTracerOfEnd(leader.tracee)
    return
  }
  if (!parent) {
    if (group !== group.leader.kernel.init) reap(group)
    return
  }
  const { code, status } = describeExit(group.exitStatus ?? CLD_EXITED)
  const action = parent.actions.get(SIGCHLD)
  const ignoring = action.handler === SIG_IGN
  const reaped = exitSignal === SIGCHLD && (ignoring || (action.flags & SA_NOCLDWAIT) !== 0)
  if (exitSignal !== 0 && !(exitSignal === SIGCHLD && ignoring))
    sendSignal(parent, childInfo(group, parent, exitSignal, code, status))
  if (reaped) reap(group)
  parent.childEvents.notify()
}
