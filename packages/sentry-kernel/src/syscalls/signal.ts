// Signals: handlers, masks, sending, waiting. (syscalls)

import {
  type Addr,
  EAGAIN,
  EINTR,
  EINVAL,
  ENOMEM,
  EPERM,
  ERESTARTNOHAND,
  type Errno,
  ESRCH,
  MINSIGSTKSZ,
  PIDFD_SIGNAL_PROCESS_GROUP,
  PIDFD_SIGNAL_THREAD,
  PIDFD_SIGNAL_THREAD_GROUP,
  SA_EXPOSE_TAGBITS,
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SA_RESTORER,
  SA_SIGINFO,
  SI_TKILL,
  SI_USER,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGKILL,
  SIGSEGV,
  SIGSTOP,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_ONSTACK,
  sigaction,
  stack_t,
} from '@tsvisor/abi'
import { processOf } from '../fs/proc/pid/directory.ts'
import { type Blocking, KEEP_REGISTERS } from '../kernel/blocking.ts'
import { Reg } from '../platform/registers.ts'
import { popFrame } from '../signal/frame.ts'
import { forceSignal, kernelSignal, type SignalOrigin, sendSignal } from '../signal/send.ts'
import { defaultAction, SIGNAL_MAX, type SignalAction } from '../signal/signal-actions.ts'
import {
  decodeSignalInfo,
  encodeSignalInfo,
  SIGINFO_SIZE,
  type SignalInfo,
} from '../signal/signal-info.ts'
import { SignalSet } from '../signal/signal-set.ts'
import { dequeueWanted } from '../signal/take.ts'
import { type AltStack, NO_ALT_STACK } from '../signal/task-signals.ts'
import { maySignal } from '../task/permission.ts'
import { pidOf } from '../task/pid-file.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import type { Handler } from './handler.ts'
import { deadlineIn, readTimespecNs } from './time-out.ts'

const SIGSET_SIZE = 8
/** Flags that survive; others read back as zero (UAPI_SA_FLAGS). */
const SA_KNOWN =
  SA_NOCLDSTOP |
  SA_NOCLDWAIT |
  SA_SIGINFO |
  SA_ONSTACK |
  SA_RESTART |
  SA_NODEFER |
  SA_RESETHAND |
  SA_EXPOSE_TAGBITS |
  SA_RESTORER

const readSet = (task: Task, at: Addr): SignalSet => {
  const data = new Uint8Array(8)
  task.mm.read(at, data)
  const view = new DataView(data.buffer)
  return new SignalSet(view.getInt32(0, true), view.getInt32(4, true))
}
const writeSet = (task: Task, at: Addr, set: SignalSet): void => {
  const data = new Uint8Array(8)
  const view = new DataView(data.buffer)
  view.setInt32(0, set.low, true)
  view.setInt32(4, set.high, true)
  task.mm.write(at, data)
}

export const rt_sigaction: Handler<'rt_sigaction'> = (
  task,
  { signum, act, oldact, sigsetsize },
) => {
  if (sigsetsize !== SIGSET_SIZE) throw EINVAL
  const { actions } = task.group
  const given = act === 0 ? undefined : task.mm.readStruct(sigaction, act)
  if (signum < 1 || signum > SIGNAL_MAX) throw EINVAL
  if (given && (signum === SIGKILL || signum === SIGSTOP)) throw EINVAL
  const old = actions.get(signum)
  if (given) {
    const mask = new SignalSet(Number(given.sa_mask & 0xffff_ffffn), Number(given.sa_mask >> 32n))
    mask.remove(SIGKILL)
    mask.remove(SIGSTOP)
    const action: SignalAction = {
      handler: given.sa_handler,
      flags: ((given.sa_flags % 0x1_0000_0000) & SA_KNOWN) >>> 0,
      restorer: given.sa_restorer,
      mask,
    }
    actions.set(signum, action)
    const ignoring =
      action.handler === SIG_IGN ||
      (action.handler === SIG_DFL && defaultAction(signum) === 'ignore')
    if (ignoring) discard(task.group, signum)
  }
  if (oldact !== 0)
    task.mm.writeStruct(sigaction, oldact, {
      sa_handler: old.handler,
      sa_flags: old.flags,
      sa_restorer: old.restorer,
      sa_mask: old.mask.bits,
    })
  return 0
}

/** POSIX: pending signals that become ignored are dropped. */
function discard(group: ThreadGroup, signo: number): void {
  const set = SignalSet.of(signo)
  group.pending.flush(set)
  for (const task of group.tasks) task.signals.pending.flush(set)
}

export const rt_sigprocmask: Handler<'rt_sigprocmask'> = (
  task,
  { how, set, oldset, sigsetsize },
) => {
  if (sigsetsize !== SIGSET_SIZE) throw EINVAL
  const { blocked } = task.signals
  const before = oldset === 0 ? undefined : blocked.copy()
  if (set !== 0) {
    const given = readSet(task, set)
    const next = blocked.copy()
    if (how === SIG_BLOCK) next.addAll(given)
    else if (how === SIG_UNBLOCK) next.removeAll(given)
    else if (how === SIG_SETMASK) next.assign(given)
    else throw EINVAL
    task.setBlocked(next)
  }
  if (before) writeSet(task, oldset, before)
  return 0
}

