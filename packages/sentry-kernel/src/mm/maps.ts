// What /proc/PID/{maps,smaps,statm,status} show of an address space. (mm)

import { PAGE_SIZE } from '../platform/platform.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import type { MemoryManager } from './memory-manager.ts'
import {
  VM_DONTCOPY,
  VM_DONTDUMP,
  VM_DONTEXPAND,
  VM_GROWSDOWN,
  VM_HUGEPAGE,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_MAYEXEC,
  VM_MAYREAD,
  VM_MAYWRITE,
  VM_MERGEABLE,
  VM_NOHUGEPAGE,
  VM_NORESERVE,
  VM_RAND_READ,
  VM_SEALED,
  VM_SEQ_READ,
  VM_SHARED,
  VM_WIPEONFORK,
  type Vma,
} from './vma.ts'

/** One line of /proc/PID/maps. */
export interface MapsEntry {
  readonly start: number
  readonly end: number
  /** 'rwxp' */
  readonly permissions: string
  /** In the file, bytes. */
  readonly offset: number
  /** Its path and inode make the last columns. */
  readonly file: FileDescription | undefined
  /** Instead of a path: '[heap]', '[stack]', '[vdso]', '/dev/zero (deleted)' or ''. */
  readonly label: string
  /** As in smaps: 'rd wr mr mw me'. */
  readonly vmFlags: string
}

export function* mapsOf(mm: MemoryManager): Generator<MapsEntry> {
  for (const vma of mm.vmas.list) {
    yield {
      start: vma.start,
      end: vma.end,
      permissions: permissions(vma),
      offset: vma.offset,
      file: vma.backing?.file,
      label: labelOf(mm, vma),
      vmFlags: flagNames(vma),
    }
  }
}

const permissions = (vma: Vma): string =>
  (vma.prot & 1 ? 'r' : '-') +
  (vma.prot & 2 ? 'w' : '-') +
  (vma.prot & 4 ? 'x' : '-') +
  (vma.shared ? 's' : 'p')

function labelOf(mm: MemoryManager, vma: Vma): string {
  if (vma.backing !== undefined) return vma.backing.label
  if (vma.label !== '') return vma.label
  const { startBrk, brk, startStack } = mm.program
  if (vma.start < brk && vma.end > startBrk) return '[heap]'
  if (vma.start <= startStack && vma.end > startStack) return '[stack]'
  return ''
}

const VM_FLAG_NAMES: readonly (readonly [number, string])[] = [
  [VM_SHARED, 'sh'],
  [VM_MAYREAD, 'mr'],
  [VM_MAYWRITE, 'mw'],
  [VM_MAYEXEC, 'me'],
  [VM_GROWSDOWN, 'gd'],
  [VM_LOCKED, 'lo'],
  [VM_SEQ_READ, 'sr'],
  [VM_RAND_READ, 'rr'],
  [VM_DONTCOPY, 'dc'],
  [VM_DONTEXPAND, 'de'],
  [VM_LOCKONFAULT, 'lf'],
  [VM_NORESERVE, 'nr'],
  [VM_WIPEONFORK, 'wf'],
  [VM_DONTDUMP, 'dd'],
  [VM_HUGEPAGE, 'hg'],
  [VM_NOHUGEPAGE, 'nh'],
  [VM_MERGEABLE, 'mg'],
  [VM_SEALED, 'sl'],
]

function flagNames(vma: Vma): string {
  const names: string[] = []
  if (vma.prot & 1) names.push('rd')
  if (vma.prot & 2) names.push('wr')
  if (vma.prot & 4) names.push('ex')
  for (const [bit, name] of VM_FLAG_NAMES) if (vma.flags & bit) names.push(name)
  return names.join(' ')
}

/** /proc/PID/statm, in pages. */
export interface MemoryTotals {
  readonly size: number
  readonly resident: number
  readonly shared: number
  readonly text: number
  readonly data: number
}

export function totalsOf(mm: MemoryManager): MemoryTotals {
  let shared = 0
  for (const vma of mm.vmas.list) if (vma.backing !== undefined) shared += vma.length
  const { total, data, stack } = mm.usage
  const { startCode, endCode } = mm.program
  const resident = Math.floor(mm.space.residentBytes() / PAGE_SIZE)
  return {
    size: total / PAGE_SIZE,
    resident,
    shared: Math.min(resident, shared / PAGE_SIZE),
    text: Math.ceil((endCode - startCode) / PAGE_SIZE),
    data: (data + stack) / PAGE_SIZE,
  }
}
