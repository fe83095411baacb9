// ioctls that both sides of a pseudo-terminal know. (fs/pty)
// Linux drivers/tty/tty_ioctl.c, drivers/tty/tty_io.c:tty_ioctl; ioctl_tty(2).

import {
  type Addr,
  CAP_SYS_ADMIN,
  EFAULT,
  EINVAL,
  EIO,
  ENOTTY,
  EPERM,
  FIONREAD,
  SIGTTOU,
  TCFLSH,
  TCGETA,
  TCGETS,
  TCGETS2,
  TCIFLUSH,
  TCIOFF,
  TCIOFLUSH,
  TCION,
  TCOFLUSH,
  TCOOFF,
  TCOON,
  TCSBRK,
  TCSBRKP,
  TCSETA,
  TCSETAF,
  TCSETAW,
  TCSETS,
  TCSETS2,
  TCSETSF,
  TCSETSF2,
  TCSETSW,
  TCSETSW2,
  TCXONC,
  TIOCEXCL,
  TIOCGETD,
  TIOCGEXCL,
  TIOCGPGRP,
  TIOCGSID,
  TIOCGWINSZ,
  TIOCNOTTY,
  TIOCNXCL,
  TIOCOUTQ,
  TIOCSCTTY,
  TIOCSETD,
  TIOCSPGRP,
  TIOCSTI,
  TIOCSWINSZ,
  TIOCVHANGUP,
  VSTART,
  VSTOP,
} from '@tsvisor/abi'
import { type Result, waitFor } from '../../kernel/blocking.ts'
import { hasCapability } from '../../task/credentials.ts'
import type { Task } from '../../task/task.ts'
import { WRITABLE } from '../poll-events.ts'
import {
  checkForeground,
  getForeground,
  getSession,
  giveUpControlling,
  setControlling,
  setForeground,
} from './job-control.ts'
import type { Pty } from './pty.ts'
import { decodeTermios, encodeTermios, type TermiosLayout, termiosSize } from './termios.ts'

type When = 'now' | 'drained' | 'flushed'
const SETTERS: ReadonlyMap<number, readonly [TermiosLayout, When]> = new Map([
  [TCSETS, ['termios', 'now']],
  [TCSETSW, ['termios', 'drained']],
  [TCSETSF, ['termios', 'flushed']],
  [TCSETS2, ['termios2', 'now']],
  [TCSETSW2, ['termios2', 'drained']],
  [TCSETSF2, ['termios2', 'flushed']],
  [TCSETA, ['termio', 'now']],
  [TCSETAW, ['termio', 'drained']],
  [TCSETAF, ['termio', 'flushed']],
] as const)
const GETTERS: ReadonlyMap<number, TermiosLayout> = new Map([
  [TCGETS, 'termios'],
  [TCGETS2, 'termios2'],
  [TCGETA, 'termio'],
] as const)

/** Answers `request` about the terminal, asked on one of its sides. Errors: ENOTTY for one unknown. */
export function ttyIoctl(
  task: Task,
  tty: Pty,
  side: 'master' | 'slave',
  request: number,
  arg: Addr,
): Result {
  const getter = GETTERS.get(request)
  if (getter) {
    task.mm.write(arg, encodeTermios(tty.termios, getter))
    return 0
  }
  const setter = SETTERS.get(request)
  if (setter) return setTermios(task, tty, arg, setter[0], setter[1])
  switch (request) {
    case TIOCGWINSZ:
      return getWindowSize(task, tty, arg)
    case TIOCSWINSZ:
      return setWindowSize(task, tty, arg)
    case TIOCSCTTY:
      if (side === 'master') throw ENOTTY
      setControlling(task, tty, arg)
      return 0
    case TIOCNOTTY:
      giveUpControlling(task, tty)
      return 0
    case TIOCGPGRP:
      return getForeground(task, tty, arg, side)
    case TIOCSPGRP:
      return setForeground(task, tty, arg)
    case TIOCGSID:
      return getSession(task, tty, arg, side)
    case TIOCOUTQ:
      // A pty has no output queue of its own: what was written is at the master already.
      task.mm.writeU32(arg, 0)
      return 0
    case FIONREAD:
      task.mm.writeU32(arg, side === 'master' ? tty.outgoing.length : tty.line.available)
      return 0
    case TIOCEXCL:
      tty.exclusive = true
      return 0
    case TIOCNXCL:
      tty.exclusive = false
      return 0
    case TIOCGEXCL:
      task.mm.writeU32(arg, tty.exclusive ? 1 : 0)
      return 0
    case TIOCGETD:
      task.mm.writeU32(arg, 0)
      return 0
    case TIOCSETD:
      if (task.mm.readU32(arg) !== 0) throw EINVAL
      return 0
    case TIOCSTI:
      return simulateInput(task, tty, arg)
    case TCFLSH:
      return flush(task, tty, arg, side)
    case TCXONC:
      return flow(task, tty, arg)
    case TCSBRK:
    case TCSBRKP:
      checkForeground(task, tty, SIGTTOU)
      return 0
    case TIOCVHANGUP:
      if (!hasCapability(task.creds, CAP_SYS_ADMIN)) throw EPERM
      tty.hangup()
      return 0
    default:
      throw ENOTTY
  }
}

