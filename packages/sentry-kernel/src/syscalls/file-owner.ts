// Who gets signals for an open file: F_SETOWN, F_SETOWN_EX, FIOSETOWN. (syscalls)
// Linux fs/fcntl.c: f_setown, f_getown.

import { EINVAL, ESRCH, F_OWNER_PGRP, F_OWNER_PID } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { NO_OWNER } from '../vfs/file-owner.ts'

/** A process, or negative a process group. Errors: EINVAL, ESRCH. */
export function setOwnerNumber(task: Task, file: FileDescription, number: number): number {
  if (number === -0x8000_0000) throw EINVAL
  return setOwner(task, file, number < 0 ? F_OWNER_PGRP : F_OWNER_PID, Math.abs(number))
}

/** As setOwnerNumber takes it. */
export function ownerNumber(file: FileDescription): number {
  const { type, id } = file.owner ?? NO_OWNER
  return type === F_OWNER_PGRP ? -id : id
}

/** `type`: F_OWNER_*. Errors: ESRCH. */
export function setOwner(task: Task, file: FileDescription, type: number, id: number): number {
  const signo = file.owner?.signo ?? 0
  if (id === 0) {
    file.owner = { type, id, signo }
    return 0
  }
  const pid = task.pidNamespace.find(id)
  const named = type === F_OWNER_PGRP ? pid?.processGroup : pid?.task
  if (pid === undefined || named === undefined) throw ESRCH
  file.owner = { type, id, signo, pid, creds: task.creds }
  return 0
}
