// Signals: handlers, masks, the alternate stack, the way back from a handler. (syscalls)

import {
  EINTR,
  EINVAL,
  ENOMEM,
  EPERM,
  type Errno,
  MINSIGSTKSZ,
  SA_EXPOSE_TAGBITS,
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SA_RESTORER,
  SA_SIGINFO,
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
import { KEEP_REGISTERS } from '../kernel/blocking.ts'
import { Reg } from '../platform/registers.ts'
import { popFrame } from '../signal/frame.ts'
import { forceSignal, kernelSignal } from '../signal/send.ts'
import { defaultAction, SIGNAL_MAX, type SignalAction } from '../signal/signal-actions.ts'
import { SignalSet } from '../signal/signal-set.ts'
import { type AltStack, NO_ALT_STACK } from '../signal/task-signals.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import type { Handler } from './handler.ts'
import { readSignalSet, SIGSET_SIZE, writeSignalSet } from './signal-sets.ts'

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
    const given = readSignalSet(task, set)
    const next = blocked.copy()
    if (how === SIG_BLOCK) next.addAll(given)
    else if (how === SIG_UNBLOCK) next.removeAll(given)
    else if (how === SIG_SETMASK) next.assign(given)
    else throw EINVAL
    task.setBlocked(next)
  }
  if (before) writeSignalSet(task, oldset, before)
  return 0
}

export const rt_sigpending: Handler<'rt_sigpending'> = (task, { set, sigsetsize }) => {
  if (sigsetsize > SIGSET_SIZE) throw EINVAL
  const pending = task.signals.pending.set.copy()
  pending.addAll(task.group.pending.set)
  pending.low &= task.signals.blocked.low
  pending.high &= task.signals.blocked.high
  writeSignalSet(task, set, pending, sigsetsize)
  return 0
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

export const restart_syscall: Handler<'restart_syscall'> = task => {
  const again = task.restartBlock
  task.restartBlock = undefined
  if (!again) throw EINTR
  return again()
}
