// Who may use a terminal: background processes are stopped. (fs/pty)
// Linux drivers/tty/tty_jobctrl.c: __tty_check_change, tiocsctty, tiocspgrp.

import {
  type Addr,
  CAP_SYS_ADMIN,
  EINVAL,
  EIO,
  ENOTTY,
  EPERM,
  ERESTARTSYS,
  ESRCH,
  SIG_IGN,
  SIGTTIN,
  SIGTTOU,
} from '@tsvisor/abi'
import { kernelSignal, signalProcessGroup } from '../../signal/send.ts'
import { hasCapability } from '../../task/credentials.ts'
import type { Task } from '../../task/task.ts'
import type { Pty } from './pty.ts'

/**
 * Stops a background process that reads (SIGTTIN), or writes or changes settings (SIGTTOU).
 * Errors: ERESTARTSYS after the signal was sent; EIO when nobody could continue it, or it reads and
 * ignores the signal.
 */
export function checkForeground(
  task: Task,
  tty: Pty,
  signo: typeof SIGTTIN | typeof SIGTTOU,
): void {
  const { group } = task
  const own = group.processGroup
  if (own.session.tty !== tty || tty.foreground === undefined || tty.foreground === own) return
  const ignored = task.signals.blocked.has(signo) || group.actions.get(signo).handler === SIG_IGN
  if (ignored) {
    if (signo === SIGTTIN) throw EIO
    return
  }
  if (own.orphaned()) throw EIO
  signalProcessGroup(own, kernelSignal(signo))
  throw ERESTARTSYS
}

/** TIOCSCTTY. `arg` 1: take it from another session. Errors: EPERM. */
export function setControlling(task: Task, tty: Pty, arg: number): void {
  const { group } = task
  const { session } = group
  const isLeader = session.leader === group
  if (isLeader && tty.session === session) return
  if (!isLeader || session.tty !== undefined) throw EPERM
  if (tty.session !== undefined) {
    if (arg !== 1 || !hasCapability(task.creds, CAP_SYS_ADMIN)) throw EPERM
    tty.session.tty = undefined
  }
  tty.adopt(session, group.processGroup)
}

/** TIOCNOTTY. Errors: ENOTTY. */
export function giveUpControlling(task: Task, tty: Pty): void {
  const { session } = task.group
  if (session.tty !== tty) throw ENOTTY
  // A process that does not lead the session would give up the terminal for itself alone; here the
  // terminal belongs to the session as a whole, and stays.
  if (session.leader === task.group) tty.disassociate()
}

/** A slave opened without O_NOCTTY by a session leader without a terminal becomes its terminal. */
export function adoptOnOpen(task: Task, tty: Pty): void {
  const { group } = task
  const { session } = group
  if (session.leader !== group || session.tty !== undefined || tty.session !== undefined) return
  tty.adopt(session, group.processGroup)
}

/** TIOCGPGRP. `side` master may ask about any session. Errors: ENOTTY. */
export function getForeground(task: Task, tty: Pty, arg: Addr, side: 'master' | 'slave'): number {
  if (side === 'slave' && task.group.session.tty !== tty) throw ENOTTY
  const { foreground } = tty
  task.mm.writeU32(arg, foreground ? foreground.pid.in(task.pidNamespace) : 0)
  return 0
}

/** TIOCSPGRP. Errors: ENOTTY, EINVAL, ESRCH, EPERM, and those of checkForeground. */
export function setForeground(task: Task, tty: Pty, arg: Addr): number {
  try {
    checkForeground(task, tty, SIGTTOU)
  } catch (error) {
    throw error === EIO ? ENOTTY : error
  }
  const { session } = task.group
  if (session.tty !== tty || tty.session !== session) throw ENOTTY
  const number = task.mm.readI32(arg)
  if (number < 0) throw EINVAL
  const group = task.pidNamespace.find(number)?.processGroup
  if (group === undefined) throw ESRCH
  if (group.session !== session) throw EPERM
  tty.foreground = group
  return 0
}

/** TIOCGSID. Errors: ENOTTY. */
export function getSession(task: Task, tty: Pty, arg: Addr, side: 'master' | 'slave'): number {
  if (side === 'slave' && task.group.session.tty !== tty) throw ENOTTY
  if (tty.session === undefined) throw ENOTTY
  task.mm.writeU32(arg, tty.session.pid.in(task.pidNamespace))
  return 0
}
