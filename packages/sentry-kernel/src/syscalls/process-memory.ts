// Other processes' memory: process_vm_readv, process_vm_writev, process_madvise, process_mrelease. (syscalls)
// Linux mm/process_vm_access.c, mm/madvise.c, mm/oom_kill.c.

import type { Addr } from '@tsvisor/abi'
import {
  CAP_SYS_NICE,
  EACCES,
  EFAULT,
  EINVAL,
  EPERM,
  Errno,
  ESRCH,
  MADV_COLD,
  MADV_COLLAPSE,
  MADV_PAGEOUT,
  MADV_WILLNEED,
} from '@tsvisor/abi'
import { mayInspect } from '../fs/proc/pid/access.ts'
import type { IoVec } from '../mm/io.ts'
import { madvise } from '../mm/madvise.ts'
import { IOV_MAX, type UserMemory } from '../mm/user-memory.ts'
import { hasCapability } from '../task/credentials.ts'
import { mayPtrace } from '../task/permission.ts'
import { pidOf } from '../task/pid-file.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'

const CHUNK = 64 * 1024

type Args = {
  pid: number
  local_iov: Addr
  liovcnt: number
  remote_iov: Addr
  riovcnt: number
  flags: number
}

export const process_vm_readv: Handler<'process_vm_readv'> = (task, args) =>
  transfer(task, args, 'read')
export const process_vm_writev: Handler<'process_vm_writev'> = (task, args) =>
  transfer(task, args, 'write')

function transfer(task: Task, args: Args, direction: 'read' | 'write'): number {
  if (args.flags !== 0 || args.liovcnt > IOV_MAX || args.riovcnt > IOV_MAX) throw EINVAL
  const local = task.mm.readIoVec(args.local_iov, args.liovcnt)
  const remote = remoteVector(task.mm, args.remote_iov, args.riovcnt)
  const target = task.pidNamespace.task(args.pid)
  if (target === undefined || target.state === 'dead') throw ESRCH
  if (!mayPtrace(task, target)) throw EPERM
  return direction === 'read'
    ? copy(target.mm, remote, task.mm, local)
    : copy(task.mm, local, target.mm, remote)
}

/** As readIoVec, but addresses are the other process's: they fault when they are used. */
function remoteVector(mm: UserMemory, at: Addr, count: number): IoVec[] {
  const vectors: IoVec[] = []
  for (let i = 0; i < count; i++) {
    const addr = mm.readU64((at + i * 16) as Addr) as Addr
    const length = mm.readU64((at + i * 16 + 8) as Addr)
    if (length >= 2 ** 63) throw EINVAL
    if (length > 0) vectors.push({ addr, length })
  }
  return vectors
}

/** Copies until either side ends or faults. Errors: EFAULT when nothing could be copied. */
function copy(
  from: UserMemory,
  source: readonly IoVec[],
  to: UserMemory,
  target: readonly IoVec[],
): number {
  const buffer = new Uint8Array(CHUNK)
  let [s, sDone, t, tDone, total] = [0, 0, 0, 0, 0]
  while (s < source.length && t < target.length) {
    const left = source[s]!
    const right = target[t]!
    const want = Math.min(left.length - sDone, right.length - tDone, CHUNK)
    const piece = buffer.subarray(0, want)
    const got = from.copyIn((left.addr + sDone) as Addr, piece)
    const put = got === 0 ? 0 : to.copyOut((right.addr + tDone) as Addr, piece.subarray(0, got))
    total += put
    if (put < want) {
      if (total === 0) throw EFAULT
      return total
    }
    sDone += put
    tDone += put
    if (sDone === left.length) [s, sDone] = [s + 1, 0]
    if (tDone === right.length) [t, tDone] = [t + 1, 0]
  }
  return total
}

/**
 * Advice for ranges of a process's memory; what was done of it counts before an error.
 * Errors: EINVAL, EBADF, ESRCH, EPERM, those of madvise.
 */
export const process_madvise: Handler<'process_madvise'> = (
  task,
  { pidfd, vec, vlen, advice, flags },
) => {
  if (flags !== 0) throw EINVAL
  const vectors = task.mm.readIoVec(vec, vlen)
  const target = pidOf(task, pidfd).task
  if (target === undefined) throw ESRCH
  const own = target.mm === task.mm
  if (!own && !HINTS.has(advice)) throw EINVAL
  if (target.state === 'dead') throw ESRCH
  if (!mayInspect(task, target)) throw EACCES
  if (!own && !hasCapability(task.creds, CAP_SYS_NICE)) throw EPERM
  let done = 0
  try {
    for (const { addr, length } of vectors) {
      madvise(target.mm, addr, length, advice)
      done += length
    }
  } catch (error) {
    if (done === 0 || !(error instanceof Errno)) throw error
  }
  return done
}

/** What may be said of others' memory: nothing of this changes what is in it. */
const HINTS = new Set([MADV_WILLNEED, MADV_COLD, MADV_PAGEOUT, MADV_COLLAPSE])

/**
 * The memory of a process that is being killed: it goes by itself, at once.
 * Errors: EINVAL (nobody kills it), ESRCH (it has no memory any more), EBADF.
 */
export const process_mrelease: Handler<'process_mrelease'> = (task, { pidfd, flags }) => {
  if (flags !== 0) throw EINVAL
  const target = pidOf(task, pidfd).task
  if (target === undefined || target.group.ended) throw ESRCH
  if (target.group.exitStatus === undefined) throw EINVAL
  return 0
}
