// The stops of a traced task on its way to user mode: traps, then signals. (ptrace)
// Linux kernel/signal.c: get_signal, ptrace_signal, do_jobctl_trap.

import { CLD_STOPPED, CLD_TRAPPED, SIGTRAP } from '@tsvisor/abi'
import { type Blocking, KEEP_REGISTERS } from '../kernel/blocking.ts'
import { isRestart } from '../kernel/restart.ts'
import { Reg, type Registers } from '../platform/registers.ts'
import { sendSignal } from '../signal/send.ts'
import type { SignalInfo } from '../signal/signal-info.ts'
import { dequeue } from '../signal/take.ts'
import { completeStop } from '../task/job-control.ts'
import type { Task } from '../task/task.ts'
import type { Tracee } from './tracee.ts'

/**
 * What a traced task does before user mode: `stops` (it comes back when the tracer lets it go on),
 * `again` (it was killed meanwhile), a signal that the tracer let through, or nothing.
 * `restart` is the negative restart errno of its call, or 0: the tracer sees it in rax.
 */
export function beforeUser(
  tracee: Tracee,
  restart: number,
): 'stops' | 'again' | SignalInfo | undefined {
  const { task, accepted } = tracee
  if (accepted !== undefined) {
    tracee.accepted = undefined
    return accepted
  }
  const stop = nextStop(tracee)
  if (stop === undefined) return undefined
  if (restart !== 0) task.thread.registers.setResult(restart)
  return task.drive(thenReturn(task, stop), undefined) === undefined ? 'stops' : 'again'
}

function nextStop(tracee: Tracee): Blocking<void> | undefined {
  const { task } = tracee
  if (tracee.handlerStarted) {
    tracee.handlerStarted = false
    return handlerStop(tracee)
  }
  if (tracee.stopDue) return trapStop(tracee)
  const info = dequeue(task, task.signals.blocked)
  return info && signalStop(tracee, info)
}

/** After the stop it looks anew at what is due. The registers say whether its call starts again. */
function* thenReturn(task: Task, stop: Blocking<void>): Blocking {
  yield* stop
  task.attention = true
  return restartIn(task.thread.registers) || KEEP_REGISTERS
}

/** The negative restart errno that a call has left in rax, or 0. */
export function restartIn(registers: Registers): number {
  if ((registers.high(Reg.orig_rax) | 0) < 0 || registers.high(Reg.rax) !== 0xffff_ffff) return 0
  const result = registers.low(Reg.rax) | 0
  return isRestart(result) ? result : 0
}

/** A group-stop, or for a seized task the stop that it was told to make. */
function* trapStop(tracee: Tracee): Blocking<void> {
  const { group } = tracee.task
  const inGroup = group.stopping || group.stopped
  const signo = inGroup ? group.stopSignal : SIGTRAP
  tracee.trapDue = false
  if (tracee.groupStopDue) {
    tracee.groupStopDue = false
    completeStop(group)
  }
  yield* tracee.stopped(tracee.trapStop(signo), CLD_STOPPED)
}

/** signal-delivery-stop: the tracer may change the signal, or leave it out. */
function* signalStop(tracee: Tracee, info: SignalInfo): Blocking<void> {
  const { task } = tracee
  const stop = { code: info.signo, info, message: 0 }
  const signo = yield* tracee.stopped(stop, CLD_TRAPPED)
  if (signo === 0) return
  const { info: changed } = stop
  const given = signo === changed.signo ? changed : tracee.signalFromTracer(signo)
  // Let go with a signal, or with one that is blocked by now: it is pending as any other.
  if (task.tracee === undefined || task.signals.blocked.has(signo)) sendSignal(task, given)
  else task.tracee.accepted = given
}

/** A single step that ended in a handler's first instruction (signal_setup_done). */
function* handlerStop(tracee: Tracee): Blocking<void> {
  yield* tracee.stopped({ code: SIGTRAP, info: tracee.notice(SIGTRAP), message: 0 })
}
