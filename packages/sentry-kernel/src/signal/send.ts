// Sending signals to tasks and processes. (signal)

import {
  CLD_CONTINUED,
  RLIMIT_SIGPENDING,
  SA_NOCLDSTOP,
  SI_KERNEL,
  SI_USER,
  SIG_DFL,
  SIG_IGN,
  SIGCHLD,
  SIGCONT,
  SIGKILL,
  SIGRTMIN,
  SIGSTOP,
} from '@tsvisor/abi'
import { childInfo } from '../task/child-info.ts'
import { continueGroup } from '../task/continue.ts'
import type { ProcessGroup } from '../task/process-group.ts'
import { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import { DEFAULT_ACTION, defaultAction, STOP_SIGNALS } from './signal-actions.ts'
import type { SignalInfo } from './signal-info.ts'
import { SignalSet } from './signal-set.ts'

/** POLLIN: a signalfd has something to read. */
const POLLIN = 1
/** POLLIN-ish: any event will do for waiters of children. */
const CHILD_EVENT = -1
const CONTINUE = SignalSet.of(SIGCONT)

/**
 * Where a signal comes from, as seen by a PID namespace's init: it takes no signal without a handler
 * from its own namespace; from outside SIGKILL and SIGSTOP work.
 */
export type SignalOrigin = 'own' | 'ancestor'

/** What became of it. `full`: the real-time queue is at RLIMIT_SIGPENDING (EAGAIN for sigqueue). */
export type SendResult = 'sent' | 'ignored' | 'full'

/** Sends to one task, or to a process as a whole (Linux send_signal_locked). Permission is checked elsewhere. */
export function sendSignal(
  target: Task | ThreadGroup,
  info: SignalInfo,
  origin: SignalOrigin = 'own',
): SendResult {
  const task = target instanceof Task ? target : undefined
  const group = task ? task.group : (target as ThreadGroup)
  const { signo } = info
  if (group.ended || group.exitStatus !== undefined || task?.state === 'dead') return 'ignored'
  prepare(group, signo)
  const main = task ?? group.anyTask
  const traced = main.tracee !== undefined
  if (signo !== SIGKILL && !traced && isIgnored(main, signo)) return 'ignored'
  const unkillable = group.isNamespaceInit && !group.killable
  const handler = group.actions.get(signo).handler
  if (unkillable && handler === SIG_DFL && (!traced || signo === SIGKILL)) {
    const kernelOnly = signo === SIGKILL || signo === SIGSTOP
    if (!(kernelOnly && origin === 'ancestor') && !isBlocked(main, signo)) return 'ignored'
  }
  if (signo === SIGKILL) {
    group.kill(SIGKILL)
    return 'sent'
  }
  const queue = task ? task.signals.pending : group.pending
  if (signo < SIGRTMIN && queue.set.has(signo)) return 'sent'
  const told = main.creds.userNamespace.level === 0 ? info : asSeenBy(main, info)
  if (!reserve(group, info)) {
    if (signo >= SIGRTMIN && info.code !== SI_USER && info.code !== SI_KERNEL) return 'full'
    queue.mark(signo)
  } else queue.add(told)
  group.signalQueue.notify(POLLIN)
  const chosen = task ? (wants(task, signo) ? task : undefined) : choose(group, signo)
  if (!chosen) return 'sent'
  const fatal = handler === SIG_DFL && defaultAction(signo) === 'terminate'
  const atOnce = fatal && !unkillable && !traced && chosen.tracee === undefined
  if (atOnce && !chosen.signals.realBlocked?.has(signo)) group.kill(signo)
  else chosen.alert('signal')
  return 'sent'
}

/** Who sent it, as the receiver's user namespace calls him. */
const asSeenBy = ({ creds }: Task, info: SignalInfo): SignalInfo =>
  info.uid === undefined ? info : { ...info, uid: creds.userNamespace.uids.shown(info.uid) }

/** To every process of a group; returns how many there were. */
export function signalProcessGroup(processGroup: ProcessGroup, info: SignalInfo): number {
  const members = [...processGroup.members]
  for (const group of members) sendSignal(group, info)
  return members.length
}

/** From the kernel itself, without a cause worth more words. */
export const kernelSignal = (signo: number): SignalInfo => ({
  signo,
  code: SI_KERNEL,
  pid: 0,
  uid: 0,
})

/**
 * A signal that the task's own instruction caused: it cannot be blocked or ignored, and kills even
 * an init (force_sig_info).
 */
export function forceSignal(task: Task, info: SignalInfo, handling?: 'default'): void {
  const { signals, group } = task
  const { signo } = info
  const action = group.actions.get(signo)
  const blocked = signals.blocked.has(signo)
  if (handling === 'default' || blocked || action.handler === SIG_IGN)
    group.actions.set(signo, { ...DEFAULT_ACTION })
  signals.blocked.remove(signo)
  if (group.actions.get(signo).handler === SIG_DFL && task.tracee === undefined)
    group.killable = true
  signals.pending.add(info)
  task.attention = true
}

/** One queued entry fewer for the user that was charged for it. */
export function releaseQueued(group: ThreadGroup): void {
  const { kernel, creds } = group.leader
  const count = kernel.queuedSignals.get(creds.uid) ?? 0
  if (count > 0) kernel.queuedSignals.set(creds.uid, count - 1)
}

function reserve(group: ThreadGroup, info: SignalInfo): boolean {
  const { kernel, creds } = group.leader
  const count = kernel.queuedSignals.get(creds.uid) ?? 0
  const exempt = info.signo < SIGRTMIN && info.code >= 0
  if (!exempt && info.timerid === undefined && count >= group.limits.soft(RLIMIT_SIGPENDING))
    return false
  kernel.queuedSignals.set(creds.uid, count + 1)
  return true
}

/** Stop signals and SIGCONT cancel each other, whatever becomes of them later. */
function prepare(group: ThreadGroup, signo: number): void {
  if (signo === SIGCONT) {
    flush(group, STOP_SIGNALS)
    if (continueGroup(group)) tellParentOfJob(group, CLD_CONTINUED, SIGCONT)
  } else if (STOP_SIGNALS.has(signo)) flush(group, CONTINUE)
}

/** SIGCHLD for a stop or continuation, unless the parent said SA_NOCLDSTOP (do_notify_parent_cldstop). */
export function tellParentOfJob(group: ThreadGroup, code: number, status: number): void {
  const { parent } = group
  if (!parent) return
  if ((parent.actions.get(SIGCHLD).flags & SA_NOCLDSTOP) === 0)
    sendSignal(parent, childInfo(group, parent, SIGCHLD, code, status))
  parent.childEvents.notify(CHILD_EVENT)
}

function flush(group: ThreadGroup, signals: SignalSet): void {
  group.pending.flush(signals)
  for (const task of group.tasks) task.signals.pending.flush(signals)
}

const isBlocked = (task: Task, signo: number): boolean =>
  task.signals.blocked.has(signo) || task.signals.realBlocked?.has(signo) === true

function isIgnored(task: Task, signo: number): boolean {
  if (isBlocked(task, signo)) return false
  const { handler } = task.group.actions.get(signo)
  return handler === SIG_IGN || (handler === SIG_DFL && defaultAction(signo) === 'ignore')
}

const wants = (task: Task, signo: number): boolean =>
  task.state !== 'dead' && task.exitStatus === undefined && !task.signals.blocked.has(signo)

function choose(group: ThreadGroup, signo: number): Task | undefined {
  if (group.tasks.has(group.leader) && wants(group.leader, signo)) return group.leader
  for (const task of group.tasks) if (wants(task, signo)) return task
  return undefined
}
