// A debugger's access to memory, through page protection. (mm)
// Linux mm/memory.c: access_remote_vm with FOLL_FORCE; mm/gup.c: check_vma_flags.

import { type Addr, PROT_READ, PROT_WRITE } from '@tsvisor/abi'
import { type MemoryManager, pageDown, pageUp } from './memory-manager.ts'
import { VM_MAYREAD, VM_MAYWRITE, VM_SHARED, type Vma } from './vma.ts'

/** Copies in whatever may be read or made readable; bytes copied before the first hole. */
export const copyInForced = (mm: MemoryManager, address: number, target: Uint8Array): number =>
  eachVma(mm, address, target.length, (vma, at, from, length) => {
    const piece = target.subarray(from, from + length)
    // The platform's own, beyond what the kernel has mapped: its to permit, as the vDSO to be read.
    if (vma === undefined) return mm.space.read(at, piece)
    if (vma.prot & PROT_READ) return mm.copyIn(at, piece)
    if (!(vma.flags & VM_MAYREAD)) return 0
    return lent(mm, vma, at, length, PROT_READ, () => mm.copyIn(at, piece))
  })

/**
 * Copies out, also to what may only be read: private mappings get pages of their own. Shared ones
 * that are not writable stay as they are. Bytes copied before the first refusal.
 */
export const copyOutForced = (mm: MemoryManager, address: number, source: Uint8Array): number =>
  eachVma(mm, address, source.length, (vma, at, from, length) => {
    const piece = source.subarray(from, from + length)
    if (vma === undefined) return mm.space.write(at, piece)
    if (vma.prot & PROT_WRITE) return mm.copyOut(at, piece)
    if ((vma.flags & (VM_SHARED | VM_MAYWRITE)) !== VM_MAYWRITE) return 0
    return lent(mm, vma, at, length, PROT_READ | PROT_WRITE, () => mm.copyOut(at, piece))
  })

function eachVma(
  mm: MemoryManager,
  address: number,
  length: number,
  copy: (vma: Vma | undefined, at: Addr, from: number, length: number) => number,
): number {
  let done = 0
  while (done < length) {
    const at = address + done
    const vma = mm.vmas.find(at)
    const want = vma === undefined ? length - done : Math.min(length - done, vma.end - at)
    const got = copy(vma, at as Addr, done, want)
    done += got
    if (got < want) break
  }
  return done
}

/** Runs `copy` while the pages have more rights than the guest gave them. */
function lent(
  mm: MemoryManager,
  vma: Vma,
  at: number,
  length: number,
  rights: number,
  copy: () => number,
): number {
  const start = pageDown(at) as Addr
  const size = pageUp(at + length) - start
  mm.space.protect(start, size, vma.prot | rights)
  try {
    return copy()
  } finally {
    mm.space.protect(start, size, vma.prot)
  }
}
