// Locked memory: the accounting of mlock(2) and its family. Pages are the host's to keep. (mm)

import {
  type Addr,
  CAP_IPC_LOCK,
  EINVAL,
  ENOMEM,
  EPERM,
  MCL_CURRENT,
  MCL_FUTURE,
  MCL_ONFAULT,
  PROT_NONE,
  RLIMIT_MEMLOCK,
} from '@tsvisor/abi'
import { PAGE_SIZE } from '../platform/platform.ts'
import { hasCapability } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { type MemoryManager, mayLock, pageDown, pageUp } from './memory-manager.ts'
import { VM_LOCKED, VM_LOCKONFAULT } from './vma.ts'

/**
 * mlock(2) and mlock2(2): `flags` is VM_LOCKED, perhaps with VM_LOCKONFAULT.
 * Errors: EPERM, ENOMEM (a limit, or a hole: what comes before is locked; or PROT_NONE), EINVAL.
 */
export function mlock(
  mm: MemoryManager,
  task: Task,
  address: number,
  lengthBytes: number,
  flags: number,
): void {
  if (!mayLock(task, mm.limits)) throw EPERM
  const start = pageDown(address)
  const length = pageUp(lengthBytes + (address - start))
  if (!hasCapability(task.creds, CAP_IPC_LOCK)) {
    const limit = pageDown(mm.limits.soft(RLIMIT_MEMLOCK))
    if (
      mm.usage.locked + length > limit &&
      mm.usage.locked + length - locked(mm, start, start + length) > limit
    )
      throw ENOMEM
  }
  apply(mm, start, start + length, flags)
  if (!(flags & VM_LOCKONFAULT)) populate(mm, start, start + length)
}

/** Pages that nobody may touch cannot be made present; their mapping is locked all the same (__mm_populate). Errors: ENOMEM. */
function populate(mm: MemoryManager, start: number, end: number): void {
  const { list } = mm.vmas
  for (let i = mm.vmas.indexOf(start); i < list.length && list[i]!.start < end; i++)
    if (list[i]!.prot === PROT_NONE) throw ENOMEM
}

/** munlock(2). Errors: EINVAL, ENOMEM (a hole). */
export function munlock(mm: MemoryManager, address: number, lengthBytes: number): void {
  const start = pageDown(address)
  apply(mm, start, start + pageUp(lengthBytes + (address - start)), 0)
}

/** mlockall(2). Errors: EINVAL, EPERM, ENOMEM. */
export function mlockall(mm: MemoryManager, task: Task, flags: number): void {
  if (flags === 0 || flags & ~7 || flags === MCL_ONFAULT) throw EINVAL
  if (!mayLock(task, mm.limits)) throw EPERM
  const limited = !hasCapability(task.creds, CAP_IPC_LOCK)
  if (flags & MCL_CURRENT && limited && mm.usage.total > mm.limits.soft(RLIMIT_MEMLOCK))
    throw ENOMEM
  const vmFlags = VM_LOCKED | (flags & MCL_ONFAULT ? VM_LOCKONFAULT : 0)
  mm.futureFlags = flags & MCL_FUTURE ? vmFlags : 0
  if (flags & MCL_CURRENT) relock(mm, vmFlags)
}

export function munlockall(mm: MemoryManager): void {
  mm.futureFlags = 0
  relock(mm, 0)
}

function relock(mm: MemoryManager, flags: number): void {
  const last = mm.vmas.list.at(-1)
  if (last === undefined) return
  for (const vma of mm.vmas.list) {
    mm.usage.remove(vma)
    vma.flags = (vma.flags & ~(VM_LOCKED | VM_LOCKONFAULT)) | flags
    mm.usage.add(vma)
  }
  mm.vmas.mergeAround(0, last.end)
}

function locked(mm: MemoryManager, start: number, end: number): number {
  let bytes = 0
  const { list } = mm.vmas
  for (let i = mm.vmas.indexOf(start); i < list.length && list[i]!.start < end; i++) {
    const vma = list[i]!
    if (vma.flags & VM_LOCKED) bytes += Math.min(end, vma.end) - Math.max(start, vma.start)
  }
  return bytes
}

function apply(mm: MemoryManager, start: number, end: number, flags: number): void {
  if (end > 2 ** 64) throw EINVAL
  if (end === start) return
  let at = start
  while (at < end) {
    const vma = mm.vmas.list[mm.vmas.indexOf(at)]
    if (vma === undefined || vma.start > at) break
    const stop = Math.min(end, vma.end)
    const wanted = (vma.flags & ~(VM_LOCKED | VM_LOCKONFAULT)) | flags
    if (vma.flags !== wanted)
      mm.change(at, stop, part => {
        part.flags = wanted
      })
    at = stop
  }
  mm.vmas.mergeAround(start, at)
  if (at < end) throw ENOMEM
}

/** Bytes of the vector written at once: the guest may ask about terabytes. */
const VECTOR_CHUNK = 65536

/**
 * mincore(2): every mapped page counts as resident. Errors: EINVAL, ENOMEM (a hole), EFAULT.
 */
export function mincore(
  mm: MemoryManager,
  address: number,
  lengthBytes: number,
  vector: Addr,
): void {
  if (address % PAGE_SIZE !== 0) throw EINVAL
  const length = pageUp(lengthBytes)
  if (address > mm.space.maxAddr || length > mm.space.maxAddr - address) throw ENOMEM
  if (!mm.vmas.covers(address, address + length)) throw ENOMEM
  const pages = length / PAGE_SIZE
  const chunk = new Uint8Array(Math.min(pages, VECTOR_CHUNK)).fill(1)
  for (let done = 0; done < pages; done += chunk.length)
    mm.write((vector + done) as Addr, chunk.subarray(0, Math.min(chunk.length, pages - done)))
}
