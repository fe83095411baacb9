// What may be done with mapped memory: mprotect(2). (mm)

import {
  type Addr,
  EACCES,
  EINVAL,
  ENOMEM,
  EPERM,
  type Errno,
  PROT_GROWSDOWN,
  PROT_GROWSUP,
  PROT_SEM,
} from '@tsvisor/abi'
import { PAGE_SIZE } from '../platform/platform.ts'
import { MAX_MAP_COUNT, type MemoryManager, PROT_RWX, pageUp } from './memory-manager.ts'
import { VM_GROWSDOWN, VM_SEALED, type Vma } from './vma.ts'

/** mprotect(2), Linux mm/mprotect.c. Errors: EINVAL, ENOMEM (a hole, a limit), EACCES, EPERM (sealed). */
export function mprotect(
  mm: MemoryManager,
  address: number,
  lengthBytes: number,
  requested: number,
): void {
  const grows = requested & (PROT_GROWSDOWN | PROT_GROWSUP)
  if (grows === (PROT_GROWSDOWN | PROT_GROWSUP)) throw EINVAL
  if (address % PAGE_SIZE !== 0) throw EINVAL
  if (lengthBytes === 0) return
  const end = address + pageUp(lengthBytes)
  if (end > 2 ** 64) throw ENOMEM
  const wanted = requested & ~(PROT_GROWSDOWN | PROT_GROWSUP)
  if (wanted > 0xffff_ffff || wanted & ~(PROT_RWX | PROT_SEM)) throw EINVAL
  const prot = wanted & PROT_RWX

  const { vmas } = mm
  let start = address
  const first = vmas.list[vmas.indexOf(start)]
  if (first === undefined) throw ENOMEM
  if (grows === PROT_GROWSDOWN) {
    if (first.start >= end) throw ENOMEM
    if (!(first.flags & VM_GROWSDOWN)) throw EINVAL
    start = first.start
  } else {
    if (first.start > start) throw ENOMEM
    if (grows === PROT_GROWSUP) throw EINVAL
  }

  let at = start
  let changed = false
  let failure: Errno | undefined
  while (at < end) {
    const vma = vmas.list[vmas.indexOf(at)]
    if (vma === undefined || vma.start > at) failure = ENOMEM
    else if (prot & ~((vma.flags >> 4) & PROT_RWX)) failure = EACCES
    else if (vma.flags & VM_SEALED) failure = EPERM
    if (failure !== undefined) break
    const stop = Math.min(end, vma!.end)
    if (vma!.prot !== prot) {
      failure = reprotect(mm, vma!, at, stop, prot)
      if (failure !== undefined) break
      changed = true
    }
    at = stop
  }
  if (at > start) {
    if (changed) mm.space.protect(start as Addr, at - start, prot)
    vmas.mergeAround(start, at)
  }
  if (failure !== undefined) throw failure
}

function reprotect(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
  prot: number,
): Errno | undefined {
  if (!mm.usage.mayBecomeData(mm.limits, vma, prot, end - start)) return ENOMEM
  const splits = mm.vmas.splitsAt(start, end)
  if (splits > 0 && mm.vmas.size + splits > MAX_MAP_COUNT) return ENOMEM
  mm.change(start, end, part => {
    part.prot = prot
  })
  return undefined
}
