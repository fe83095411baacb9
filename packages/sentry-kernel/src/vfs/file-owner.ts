// Who is told by a signal that a file is ready: F_SETOWN, F_SETSIG. (vfs)
// Linux fs/fcntl.c: send_sigio, sigio_perm.

import { F_OWNER_PGRP, F_OWNER_TID, SIGIO, SIGURG } from '@tsvisor/abi'
import { kernelSignal, sendSignal } from '../signal/send.ts'
import type { Credentials } from '../task/credentials.ts'
import type { Pid } from '../task/pid-namespace.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'

/** Linux's struct fown_struct. */
export interface FileOwner {
  /** F_OWNER_TID 0, F_OWNER_PID 1, F_OWNER_PGRP 2 */
  readonly type: number
  /** 0: nobody. */
  readonly id: number
  /** 0: SIGIO. */
  readonly signo: number
  /** Whom `id` named, and who said so. */
  readonly pid?: Pid
  readonly creds?: Credentials
}

export const NO_OWNER: FileOwner = { type: 1, id: 0, signo: 0 }

/** Tells the owner of readiness on descriptor `fd`: `code` is POLL_IN or the like, `band` POLL* bits. */
export function signalOwner(owner: FileOwner, fd: number, code: number, band: number): void {
  for (const target of targets(owner)) {
    if (!mayTell(owner, target)) continue
    const { signo } = owner
    const sent = signo === 0 ? 'full' : sendSignal(target, { signo, code, band, fd })
    if (sent === 'full') sendSignal(target, kernelSignal(SIGIO))
  }
}

/** SIGURG, for data that goes before the rest (send_sigurg). */
export function signalUrgent(owner: FileOwner): void {
  for (const target of targets(owner))
    if (mayTell(owner, target)) sendSignal(target, kernelSignal(SIGURG))
}

function targets({ type, pid }: FileOwner): readonly (Task | ThreadGroup)[] {
  if (type === F_OWNER_PGRP) return [...(pid?.processGroup?.members ?? [])]
  if (pid?.task === undefined) return []
  return [type === F_OWNER_TID ? pid.task : pid.task.group]
}

function mayTell({ creds }: FileOwner, target: Task | ThreadGroup): boolean {
  const other = 'leader' in target ? target.leader.creds : target.creds
  if (creds === undefined) return false
  const { uid, euid } = creds
  return (
    euid === 0 ||
    euid === other.suid ||
    euid === other.uid ||
    uid === other.suid ||
    uid === other.uid
  )
}
