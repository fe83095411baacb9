// Sending signals: kill and its kin. (syscalls)

import {
  type Addr,
  EAGAIN,
  EINVAL,
  EPERM,
  ESRCH,
  PIDFD_SIGNAL_PROCESS_GROUP,
  PIDFD_SIGNAL_THREAD,
  PIDFD_SIGNAL_THREAD_GROUP,
  SI_TKILL,
  SI_USER,
} from '@tsvisor/abi'
import { processOf } from '../fs/proc/pid/directory.ts'
import { type SignalOrigin, sendSignal } from '../signal/send.ts'
import { SIGNAL_MAX } from '../signal/signal-actions.ts'
import { decodeSignalInfo, SIGINFO_SIZE, type SignalInfo } from '../signal/signal-info.ts'
import { maySignal } from '../task/permission.ts'
import { pidOf } from '../task/pid-file.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import type { Handler } from './handler.ts'

export const kill: Handler<'kill'> = (task, { pid, sig }) => {
  const info = (target: ThreadGroup): SignalInfo => fromUser(task, target, sig, SI_USER)
  if (pid > 0) {
    const target = task.pidNamespace.task(pid)?.group
    if (!target) throw ESRCH
    deliver(task, target, sig, info(target))
    return 0
  }
  if (pid === -0x8000_0000) throw ESRCH
  if (pid === -1) {
    const targets = [...task.pidNamespace.groups()].filter(
      group => group.leader.pid.in(task.pidNamespace) > 1 && group !== task.group,
    )
    // Linux: what the first processes answer is dropped; only EPERM matters, and only alone.
    return sendToAll(task, targets, sig, info, 'lenient')
  }
  const group = pid === 0 ? task.group.processGroup : task.pidNamespace.find(-pid)?.processGroup
  return sendToAll(task, group ? [...group.members] : [], sig, info, 'strict')
}

function sendToAll(
  task: Task,
  targets: ThreadGroup[],
  sig: number,
  info: (target: ThreadGroup) => SignalInfo,
  mode: 'strict' | 'lenient',
): number {
  if (targets.length === 0) throw ESRCH
  let failure: unknown
  let sent = 0
  for (const target of targets) {
    try {
      deliver(task, target, sig, info(target))
      sent++
    } catch (error) {
      failure = error
    }
  }
  if (sent === 0 && (mode === 'strict' || failure !== EPERM)) throw failure
  return 0
}

const fromUser = (task: Task, target: ThreadGroup, signo: number, code: number): SignalInfo => ({
  signo,
  code,
  pid: task.group.leader.pid.in(target.pidNamespace),
  uid: task.creds.uid,
})

/** Checks and sends. Errors: EINVAL (number), EPERM, EAGAIN (queue full). Signal 0 only checks. */
function deliver(task: Task, target: Task | ThreadGroup, sig: number, info: SignalInfo): void {
  if (sig < 0 || sig > SIGNAL_MAX) throw EINVAL
  const main = 'leader' in target ? target.leader : target
  if (!maySignal(task, main, sig)) throw EPERM
  if (sig === 0) return
  const origin: SignalOrigin =
    task.pidNamespace.level < main.pidNamespace.level ? 'ancestor' : 'own'
  if (sendSignal(target, info, origin) === 'full') throw EAGAIN
}

export const tkill: Handler<'tkill'> = (task, { tid, sig }) => {
  if (tid <= 0) throw EINVAL
  return toThread(task, undefined, tid, sig)
}
export const tgkill: Handler<'tgkill'> = (task, { tgid, tid, sig }) => {
  if (tgid <= 0 || tid <= 0) throw EINVAL
  return toThread(task, tgid, tid, sig)
}
function toThread(task: Task, tgid: number | undefined, tid: number, sig: number): number {
  const target = task.pidNamespace.task(tid)
  if (!target) throw ESRCH
  if (tgid !== undefined && target.group.leader.pid.in(task.pidNamespace) !== tgid) throw ESRCH
  deliver(task, target, sig, fromUser(task, target.group, sig, SI_TKILL))
  return 0
}

/** Reads siginfo_t; a program may not pretend that the kernel or kill(2) sent it, except to itself. */
function readInfo(task: Task, at: Addr, sig: number, self: boolean): SignalInfo {
  const info = decodeSignalInfo(task.mm.readBytes(at, SIGINFO_SIZE))
  if ((info.code >= 0 || info.code === SI_TKILL) && !self) throw EPERM
  return { ...info, signo: sig }
}

export const rt_sigqueueinfo: Handler<'rt_sigqueueinfo'> = (task, { tgid, sig, info }) => {
  const self = task.group.leader.pid.own === tgid
  const given = readInfo(task, info, sig, self)
  const target = task.pidNamespace.task(tgid)?.group
  if (!target) throw ESRCH
  deliver(task, target, sig, given)
  return 0
}
export const rt_tgsigqueueinfo: Handler<'rt_tgsigqueueinfo'> = (task, { tgid, tid, sig, info }) => {
  if (tid <= 0 || tgid <= 0) throw EINVAL
  const given = readInfo(task, info, sig, task.pid.own === tid)
  const target = task.pidNamespace.task(tid)
  if (!target || target.group.leader.pid.in(task.pidNamespace) !== tgid) throw ESRCH
  deliver(task, target, sig, given)
  return 0
}

const PIDFD_SIGNAL_FLAGS =
  PIDFD_SIGNAL_THREAD | PIDFD_SIGNAL_THREAD_GROUP | PIDFD_SIGNAL_PROCESS_GROUP

export const pidfd_send_signal: Handler<'pidfd_send_signal'> = (
  task,
  { pidfd, sig, info, flags },
) => {
  if ((flags & ~PIDFD_SIGNAL_FLAGS) !== 0 || (flags & (flags - 1)) !== 0) throw EINVAL
  const pid = processOf(task.fds.get(pidfd).inode) ?? pidOf(task, pidfd)
  const target = pid.task
  const number = pid.in(task.pidNamespace)
  if (number === 0) throw EINVAL
  const thread = (flags & PIDFD_SIGNAL_THREAD) !== 0
  let given: SignalInfo | undefined
  if (info !== 0) {
    given = decodeSignalInfo(task.mm.readBytes(info, SIGINFO_SIZE))
    if (given.signo !== sig) throw EINVAL
    const self = task.group.leader.pid === pid
    if (!self && (given.code >= 0 || given.code === SI_TKILL)) throw EPERM
  }
  if (!target) throw ESRCH
  if ((flags & PIDFD_SIGNAL_PROCESS_GROUP) !== 0) {
    const members = pid.processGroup ? [...pid.processGroup.members] : []
    const make = (to: ThreadGroup) => given ?? fromUser(task, to, sig, SI_USER)
    return sendToAll(task, members, sig, make, 'strict')
  }
  const code = thread ? SI_TKILL : SI_USER
  deliver(
    task,
    thread ? target : target.group,
    sig,
    given ?? fromUser(task, target.group, sig, code),
  )
  return 0
}
