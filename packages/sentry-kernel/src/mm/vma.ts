// One mapped range of an address space: Linux's vm_area_struct. (mm)

import type { Mappable } from '../platform/platform.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { type MemoryPolicy, samePolicy } from './memory-policy.ts'

/** Vma.flags, with Linux's values where Linux has one (include/linux/mm.h). */
export const VM_SHARED = 0x8
export const VM_MAYREAD = 0x10
export const VM_MAYWRITE = 0x20
export const VM_MAYEXEC = 0x40
export const VM_GROWSDOWN = 0x100
export const VM_LOCKED = 0x2000
export const VM_SEQ_READ = 0x8000
export const VM_RAND_READ = 0x1_0000
export const VM_DONTCOPY = 0x2_0000
export const VM_DONTEXPAND = 0x4_0000
export const VM_LOCKONFAULT = 0x8_0000
export const VM_NORESERVE = 0x20_0000
export const VM_WIPEONFORK = 0x200_0000
export const VM_DONTDUMP = 0x400_0000
/** Linux has it in bit 63. */
export const VM_SEALED = 0x800_0000
/** Linux has it in bit 31. */
export const VM_MERGEABLE = 0x1000_0000
export const VM_HUGEPAGE = 0x2000_0000
export const VM_NOHUGEPAGE = 0x4000_0000

/**
 * What the pages of a mapping come from, when not private zero pages. Counted: one reference for
 * each vma (Linux's vm_ops open and close).
 */
export interface Backing {
  readonly mappable: Mappable
  /** Whose pages these are, whatever description or mapping they are reached by: futex keys. */
  readonly identity: object
  /** Keeps /proc/PID/maps and msync going; undefined for shared anonymous and SysV memory. */
  readonly file: FileDescription | undefined
  /** What /proc/PID/maps shows when there is no file. */
  readonly label: string
  /** One more vma. */
  open(): void
  /** One vma fewer. */
  close(): void
}

/** A range [start, end) with one protection and one backing. Addresses in bytes, page aligned. */
export class Vma {
  start: number
  end: number
  /** PROT_READ 1 | PROT_WRITE 2 | PROT_EXEC 4 */
  prot: number
  /** VM_* */
  flags: number
  readonly backing: Backing | undefined
  /** Where `start` is in the backing, bytes; 0 for private anonymous memory. */
  offset: number
  /** '[vdso]' and the like: a range that the kernel put there. */
  readonly label: string
  /** mbind(2); undefined: the task's. */
  policy: MemoryPolicy | undefined = undefined

  constructor(
    start: number,
    end: number,
    prot: number,
    flags: number,
    backing: Backing | undefined,
    offset: number,
    label = '',
  ) {
    this.start = start
    this.end = end
    this.prot = prot
    this.flags = flags
    this.backing = backing
    this.offset = offset
    this.label = label
  }

  get length(): number {
    return this.end - this.start
  }
  get shared(): boolean {
    return (this.flags & VM_SHARED) !== 0
  }
  /** Offset in the backing of an address inside. */
  offsetOf(address: number): number {
    return this.backing === undefined ? 0 : this.offset + (address - this.start)
  }
  /** A copy of part of it; the caller accounts for the backing's reference. */
  slice(start: number, end: number): Vma {
    const slice = new Vma(
      start,
      end,
      this.prot,
      this.flags,
      this.backing,
      this.offsetOf(start),
      this.label,
    )
    slice.policy = this.policy
    return slice
  }
  /** Whether `next`, which starts where this ends, could be one mapping with it. */
  joins(next: Vma): boolean {
    if (this.end !== next.start || this.prot !== next.prot || this.flags !== next.flags)
      return false
    if (!samePolicy(this.policy, next.policy)) return false
    const a = this.backing
    const b = next.backing
    if (a === undefined || b === undefined) return a === b && this.label === next.label
    return (
      (a === b || (a.file !== undefined && a.file === b.file && a.mappable === b.mappable)) &&
      this.offset + this.length === next.offset
    )
  }
}
