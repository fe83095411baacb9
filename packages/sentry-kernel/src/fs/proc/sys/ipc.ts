// What /proc/sys/kernel and fs/mqueue say of the reader's IPC namespace. (fs/proc)
// Linux ipc/ipc_sysctl.c, ipc/mq_sysctl.c.

import { EINVAL, ERANGE } from '@tsvisor/abi'
import type { IpcLimits } from '../../../ipc/ipc-limits.ts'
import type { Task } from '../../../task/task.ts'
import { type Declaration, type Declarations, numbersOf, type Range, text } from './sysctl.ts'

type NumberName = {
  [K in keyof IpcLimits]: IpcLimits[K] extends number ? K : never
}[keyof IpcLimits]

const limitsOf = (task: Task): IpcLimits => task.namespaces.ipc.limits

const limit = (name: NumberName, range?: Range): Declaration =>
  numbersOf(
    task => [limitsOf(task)[name]],
    (task, [value]) => {
      limitsOf(task)[name] = value!
    },
    range,
  )

/** An unsigned long (proc_doulongvec_minmax). */
const ulong = (name: 'shmmax' | 'shmall'): Declaration =>
  text(
    task => String(limitsOf(task)[name]),
    (task, written) => {
      const [, digits] = /^\s*(\d+)\s*$/.exec(written) ?? []
      if (digits === undefined) throw EINVAL
      const value = BigInt(digits)
      if (value >= 2n ** 64n) throw EINVAL
      limitsOf(task)[name] = value
    },
    32,
  )

/** IPCMNI */
const OBJECTS = { max: 0x8000 }

export const ipcControls: Declarations = {
  msgmax: limit('msgmax'),
  msgmnb: limit('msgmnb'),
  msgmni: limit('msgmni', OBJECTS),
  sem: numbersOf(
    task => limitsOf(task).sem,
    (task, [perSet, inAll, perCall, sets]) => {
      const limits = limitsOf(task)
      // The others are stored all the same (proc_ipc_sem_dointvec).
      const refused = sets! > OBJECTS.max
      limits.sem = [perSet!, inAll!, perCall!, refused ? limits.sem[3] : sets!]
      if (refused) throw ERANGE
    },
  ),
  shm_rmid_forced: numbersOf(
    task => [limitsOf(task).shmRmidForced],
    (task, [value]) => {
      const { limits, segments } = task.namespaces.ipc
      limits.shmRmidForced = value!
      if (value === 1) for (const segment of segments) segment.destroyIfOrphan()
    },
    { max: 1 },
  ),
  shmall: ulong('shmall'),
  shmmax: ulong('shmmax'),
  shmmni: limit('shmmni', OBJECTS),
}

const MESSAGES = { min: 1, max: 65_536 }
const SIZE = { min: 128, max: 16_777_216 }

export const mqueueControls: Declarations = {
  msg_default: limit('msgDefault', MESSAGES),
  msg_max: limit('msgMax', MESSAGES),
  msgsize_default: limit('msgsizeDefault', SIZE),
  msgsize_max: limit('msgsizeMax', SIZE),
  queues_max: limit('queuesMax'),
}
