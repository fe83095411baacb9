// /proc/PID/maps, smaps, smaps_rollup. (fs/proc)
// Linux fs/proc/task_mmu.c: show_map_vma, show_smap, show_smaps_rollup.

import { major, minor } from '@tsvisor/abi'
import { type MapsEntry, mapsOf, totalsOf } from '../../../mm/maps.ts'
import type { MemoryManager } from '../../../mm/memory-manager.ts'
import { PAGE_SIZE } from '../../../platform/platform.ts'
import type { Path } from '../../../vfs/path.ts'
import { escapePath, fileText } from './path-text.ts'

const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0')
/** Where the name column starts. */
const NAME_COLUMN = 73

function mapLine(entry: MapsEntry, root: Path): string {
  const { file } = entry
  const dev = file?.inode.fs.dev ?? 0
  const prefix =
    `${hex(entry.start, 8)}-${hex(entry.end, 8)} ${entry.permissions} ${hex(entry.offset, 8)} ` +
    `${hex(major(dev), 2)}:${hex(minor(dev), 2)} ${file?.inode.attr().ino ?? 0} `
  const name = file === undefined ? entry.label : escapePath(fileText(file, root), '\n')
  return name === '' ? `${prefix}\n` : `${prefix.padEnd(NAME_COLUMN)}${name}\n`
}

export function maps(mm: MemoryManager, root: Path): string {
  let text = ''
  for (const entry of mapsOf(mm)) text += mapLine(entry, root)
  return text
}

/** One line of smaps: a size in kB. */
const size = (name: string, bytes: number): string =>
  `${`${name}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(8)} kB\n`

/** Names after Rss and Pss that are never counted here. */
const AFTER_ANONYMOUS = [
  'LazyFree',
  'AnonHugePages',
  'ShmemPmdMapped',
  'FilePmdMapped',
  'Shared_Hugetlb',
  'Private_Hugetlb',
  'Swap',
  'SwapPss',
]

interface Counts {
  readonly resident: number
  /** Private memory of no file. */
  readonly anonymous: number
  readonly locked: number
}

/** From Rss on. What is resident counts as private and dirty, or as clean where a file backs it. */
function counts({ resident, anonymous, locked }: Counts, rollup: string): string {
  return (
    size('Rss', resident) +
    size('Pss', resident) +
    size('Pss_Dirty', anonymous) +
    rollup +
    size('Shared_Clean', 0) +
    size('Shared_Dirty', 0) +
    size('Private_Clean', resident - anonymous) +
    size('Private_Dirty', anonymous) +
    size('Referenced', resident) +
    size('Anonymous', anonymous) +
    AFTER_ANONYMOUS.map(name => size(name, 0)).join('') +
    size('Locked', locked)
  )
}

/**
 * The platform counts what is resident in an address space as a whole: each mapping is shown with a
 * share by its size, so that the sums are right.
 */
function* shares(mm: MemoryManager): Generator<{ entry: MapsEntry } & Counts> {
  const total = mm.usage.total
  const resident = Math.min(mm.space.residentBytes(), total)
  let passed = 0
  let given = 0
  for (const entry of mapsOf(mm)) {
    passed += entry.end - entry.start
    const upTo = Math.floor((resident * passed) / total / PAGE_SIZE) * PAGE_SIZE
    const share = Math.max(0, upTo - given)
    given += share
    const anonymous = entry.file === undefined && entry.permissions.endsWith('p') ? share : 0
    const locked = / lo\b/.test(` ${entry.vmFlags}`) ? entry.end - entry.start : 0
    yield { entry, resident: share, anonymous, locked }
  }
}

export function smaps(mm: MemoryManager, root: Path): string {
  let text = ''
  for (const share of shares(mm)) {
    const { entry } = share
    text +=
      mapLine(entry, root) +
      size('Size', entry.end - entry.start) +
      size('KernelPageSize', PAGE_SIZE) +
      size('MMUPageSize', PAGE_SIZE) +
      counts(share, '') +
      `THPeligible:    ${'0'.padStart(8)}\nVmFlags: ${entry.vmFlags} \n`
  }
  return text
}

export function smapsRollup(mm: MemoryManager): string {
  const list = [...mapsOf(mm)]
  const first = list[0]
  const last = list[list.length - 1]
  if (first === undefined || last === undefined) return ''
  const resident = mm.space.residentBytes()
  const shared = Math.min(resident, totalsOf(mm).shared * PAGE_SIZE)
  const anonymous = resident - shared
  return (
    `${`${hex(first.start, 8)}-${hex(last.end, 8)} ---p 00000000 00:00 0 `.padEnd(NAME_COLUMN)}[rollup]\n` +
    counts(
      { resident, anonymous, locked: mm.usage.locked },
      size('Pss_Anon', anonymous) + size('Pss_File', shared) + size('Pss_Shmem', 0),
    )
  )
}
