// Into the kernel and out again: system calls, faults, and tasks that woke. (kernel core)

import { ENOSYS, Errno, PTRACE_EVENT_SECCOMP, SEGV_MAPERR, syscallByNumber } from '@tsvisor/abi'
import type { PlatformEvent } from '../platform/platform.ts'
import { tracedCall } from '../ptrace/traced-call.ts'
import { enterSeccomp, type ForTracer } from '../seccomp/enter.ts'
import { forceSignal } from '../signal/send.ts'
import { traceEntry, traceExit } from '../strace/strace.ts'
import { syscallEntry } from '../syscalls/table.ts'
import type { Task } from '../task/task.ts'
import { type Blocking, KEEP_REGISTERS, type Result } from './blocking.ts'
import { isRestart } from './restart.ts'
import { enterUser, returnToUser } from './return-to-user.ts'

/** The x86 exception. */
const PAGE_FAULT = 14

/** A thread stopped at a system call. */
export function enterFromSyscall(task: Task): void {
  const { registers } = task.thread
  const nr = registers.syscallNumber
  task.syscall = nr
  let result: Result
  try {
    result = task.tracee === undefined ? perform(task, nr) : tracedCall(task.tracee, STEPS)
    if (typeof result !== 'number') {
      const ended = task.drive(result, undefined)
      if (ended === undefined) return
      result = ended
    }
  } catch (error) {
    result = failure(task, error)
  }
  leaveSyscall(task, result)
}

/** The call of that number, with the arguments that are in the registers. */
function perform(task: Task, nr: number): Result {
  if (task.kernel.strace !== undefined) traceEntry(task, nr)
  if (task.seccomp !== 0) {
    const instead = enterSeccomp(task, nr)
    if (instead !== undefined) return typeof instead === 'number' ? instead : shown(task, instead)
  }
  return invoke(task, nr)
}

/** A call that seccomp has a tracer look at: it may be another one, or none, by then. */
function* shown(task: Task, { message }: ForTracer): Blocking {
  yield* task.tracee!.event(PTRACE_EVENT_SECCOMP, message)
  const nr = task.thread.registers.syscallNumber
  task.syscall = nr
  if (nr < 0) return KEEP_REGISTERS
  const instead = enterSeccomp(task, nr, 'asked')
  if (typeof instead === 'number') return instead
  const result = invoke(task, nr)
  return typeof result === 'number' ? result : yield* result
}

function invoke(task: Task, nr: number): Result {
  const entry = syscallEntry(nr)
  if (entry === undefined) return unimplemented(task, nr)
  return entry.handle(task, entry.decode(task.thread.registers.words))
}

/** The loop's turn for a task that woke, must end, or was continued. */
export function resumeTask(task: Task): void {
  if (task.state === 'dead') return
  const woken = task.takeReady()
  if (woken === undefined) {
    if (!task.inUser) returnToUser(task)
    return
  }
  let result: number
  try {
    const ended = task.drive(woken.blocking, woken.why)
    if (ended === undefined) return
    result = ended
  } catch (error) {
    result = failure(task, error)
  }
  leaveSyscall(task, result)
}

/** A hardware exception: the signal that Linux would send for it. */
export function enterFromFault(task: Task, event: PlatformEvent & { kind: 'fault' }): void {
  task.syscall = -1
  if (
    event.trapno === PAGE_FAULT &&
    event.code === SEGV_MAPERR &&
    task.mm.handleFault(event.addr)
  ) {
    leave(task)
    return
  }
  // A stack grows under the access, which is then tried again.
  if (event.trapno === PAGE_FAULT && task.mm.handleFault(event.addr)) {
    returnToUser(task)
    return
  }
  // cr2 keeps the address of the last page fault.
  const addr = event.trapno === PAGE_FAULT ? event.addr : task.fault.addr
  task.fault = { trapno: event.trapno, error: event.error, addr }
  forceSignal(task, { signo: event.signo, code: event.code, addr: event.addr })
  returnToUser(task)
}

function leave(task: Task): void {
  if (task.attention) returnToUser(task)
  else enterUser(task)
}

function leaveSyscall(task: Task, result: number): void {
  if (task.trace !== undefined) traceExit(task, result)
  if (result !== KEEP_REGISTERS) task.thread.registers.setResult(result)
  if (task.attention) returnToUser(task, isRestart(result) ? result : 0)
  else if (isRestart(result)) returnToUser(task, result)
  else enterUser(task)
}

/** The one place where errors become results. Anything that is no Errno is a bug of ours. */
function failure(task: Task, error: unknown): number {
  if (error instanceof Errno) return -error.code
  task.kernel.oops(task, error)
  return KEEP_REGISTERS
}

const STEPS = { perform, failure }

function unimplemented(task: Task, nr: number): never {
  task.kernel.noteUnimplemented(nr, syscallByNumber[nr]?.name ?? 'number')
  throw ENOSYS
}
