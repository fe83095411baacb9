// A tracer has done with a tracee that has ended. (ptrace)
// Linux kernel/exit.c: wait_task_zombie, release_task; kernel/ptrace.c: __ptrace_detach.

import { SA_NOCLDWAIT, SIG_IGN, SIGCHLD } from '@tsvisor/abi'
import { forget, notifyParent, reap } from '../task/zombie.ts'
import type { Tracee } from './tracee.ts'

/** The tracer has waited for it, or has gone: a thread vanishes, a process is its parent's now. */
export function releaseZombie({ task, tracer }: Tracee): void {
  const { group } = task
  if (!task.isLeader) {
    forget(task)
    group.zombies--
    if (group.ended && group.zombies === 0) notifyParent(group)
    return
  }
  if (!group.ended || group.zombies > 0) return
  if (group.parent !== tracer.group) notifyParent(group)
  else {
    const action = tracer.group.actions.get(SIGCHLD)
    if (action.handler === SIG_IGN || (action.flags & SA_NOCLDWAIT) !== 0) reap(group)
  }
}
