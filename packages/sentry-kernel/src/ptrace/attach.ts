// Becoming a tracer and ceasing to be one. (ptrace)
// Linux kernel/ptrace.c: ptrace_traceme, ptrace_attach, ptrace_detach, exit_ptrace; include/linux/ptrace.h: ptrace_init_task.

import {
  CAP_SYS_PTRACE,
  EIO,
  EPERM,
  PTRACE_O_EXITKILL,
  PTRACE_O_SUSPEND_SECCOMP,
  ptraceOptions,
  SIGKILL,
  SIGSTOP,
} from '@tsvisor/abi'
import { kernelSignal, sendSignal } from '../signal/send.ts'
import { hasCapabilityIn } from '../task/credentials.ts'
import { isCoveredHere, mayPtrace } from '../task/permission.ts'
import type { Task } from '../task/task.ts'
import { releaseZombie } from './release-zombie.ts'
import { Tracee } from './tracee.ts'

/** PTRACE_O_* that there are; no checkpointing, so no SUSPEND_SECCOMP. */
export const OPTIONS =
  Object.values(ptraceOptions()).reduce<number>((all, one) => all | one, 0) &
  ~PTRACE_O_SUSPEND_SECCOMP

function link(tracee: Tracee): void {
  const { task, tracer } = tracee
  task.tracee = tracee
  tracer.group.tracees ??= new Set()
  tracer.group.tracees.add(tracee)
}

/** Its tracer has no more to do with it: as it was, but for what it does now. */
export function unlink(tracee: Tracee): void {
  const { task, tracer } = tracee
  task.tracee = undefined
  task.resumption = 'run'
  tracer.group.tracees?.delete(tracee)
  if (tracer.group.tracees?.size === 0) tracer.group.tracees = undefined
}

/** PTRACE_TRACEME: the thread that made the process traces it. Errors: EPERM. */
export function traceMe(task: Task): number {
  const tracer = parentTask(task)
  if (task.tracee !== undefined || tracer === undefined) throw EPERM
  const { creds } = tracer
  if (
    !isCoveredHere(task.creds, creds, creds.capabilities.permitted) &&
    !hasCapabilityIn(creds, task.creds.userNamespace, CAP_SYS_PTRACE)
  )
    throw EPERM
  link(new Tracee(task, tracer, 'ptraced', 0))
  return 0
}

function parentTask({ group }: Task): Task | undefined {
  const { parent, creator } = group
  if (parent === undefined || parent.ended || parent.exitStatus !== undefined) return undefined
  if (creator?.group === parent && creator.state !== 'dead') return creator
  return parent.tasks.has(parent.leader) ? parent.leader : parent.anyTask
}

/** PTRACE_ATTACH; PTRACE_SEIZE with its options. Errors: EIO (options), EPERM. */
export function attach(tracer: Task, task: Task, manner: Tracee['manner'], options: number): void {
  if ((options & ~OPTIONS) !== 0) throw EIO
  if (task.group === tracer.group || !mayPtrace(tracer, task)) throw EPERM
  if (task.state === 'dead' || task.tracee !== undefined) throw EPERM
  const tracee = new Tracee(task, tracer, manner, options)
  link(tracee)
  if (manner === 'ptraced') sendSignal(task, kernelSignal(SIGSTOP), 'ancestor')
  tracee.groupStopDue = task.group.stopping && task.state !== 'stopped'
  if (task.state === 'stopped') {
    // From job control's stop to the tracer's.
    tracee.trapDue = true
    wakeStopped(task)
  }
}

/** A child of a traced task that is traced from its start, as its parent is. */
export function attachChild(parent: Tracee, child: Task): void {
  const { tracer, manner, options } = parent
  const tracee = new Tracee(child, tracer, manner, options)
  link(tracee)
  if (manner === 'seized') tracee.trapDue = true
  else child.signals.pending.mark(SIGSTOP)
  child.attention = true
}

/** PTRACE_DETACH: it goes on, with a signal or 0, or stops with its process. */
export function detach(tracee: Tracee, signo: number | undefined): void {
  const { task } = tracee
  unlink(tracee)
  if (task.state === 'dead') {
    releaseZombie(tracee)
    return
  }
  // A group stop may be in effect, or its part in one still due.
  task.attention = true
  tracee.resume(signo)
}

/** A tracer ends: its tracees are free, or end too (PTRACE_O_EXITKILL). */
export function releaseTracees(tracer: Task): void {
  for (const tracee of [...(tracer.group.tracees ?? [])]) {
    if (tracee.tracer !== tracer) continue
    if (tracee.options & PTRACE_O_EXITKILL)
      sendSignal(tracee.task, kernelSignal(SIGKILL), 'ancestor')
    detach(tracee, undefined)
    // It may run on while its process is stopped: no more.
    const { group } = tracee.task
    if (group.stopping || group.stopped) tracee.task.alert('signal')
  }
}

function wakeStopped(task: Task): void {
  task.state = 'running'
  task.attention = true
  task.schedule()
}