function setTermios(task: Task, tty: Pty, arg: Addr, layout: TermiosLayout, when: When): Result {
  checkForeground(task, tty, SIGTTOU)
  const next = decodeTermios(task.mm.readBytes(arg, termiosSize[layout]), layout, tty.termios)
  if (when === 'flushed') tty.line.flush()
  tty.configure(next)
  return 0
}

function getWindowSize(task: Task, tty: Pty, arg: Addr): number {
  const { rows, columns, xPixels, yPixels } = tty.windowSize
  const data = new Uint8Array(8)
  new Uint16Array(data.buffer).set([rows, columns, xPixels, yPixels])
  task.mm.write(arg, data)
  return 0
}
function setWindowSize(task: Task, tty: Pty, arg: Addr): number {
  const view = new DataView(task.mm.readBytes(arg, 8).buffer)
  const [rows, columns, xPixels, yPixels] = [0, 2, 4, 6].map(at => view.getUint16(at, true))
  tty.resize({ rows: rows!, columns: columns!, xPixels: xPixels!, yPixels: yPixels! })
  return 0
}

/** TIOCSTI, as with dev.tty.legacy_tiocsti = 0. Errors: EIO for the unprivileged. */
function simulateInput(task: Task, tty: Pty, arg: Addr): number {
  if (!hasCapability(task.creds, CAP_SYS_ADMIN)) throw EIO
  if (arg === 0) throw EFAULT
  tty.type(task.mm.readBytes(arg, 1))
  return 0
}

function flush(task: Task, tty: Pty, arg: number, side: 'master' | 'slave'): number {
  checkForeground(task, tty, SIGTTOU)
  if (arg !== TCIFLUSH && arg !== TCOFLUSH && arg !== TCIOFLUSH) throw EINVAL
  if (arg !== TCOFLUSH) {
    if (side === 'slave') tty.flushTyped()
    else tty.flushShown()
  }
  if (arg !== TCIFLUSH) {
    if (side === 'slave') tty.flushOutput()
    else tty.dropIncoming()
  }
  return 0
}

function flow(task: Task, tty: Pty, arg: number): Result {
  checkForeground(task, tty, SIGTTOU)
  if (arg === TCOOFF) {
    if (!tty.stoppedByFlow) {
      tty.stop()
      tty.stoppedByFlow = true
    }
  } else if (arg === TCOON) {
    if (tty.stoppedByFlow) {
      tty.stoppedByFlow = false
      tty.start()
    }
  } else if (arg === TCIOFF || arg === TCION) return sendFlowCharacter(tty, arg)
  else throw EINVAL
  return 0
}
function sendFlowCharacter(tty: Pty, arg: number): Result {
  const c = tty.termios.cc[arg === TCIOFF ? VSTOP : VSTART]!
  if (c === 0) return 0
  if (tty.outgoing.room === 0) return sendLater(tty, c)
  tty.outgoing.push(c)
  tty.masterQueue.notify()
  return 0
}
function* sendLater(tty: Pty, c: number) {
  while (tty.outgoing.room === 0) yield* waitFor(tty.slaveQueue, WRITABLE)
  tty.outgoing.push(c)
  tty.masterQueue.notify()
  return 0
}

/** An operation on a slave that was hung up. Errors: EIO; ENOTTY for TIOCSPGRP, as hung_up_tty_ioctl. */
export const hungUpIoctl = (request: number): never => {
  throw request === TIOCSPGRP ? ENOTTY : EIO
}
