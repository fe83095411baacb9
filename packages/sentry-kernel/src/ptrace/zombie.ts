// What is left of a traced task that has ended: its tracer learns of it first. (ptrace)
// Linux kernel/exit.c: exit_notify, wait_task_zombie.

import { SIG_IGN, SIGCHLD } from '@tsvisor/abi'
import { sendSignal } from '../signal/send.ts'
import { describeExit } from '../task/child-info.ts'
import { type Tracee, tracedChildInfo } from './tracee.ts'

/** Tells the tracer that the task has ended; it stays until the tracer has waited for it. */
export function tellTracerOfEnd(tracee: Tracee): void {
  const { task, tracer } = tracee
  const own = task.isLeader && task.group.ended && task.group.parent === tracer.group
  const signo = own ? task.group.exitSignal : SIGCHLD
  const { code, status } = describeExit(endStatus(tracee))
  const ignored = signo === SIGCHLD && tracer.group.actions.get(SIGCHLD).handler === SIG_IGN
  if (signo !== 0 && !ignored)
    sendSignal(tracer.group, tracedChildInfo(tracee, signo, code, status))
  tracer.group.childEvents.notify()
}

/** Wait status of a tracee that has ended. */
export const endStatus = ({ task }: Tracee): number => task.exitStatus ?? 0

/** Whether nothing of its process is left but itself, so that it may be waited for. */
export const mayBeReaped = ({ task }: Tracee): boolean =>
  !task.isLeader || (task.group.ended && task.group.zombies === 0)
