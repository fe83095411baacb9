// What a tracer sees of execve. (ptrace)
// Linux include/linux/ptrace.h: ptrace_event; fs/exec.c: exec_binprm.

import { PTRACE_EVENT_EXEC, SI_USER, SIGTRAP } from '@tsvisor/abi'
import type { Blocking } from '../kernel/blocking.ts'
import { Reg } from '../platform/registers.ts'
import { sendSignal } from '../signal/send.ts'
import type { Pid } from '../task/pid-namespace.ts'
import type { Tracee } from './tracee.ts'

/**
 * The new program is in place: an event with the number that the task had, or SIGTRAP for tracers
 * that know of no events.
 */
export function* afterExec(tracee: Tracee, former: Pid): Blocking<void> {
  const { task, tracer } = tracee
  // Still in its call, as far as the tracer can see.
  task.thread.registers.set(Reg.orig_rax, task.syscall)
  if (tracee.wants(PTRACE_EVENT_EXEC)) {
    yield* tracee.event(PTRACE_EVENT_EXEC, former.in(tracer.pidNamespace))
    return
  }
  if (tracee.manner === 'seized') return
  sendSignal(task, {
    signo: SIGTRAP,
    code: SI_USER,
    pid: task.group.leader.pid.own,
    uid: task.creds.uid,
  })
}
