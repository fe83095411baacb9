// How much of what a process has mapped, and what its limits allow. (mm)

import { PROT_EXEC, PROT_WRITE, RLIMIT_AS, RLIMIT_DATA } from '@tsvisor/abi'
import { PAGE_SIZE } from '../platform/platform.ts'
import { VM_GROWSDOWN, VM_LOCKED, VM_SHARED, type Vma } from './vma.ts'

/** Resource limits in force: `soft` answers RLIM_INFINITY as Infinity or 2^64. */
export interface MemoryLimits {
  soft(resource: number): number
}

export const UNLIMITED: MemoryLimits = { soft: () => Number.POSITIVE_INFINITY }

const floor = (limit: number): number => Math.floor(limit / PAGE_SIZE) * PAGE_SIZE

/** Linux's is_data_mapping: private, writable, no stack. */
const isData = (prot: number, flags: number): boolean =>
  (prot & PROT_WRITE) !== 0 && (flags & (VM_SHARED | VM_GROWSDOWN)) === 0

/** The VmSize, VmData, VmStk, VmExe and VmLck of one address space, in bytes. */
export class Accounting {
  total = 0
  data = 0
  stack = 0
  executable = 0
  locked = 0
  /** High-water mark of `total` (VmPeak). */
  peak = 0

  add(vma: Vma): void {
    this.#count(vma, vma.length)
    if (this.total > this.peak) this.peak = this.total
  }
  remove(vma: Vma): void {
    this.#count(vma, -vma.length)
  }
  #count(vma: Vma, bytes: number): void {
    this.total += bytes
    if (isData(vma.prot, vma.flags)) this.data += bytes
    else if (vma.flags & VM_GROWSDOWN) this.stack += bytes
    else if ((vma.prot & (PROT_EXEC | PROT_WRITE)) === PROT_EXEC) this.executable += bytes
    if (vma.flags & VM_LOCKED) this.locked += bytes
  }

  /** Whether `bytes` more of such a mapping stay within RLIMIT_AS and RLIMIT_DATA (may_expand_vm). */
  mayExpand(limits: MemoryLimits, bytes: number, prot: number, flags: number): boolean {
    if (this.total + bytes > floor(limits.soft(RLIMIT_AS))) return false
    return !isData(prot, flags) || this.data + bytes <= floor(limits.soft(RLIMIT_DATA))
  }
  mayBecomeData(limits: MemoryLimits, vma: Vma, prot: number, bytes: number): boolean {
    if (!isData(prot, vma.flags) || isData(vma.prot, vma.flags)) return true
    return this.data + bytes <= limits.soft(RLIMIT_DATA)
  }
  reset(): void {
    this.total = this.data = this.stack = this.executable = this.locked = this.peak = 0
  }
}
