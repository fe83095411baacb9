// Taking the next signal and doing what needs no handler. (signal)

import { RLIMIT_CORE, SIG_DFL, SIG_IGN, SIGKILL, SIGSTOP } from '@tsvisor/abi'
import { traceSignal } from '../strace/strace.ts'
import { startStop } from '../task/job-control.ts'
import type { Task } from '../task/task.ts'
import { releaseQueued } from './send.ts'
import { defaultAction, type SignalAction } from './signal-actions.ts'
import type { SignalInfo } from './signal-info.ts'
import type { SignalSet } from './signal-set.ts'

/** Wait-status bit: a core was dumped. */
const CORE_DUMPED = 0x80

/** A signal that a handler is to receive. */
export interface TakenSignal {
  readonly info: SignalInfo
  readonly action: SignalAction
}

/**
 * Takes the next unblocked signal, or the one that a tracer let through (Linux get_signal). Default
 * actions happen here; then `again` says to look anew. Undefined: none is left.
 */
export function takeSignal(task: Task, given?: SignalInfo): TakenSignal | 'again' | undefined {
  const { group, signals } = task
  const info = given ?? dequeue(task, signals.blocked)
  if (info === undefined) return undefined
  if (task.kernel.strace !== undefined) traceSignal(task, info)
  const action = group.actions.get(info.signo)
  if (action.handler === SIG_IGN) return 'again'
  if (action.handler !== SIG_DFL) {
    group.actions.resetOneShot(info.signo)
    return { info, action }
  }
  const what = defaultAction(info.signo)
  if (what === 'ignore') return 'again'
  if (group.isNamespaceInit && !group.killable && info.signo !== SIGKILL && info.signo !== SIGSTOP)
    return 'again'
  if (what === 'stop') {
    if (info.signo === SIGSTOP || !group.processGroup.orphaned()) startStop(group, info.signo)
    return 'again'
  }
  const core = what === 'core' && group.limits.soft(RLIMIT_CORE) > 0 && group.dumpable === 1
  group.kill(info.signo | (core ? CORE_DUMPED : 0))
  return 'again'
}

/** The next signal outside `blocked`: the task's own ones first, then the process's. */
export function dequeue(task: Task, blocked: SignalSet): SignalInfo | undefined {
  const info = task.signals.pending.takeOutside(blocked) ?? task.group.pending.takeOutside(blocked)
  if (info !== undefined) settleQueued(task, info)
  return info
}

/** Takes a signal that is in `wanted` (sigtimedwait, signalfd); undefined when none is pending. */
export function dequeueWanted(task: Task, wanted: SignalSet): SignalInfo | undefined {
  const info = task.signals.pending.takeFrom(wanted) ?? task.group.pending.takeFrom(wanted)
  if (info !== undefined) settleQueued(task, info)
  return info
}

function settleQueued(task: Task, info: SignalInfo): void {
  releaseQueued(task.group)
  if (info.timerid !== undefined) task.group.timers.get(info.timerid)?.taken()
}
