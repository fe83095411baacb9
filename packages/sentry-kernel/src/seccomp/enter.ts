// What becomes of a system call of a task with seccomp on. (seccomp)
// Linux kernel/seccomp.c: __secure_computing, __seccomp_filter.

import {
  ENOSYS,
  PTRACE_EVENT_SECCOMP,
  SECCOMP_MODE_STRICT,
  SECCOMP_RET_ACTION_FULL,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_USER_NOTIF,
  SIGKILL,
  SIGSYS,
  SYS_SECCOMP,
  syscallByNumber,
  syscallNumber,
} from '@tsvisor/abi'
import { KEEP_REGISTERS } from '../kernel/blocking.ts'
import { Reg } from '../platform/registers.ts'
import { forceSignal } from '../signal/send.ts'
import type { Task } from '../task/task.ts'

/** MAX_ERRNO */
const MAX_ERRNO = 4095

const STRICT: ReadonlySet<number> = new Set(
  (['read', 'write', 'exit', 'rt_sigreturn'] as const).map(syscallNumber),
)

/** The call is for a tracer to look at, with this message, and then for the filters once more. */
export interface ForTracer {
  readonly message: number
}

/**
 * Undefined: go on with the call. A number: what it returns instead. Where a tracer was
 * asked already, the call goes on instead of being shown to it again.
 */
export function enterSeccomp(
  task: Task,
  nr: number,
  tracer: 'asked' | 'unasked' = 'unasked',
): number | undefined | ForTracer {
  if (task.seccomp === SECCOMP_MODE_STRICT) return STRICT.has(nr) ? undefined : die(task, SIGKILL)
  const answer = task.seccompFilter!.evaluate(task.thread.registers)
  if (answer >= SECCOMP_RET_ALLOW && answer <= 0x7fff_ffff) return undefined
  const data = answer & SECCOMP_RET_DATA
  switch ((answer & SECCOMP_RET_ACTION_FULL) >>> 0) {
    case SECCOMP_RET_LOG:
      note(task, nr, 'logged')
      return undefined
    case SECCOMP_RET_ERRNO:
      return data === 0 ? 0 : -Math.min(data, MAX_ERRNO)
    case SECCOMP_RET_TRAP:
      raise(task, nr, data)
      return KEEP_REGISTERS
    case SECCOMP_RET_TRACE:
      if (tracer === 'asked') return undefined
      return task.tracee?.wants(PTRACE_EVENT_SECCOMP) ? { message: data } : -ENOSYS.code
    // Nobody listens.
    case SECCOMP_RET_USER_NOTIF:
      return -ENOSYS.code
    case SECCOMP_RET_KILL_THREAD:
      note(task, nr, 'killed')
      if (task.group.tasks.size > 1) return die(task, SIGSYS)
      raise(task, nr, data, 'default')
      return KEEP_REGISTERS
    // SECCOMP_RET_KILL_PROCESS, and whatever there is not.
    default:
      note(task, nr, 'killed')
      raise(task, nr, data, 'default')
      return KEEP_REGISTERS
  }
}

/** The thread ends, and the process if it is the last one. */
function die(task: Task, status: number): number {
  task.exitStatus ??= status
  task.attention = true
  return KEEP_REGISTERS
}

/** SIGSYS with the registers as they were before the call (syscall_rollback). */
function raise(task: Task, nr: number, errno: number, handling?: 'default'): void {
  const { registers } = task.thread
  registers.setBig(Reg.rax, registers.getBig(Reg.orig_rax))
  forceSignal(
    task,
    { signo: SIGSYS, code: SYS_SECCOMP, errno, addr: registers.ip, syscall: nr },
    handling,
  )
}

function note(task: Task, nr: number, what: string): void {
  const call = syscallByNumber[nr]?.name ?? nr
  task.kernel.log.debug(`seccomp: ${what}: ${call} of ${task.name}[${task.tid}]`)
}
