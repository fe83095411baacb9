// Putting an ELF file's segments into a new address space. (loader)

import {
  type Addr,
  EEXIST,
  EFAULT,
  EINVAL,
  ENODEV,
  ENOMEM,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from '@tsvisor/abi'
import { FileBacking } from '../mm/backing.ts'
import { copyFileIn } from '../mm/copy-file-in.ts'
import { ANONYMOUS, type MemoryManager, pageDown, pageUp } from '../mm/memory-manager.ts'
import { VM_MAYEXEC, VM_MAYREAD, VM_MAYWRITE } from '../mm/vma.ts'
import type { Task } from '../task/task.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { alignmentOf, type ElfFile, type Segment } from './elf-file.ts'

const MAY_ALL = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC

/** Bytes to make zero once the layout is in place: the rest of a file's last page. */
export interface Clearing {
  readonly start: number
  readonly end: number
  /** A segment that is not writable may keep them. */
  readonly writable: boolean
}

/** Where an image ended up. */
export interface MappedElf {
  /** What was added to every address. */
  readonly bias: number
  /** First byte of the lowest segment's page. */
  readonly base: number
  readonly entry: number
  /** Where the program headers are in memory, or 0. */
  readonly headers: number
  readonly startCode: number
  readonly endCode: number
  readonly startData: number
  readonly endData: number
  /** End of the highest segment: where the heap may start. */
  readonly brk: number
}

/**
 * Maps all segments. `movableBase` is where a movable image should go, or 0 for anywhere. Layout
 * changes are queued; what must be zeroed after them is added to `clearings`.
 * Errors: EINVAL, ENOMEM, EEXIST (a fixed image over something), EFAULT, those of reading.
 */
export function mapElf(
  task: Task,
  mm: MemoryManager,
  elf: ElfFile,
  file: FileDescription,
  movableBase: number,
  clearings: Clearing[],
): MappedElf {
  const { segments } = elf
  if (segments.length === 0) throw EINVAL
  const { maxAddr } = mm.space
  let low = Number.POSITIVE_INFINITY
  let high = 0
  for (const segment of segments) {
    check(segment, maxAddr)
    low = Math.min(low, pageDown(segment.vaddr))
    high = Math.max(high, segment.vaddr + segment.memorySize)
  }
  const span = pageUp(high - low)
  if (span === 0) throw EINVAL
  const bias = elf.kind === 'fixed' ? 0 : biasFor(mm, elf, low, span, movableBase)
  const start = bias + low
  if (start < mm.space.minAddr || start + span > maxAddr) throw ENOMEM
  if (mm.vmas.overlaps(start, start + span)) throw EEXIST

  let headers = 0
  let startCode = Number.POSITIVE_INFINITY
  let endCode = 0
  let startData = 0
  let endData = 0
  for (const segment of segments) {
    mapSegment(task, mm, file, segment, bias, clearings)
    const { offset, fileSize, vaddr, prot } = segment
    if (offset <= elf.phoff && elf.phoff < offset + fileSize)
      headers = elf.phoff - offset + vaddr + bias
    const at = vaddr + bias
    if (prot & PROT_EXEC && at < startCode) startCode = at
    if (startData < at) startData = at
    if (prot & PROT_EXEC && endCode < at + fileSize) endCode = at + fileSize
    if (endData < at + fileSize) endData = at + fileSize
  }
  return {
    bias,
    base: start,
    entry: elf.entry + bias,
    headers,
    startCode: Math.min(startCode, startData),
    endCode,
    startData,
    endData,
    brk: bias + high,
  }
}

/** Errors: EINVAL: sizes that lie, or addresses outside user space. */
function check({ offset, vaddr, fileSize, memorySize }: Segment, maxAddr: number): void {
  if (vaddr >= maxAddr || memorySize > maxAddr - vaddr || fileSize > memorySize) throw EINVAL
  if (offset >= 2 ** 53 - maxAddr) throw EINVAL
  if (fileSize > 0 && offset % 4096 !== vaddr % 4096) throw EINVAL
}

function biasFor(
  mm: MemoryManager,
  elf: ElfFile,
  low: number,
  span: number,
  movableBase: number,
): number {
  const align = alignmentOf(elf)
  const down = (address: number) => address - (address % align)
  if (movableBase !== 0) return down(movableBase) - low
  if (align <= 4096) return mm.place(0, span, 0) - low
  if (align > mm.space.maxAddr) throw ENOMEM
  const at = mm.place(0, span + align, 0)
  return down(at + align - 1) - low
}

function mapSegment(
  task: Task,
  mm: MemoryManager,
  file: FileDescription,
  segment: Segment,
  bias: number,
  clearings: Clearing[],
): void {
  const { offset, vaddr, fileSize, memorySize, prot } = segment
  const start = pageDown(vaddr)
  const address = start + bias
  const inFile = fileSize === 0 ? 0 : pageUp(vaddr + fileSize) - start
  if (inFile > 0) {
    if (!mm.usage.mayExpand(mm.limits, inFile, prot, MAY_ALL)) throw ENOMEM
    mapFile(task, mm, file, address, inFile, prot, offset - (vaddr - start))
    const end = vaddr + fileSize + bias
    if (memorySize > fileSize && end < address + inFile)
      clearings.push({ start: end, end: address + inFile, writable: (prot & PROT_WRITE) !== 0 })
  }
  const rest = pageUp(vaddr + memorySize) - start - inFile
  if (rest <= 0) return
  const bss = PROT_READ | PROT_WRITE | (prot & PROT_EXEC)
  if (!mm.usage.mayExpand(mm.limits, rest, bss, MAY_ALL)) throw ENOMEM
  mm.map(address + inFile, rest, bss, MAY_ALL, ANONYMOUS, undefined, 0)
}

function mapFile(
  task: Task,
  mm: MemoryManager,
  file: FileDescription,
  address: number,
  length: number,
  prot: number,
  offset: number,
): void {
  try {
    const source = file.mmap(task, offset, length, prot, 'private')
    const backing = source.kind === 'file' ? new FileBacking(source.file, file, 'reads') : undefined
    const at = source.kind === 'file' ? source.offset : 0
    mm.map(address, length, prot, MAY_ALL, source, backing, at)
  } catch (error) {
    if (error !== ENODEV) throw error
    mm.map(address, length, prot, MAY_ALL, ANONYMOUS, undefined, 0)
    copyFileIn(task, mm, file, offset, address, length, prot)
  }
}

/** Zeroes what `mapElf` left; carries out the layout first. Errors: EFAULT. */
export function clearTails(mm: MemoryManager, clearings: readonly Clearing[]): void {
  for (const { start, end, writable } of clearings) {
    const zeros = new Uint8Array(end - start)
    if (mm.copyOut(start as Addr, zeros) !== zeros.length && writable) throw EFAULT
  }
}