export const rt_sigpending: Handler<'rt_sigpending'> = (task, { set, sigsetsize }) => {
  if (sigsetsize > SIGSET_SIZE) throw EINVAL
  const pending = task.signals.pending.set.copy()
  pending.addAll(task.group.pending.set)
  pending.low &= task.signals.blocked.low
  pending.high &= task.signals.blocked.high
  const data = new Uint8Array(8)
  const view = new DataView(data.buffer)
  view.setInt32(0, pending.low, true)
  view.setInt32(4, pending.high, true)
  task.mm.write(set, data.subarray(0, sigsetsize))
  return 0
}

export const rt_sigsuspend: Handler<'rt_sigsuspend'> = (task, { mask, sigsetsize }) => {
  if (sigsetsize !== SIGSET_SIZE) throw EINVAL
  const set = readSet(task, mask)
  task.setTemporaryMask(set)
  return sleepForSignal()
}
export const pause: Handler<'pause'> = () => sleepForSignal()

function* sleepForSignal(): Blocking {
  const forever = {
    queues: [],
    events: -1,
    deadlineNs: undefined,
    interruptedBy: 'signal',
  } as const
  while ((yield forever) !== 'signal');
  throw ERESTARTNOHAND
}

export const rt_sigtimedwait: Handler<'rt_sigtimedwait'> = (
  task,
  { set, info, timeout, sigsetsize },
) => {
  if (sigsetsize !== SIGSET_SIZE) throw EINVAL
  const wanted = readSet(task, set)
  wanted.remove(SIGKILL)
  wanted.remove(SIGSTOP)
  const timeoutNs = timeout === 0 ? undefined : readTimespecNs(task, timeout)
  const found = dequeueWanted(task, wanted)
  if (found) return tell(task, found, info)
  if (timeoutNs === 0) throw EAGAIN
  return sigtimedwait(
    task,
    wanted,
    info,
    timeoutNs === undefined ? undefined : deadlineIn(task, timeoutNs),
  )
}

function* sigtimedwait(
  task: Task,
  wanted: SignalSet,
  info: Addr,
  deadlineNs: number | undefined,
): Blocking {
  const { signals } = task
  const real = signals.blocked.copy()
  const open = real.copy()
  open.removeAll(wanted)
  signals.realBlocked = real
  signals.assignBlocked(open)
  let why: string
  try {
    why = yield { queues: [], events: -1, deadlineNs, interruptedBy: 'signal' }
  } finally {
    signals.realBlocked = undefined
    task.setBlocked(real)
  }
  const found = dequeueWanted(task, wanted)
  if (found) return tell(task, found, info)
  throw why === 'timeout' ? EAGAIN : EINTR
}

function tell(task: Task, found: SignalInfo, at: Addr): number {
  if (at !== 0) task.mm.write(at, encodeSignalInfo(found))
  return found.signo
}

export const rt_sigreturn: Handler<'rt_sigreturn'> = task => {
  const { signals } = task
  const popped = popFrame(task)
  if (!popped) {
    forceSignal(task, kernelSignal(SIGSEGV))
    return KEEP_REGISTERS
  }
  task.setBlocked(popped.mask)
  // Errors of the saved stack do not matter, as in Linux.
  const { sp, flags, size } = popped.stack
  const refused = changeAltStack(task, { sp, flags, size })
  if (!refused) task.restartBlock = undefined
  signals.saved = undefined
  return KEEP_REGISTERS
}

export const sigaltstack: Handler<'sigaltstack'> = (task, { ss, old_ss }) => {
  const { altStack } = task.signals
  const given = ss === 0 ? undefined : task.mm.readStruct(stack_t, ss)
  const on = onAltStack(task, altStack)
  const state = altStack.size === 0 ? SS_DISABLE : on ? SS_ONSTACK : 0
  if (given) {
    const refused = changeAltStack(task, {
      sp: given.ss_sp,
      flags: given.ss_flags >>> 0,
      size: given.ss_size,
    })
    if (refused) throw refused
  }
  if (old_ss !== 0)
    task.mm.writeStruct(stack_t, old_ss, {
      ss_sp: altStack.sp,
      ss_flags: state | (altStack.flags & SS_AUTODISARM) | 0,
      ss_size: altStack.size,
    })
  return 0
}

function onAltStack(task: Task, { sp, flags, size }: AltStack): boolean {
  if ((flags & SS_AUTODISARM) !== 0) return false
  const at = task.thread.registers.get(Reg.rsp)
  return at > sp && at - sp <= size
}

function changeAltStack(task: Task, { sp, flags, size }: AltStack): Errno | undefined {
  const { signals } = task
  const old = signals.altStack
  if (onAltStack(task, old)) return EPERM
  const mode = (flags & ~SS_AUTODISARM) >>> 0
  if (mode !== SS_DISABLE && mode !== SS_ONSTACK && mode !== 0) return EINVAL
  if (old.sp === sp && old.size === size && old.flags === flags) return undefined
  if (mode === SS_DISABLE) signals.altStack = { ...NO_ALT_STACK, flags }
  else if (size < MINSIGSTKSZ) return ENOMEM
  else signals.altStack = { sp, flags, size }
  return undefined
}

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

export const restart_syscall: Handler<'restart_syscall'> = task => {
  const again = task.restartBlock
  task.restartBlock = undefined
  if (!again) throw EINTR
  return again()
}
