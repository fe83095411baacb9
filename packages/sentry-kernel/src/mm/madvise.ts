// Advice about memory, some of which changes what is in it: madvise(2). (mm)

import {
  type Addr,
  EACCES,
  EBUSY,
  EFAULT,
  EINVAL,
  ENOMEM,
  EPERM,
  type Errno,
  MADV_DONTNEED,
  MADV_DONTNEED_LOCKED,
  MADV_FREE,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_REMOVE,
  MADV_WIPEONFORK,
  MS_ASYNC,
  MS_INVALIDATE,
  MS_SYNC,
  PROT_READ,
  PROT_WRITE,
} from '@tsvisor/abi'
import type { HostFile } from '../platform/host.ts'
import { type Mappable, type MemoryFile, PAGE_SIZE } from '../platform/platform.ts'
import { type MemoryManager, MOST_POPULATED, pageUp } from './memory-manager.ts'
import {
  VM_DONTCOPY,
  VM_DONTDUMP,
  VM_HUGEPAGE,
  VM_LOCKED,
  VM_MAYWRITE,
  VM_MERGEABLE,
  VM_NOHUGEPAGE,
  VM_RAND_READ,
  VM_SEALED,
  VM_SEQ_READ,
  VM_WIPEONFORK,
  type Vma,
} from './vma.ts'

/** Advice that only sets and clears flags: [set, clear]. */
const FLAG_CHANGES: Readonly<Record<number, readonly [number, number]>> = {
  0: [0, VM_SEQ_READ | VM_RAND_READ],
  1: [VM_RAND_READ, VM_SEQ_READ],
  2: [VM_SEQ_READ, VM_RAND_READ],
  10: [VM_DONTCOPY, 0],
  11: [0, VM_DONTCOPY],
  12: [VM_MERGEABLE, 0],
  13: [0, VM_MERGEABLE],
  14: [VM_HUGEPAGE, VM_NOHUGEPAGE],
  15: [VM_NOHUGEPAGE, VM_HUGEPAGE],
  16: [VM_DONTDUMP, 0],
  17: [0, VM_DONTDUMP],
  18: [VM_WIPEONFORK, 0],
  19: [0, VM_WIPEONFORK],
}
/** Advice with an effect on pages, or none at all: WILLNEED, MADV_DONTNEED, MADV_FREE, MADV_REMOVE, COLD, PAGEOUT, POPULATE_*, MADV_DONTNEED_LOCKED, COLLAPSE. */
const ACTIONS = new Set([
  3,
  MADV_DONTNEED,
  MADV_FREE,
  MADV_REMOVE,
  20,
  21,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_DONTNEED_LOCKED,
])

/** madvise(2), Linux mm/madvise.c. Errors: EINVAL, ENOMEM (a hole: the rest is done), EACCES, EPERM, EFAULT. */
export function madvise(mm: MemoryManager, address: number, lengthBytes: number, advice: number) {
  const change = FLAG_CHANGES[advice]
  if (change === undefined && !ACTIONS.has(advice)) throw EINVAL
  if (address % PAGE_SIZE !== 0) throw EINVAL
  const end = address + pageUp(lengthBytes)
  if (end >= 2 ** 64) throw EINVAL
  if (lengthBytes === 0) return

  let hole = false
  let at = address
  let failure: Errno | undefined
  while (at < end) {
    const vma = mm.vmas.list[mm.vmas.indexOf(at)]
    if (vma === undefined || vma.start >= end) {
      hole = true
      break
    }
    if (vma.start > at) {
      hole = true
      at = vma.start
    }
    const stop = Math.min(end, vma.end)
    failure = change ? setFlags(mm, vma, at, stop, advice, change) : act(mm, vma, at, stop, advice)
    if (failure !== undefined) break
    at = stop
  }
  if (change) mm.vmas.mergeAround(address, Math.max(at, address + 1))
  if (failure !== undefined) throw failure
  if (hole) throw ENOMEM
}

function setFlags(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
  advice: number,
  [set, clear]: readonly [number, number],
): Errno | undefined {
  if (advice === MADV_WIPEONFORK && (vma.backing !== undefined || vma.shared)) return EINVAL
  const flags = (vma.flags & ~clear) | set
  if (flags === vma.flags) return undefined
  mm.change(start, end, part => {
    part.flags = (part.flags & ~clear) | set
  })
  if (advice === MADV_HUGEPAGE || advice === MADV_NOHUGEPAGE)
    mm.space.advise(start as Addr, end - start, advice)
  return undefined
}

function act(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
  advice: number,
): Errno | undefined {
  const length = end - start
  switch (advice) {
    case MADV_DONTNEED:
    case MADV_DONTNEED_LOCKED:
    case MADV_FREE:
      if (advice !== MADV_DONTNEED_LOCKED && vma.flags & VM_LOCKED) return EINVAL
      if (advice === MADV_FREE && vma.backing !== undefined) return EINVAL
      // A sealed mapping that the caller could not write keeps its contents.
      if (vma.flags & VM_SEALED && !(vma.prot & PROT_WRITE)) return EPERM
      mm.space.advise(
        start as Addr,
        length,
        advice === MADV_DONTNEED_LOCKED ? MADV_DONTNEED : advice,
      )
      return undefined
    case MADV_REMOVE:
      if (vma.flags & VM_LOCKED || vma.backing === undefined) return EINVAL
      if (!vma.shared || !(vma.flags & VM_MAYWRITE)) return EACCES
      return punch(vma.backing.mappable, vma.offsetOf(start), length)
    case MADV_POPULATE_READ:
    case MADV_POPULATE_WRITE:
      if (!(vma.prot & (advice === MADV_POPULATE_READ ? PROT_READ : PROT_WRITE))) return EFAULT
      if (length <= MOST_POPULATED) mm.space.advise(start as Addr, length, advice)
      return undefined
    default:
      return undefined
  }
}

const isMemory = (file: Mappable): file is MemoryFile => 'punch' in file
const isHost = (file: Mappable): file is HostFile => 'allocate' in file
/** FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE */
const PUNCH_HOLE = 3

function punch(file: Mappable, offset: number, length: number): Errno | undefined {
  if (isMemory(file)) file.punch(offset, length)
  else if (isHost(file)) file.allocate(PUNCH_HOLE, offset, length)
  else return EINVAL
  return undefined
}

/** msync(2). Errors: EINVAL, ENOMEM (a hole), EBUSY (MS_INVALIDATE on locked memory), EIO. */
export function msync(
  mm: MemoryManager,
  address: number,
  lengthBytes: number,
  flags: number,
  sync: (vma: Vma) => void,
): void {
  if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) throw EINVAL
  if (address % PAGE_SIZE !== 0) throw EINVAL
  if (flags & MS_ASYNC && flags & MS_SYNC) throw EINVAL
  const end = address + pageUp(lengthBytes)
  if (end > 2 ** 64) throw ENOMEM
  let hole = false
  for (let at = address; at < end; ) {
    const vma = mm.vmas.list[mm.vmas.indexOf(at)]
    if (vma === undefined || vma.start >= end) throw ENOMEM
    if (vma.start > at) hole = true
    if (flags & MS_INVALIDATE && vma.flags & VM_LOCKED) throw EBUSY
    if (flags & MS_SYNC && vma.shared && vma.backing?.file !== undefined) sync(vma)
    at = vma.end
  }
  if (hole) throw ENOMEM
}
