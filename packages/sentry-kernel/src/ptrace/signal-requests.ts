// What a tracer may ask and say about signals. (ptrace)
// Linux kernel/ptrace.c: ptrace_peek_siginfo, ptrace_getsiginfo, ptrace_setsiginfo.

import {
  type Addr,
  EFAULT,
  EINVAL,
  PTRACE_PEEKSIGINFO_SHARED,
  ptrace_peeksiginfo_args,
} from '@tsvisor/abi'
import { decodeSignalInfo, encodeSignalInfo, SIGINFO_SIZE } from '../signal/signal-info.ts'
import { SignalSet } from '../signal/signal-set.ts'
import type { Task } from '../task/task.ts'
import type { Tracee } from './tracee.ts'

const SIGSET_SIZE = 8

/** Errors: EINVAL in a group-stop that has none; EFAULT. */
export function getSignalInfo(tracer: Task, { stop }: Tracee, at: Addr): void {
  if (stop?.info === undefined) throw EINVAL
  tracer.mm.write(at, encodeSignalInfo(stop.info))
}

/** Errors: EFAULT; EINVAL as for getSignalInfo. */
export function setSignalInfo(tracer: Task, { stop }: Tracee, at: Addr): void {
  const info = decodeSignalInfo(tracer.mm.readBytes(at, SIGINFO_SIZE))
  if (stop?.info === undefined) throw EINVAL
  stop.info = info
}

/** Pending signals, `args` says which; returns how many were stored. Errors: EFAULT, EINVAL. */
export function peekSignalInfo(tracer: Task, { task }: Tracee, args: Addr, to: Addr): number {
  const { off, flags, nr } = tracer.mm.readStruct(ptrace_peeksiginfo_args, args)
  if ((flags & ~PTRACE_PEEKSIGINFO_SHARED) !== 0 || nr < 0) throw EINVAL
  const queue = flags & PTRACE_PEEKSIGINFO_SHARED ? task.group.pending : task.signals.pending
  const wanted = queue.entries.slice(off, off + nr)
  let count = 0
  for (const info of wanted) {
    const put = tracer.mm.copyOut((to + count * SIGINFO_SIZE) as Addr, encodeSignalInfo(info))
    if (put < SIGINFO_SIZE) {
      if (count === 0) throw EFAULT
      break
    }
    count++
  }
  return count
}

/** The mask that the task has in user mode. Errors: EINVAL (size), EFAULT. */
export function getSignalMask(tracer: Task, { task }: Tracee, size: number, at: Addr): void {
  if (size !== SIGSET_SIZE) throw EINVAL
  const { saved, blocked } = task.signals
  tracer.mm.writeU64(at, (saved ?? blocked).bits)
}

/** Errors: EINVAL (size), EFAULT. */
export function setSignalMask(tracer: Task, { task }: Tracee, size: number, at: Addr): void {
  if (size !== SIGSET_SIZE) throw EINVAL
  const mask = tracer.mm.readU64Big(at)
  task.signals.saved = undefined
  task.setBlocked(new SignalSet(Number(mask & 0xffff_ffffn), Number(mask >> 32n)))
}
