// A system call of a traced task: stops at its entry and exit, and may be another by then. (ptrace)
// Linux kernel/entry/common.c: syscall_trace_enter, syscall_exit_work.

import {
  PTRACE_EVENTMSG_SYSCALL_ENTRY,
  PTRACE_EVENTMSG_SYSCALL_EXIT,
  PTRACE_O_TRACESYSGOOD,
  SIGTRAP,
  TRAP_BRKPT,
} from '@tsvisor/abi'
import { type Blocking, KEEP_REGISTERS, type Result } from '../kernel/blocking.ts'
import { forceSignal, kernelSignal, sendSignal } from '../signal/send.ts'
import { SIGNAL_MAX } from '../signal/signal-actions.ts'
import { traceExit } from '../strace/strace.ts'
import type { Task } from '../task/task.ts'
import { restartIn } from './stops.ts'
import type { Tracee } from './tracee.ts'

/** How the dispatcher makes a call, and what it makes of an error. */
export interface CallSteps {
  readonly perform: (task: Task, nr: number) => Result
  readonly failure: (task: Task, error: unknown) => number
}

/** The whole call; rax has the result when a tracer has seen it. */
export function* tracedCall(tracee: Tracee, steps: CallSteps): Blocking {
  const { task } = tracee
  const { calls } = tracee
  if (calls !== 'run') {
    yield* callStop(tracee, PTRACE_EVENTMSG_SYSCALL_ENTRY)
    // Another registers object after execve of another thread: look only now.
    task.syscall = task.thread.registers.syscallNumber
  }
  if (calls === 'emulate') return KEEP_REGISTERS
  const result = task.syscall === -1 ? KEEP_REGISTERS : yield* made(task, steps)
  if (task.trace !== undefined) traceExit(task, result)
  if (task.exitStatus !== undefined) return result
  const now = task.tracee
  if (now === undefined) return result
  if (now.calls === 'report') {
    if (result !== KEEP_REGISTERS) task.thread.registers.setResult(result)
    yield* callStop(now, PTRACE_EVENTMSG_SYSCALL_EXIT)
    return restartIn(task.thread.registers) || KEEP_REGISTERS
  }
  if (now.calls === 'run' && task.resumption === 'step') {
    // The step ends here: the next instruction is another.
    const addr = task.thread.registers.ip
    forceSignal(task, { signo: SIGTRAP, code: TRAP_BRKPT, addr })
  }
  return result
}

function* made(task: Task, { perform, failure }: CallSteps): Blocking {
  try {
    const result = perform(task, task.syscall)
    return typeof result === 'number' ? result : yield* result
  } catch (error) {
    return failure(task, error)
  }
}

/** syscall-enter-stop or syscall-exit-stop. A signal that the tracer names is sent. */
function* callStop(tracee: Tracee, message: number): Blocking<void> {
  const { task } = tracee
  const code = SIGTRAP | (tracee.options & PTRACE_O_TRACESYSGOOD ? 0x80 : 0)
  const stop = { code, info: tracee.notice(code), message }
  const signo = yield* tracee.stopped(stop)
  if (signo !== 0 && signo <= SIGNAL_MAX) sendSignal(task, kernelSignal(signo))
}
