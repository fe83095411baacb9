// The files of version 2's memory controller, for groups that the guest makes. (fs/cgroup)
// Linux mm/memcontrol.c; Documentation/admin-guide/cgroup-v2.rst, "Memory Interface Files".

import { EINVAL } from '@tsvisor/abi'
import type { Cgroup } from '../../cgroup/cgroup.ts'
import type { MemoryEvents } from '../../cgroup/memory-account.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { PAGE_SIZE } from '../../platform/platform.ts'
import { type FileNode, file, knob, parseInteger } from '../kernfs/node.ts'
import { orMax } from './limits.ts'

/** PAGE_COUNTER_MAX in bytes: no limit. */
const MEMORY_MAX = 2 ** 63
const SUFFIXES = 'kmgtpe'

export function memoryFiles(kernel: Kernel, { memory }: Cgroup): Record<string, FileNode> {
  const total = () => memory.use('share').total
  return {
    'memory.current': file(() => `${total()}\n`),
    'memory.events': eventsFile(memory.events),
    'memory.events.local': eventsFile(memory.localEvents),
    'memory.high': limitFile(
      () => memory.high,
      high => memory.limit(kernel, { high }),
    ),
    // Nothing is ever reclaimed: whatever is to be protected from that is.
    'memory.low': keptFile(0),
    'memory.max': limitFile(
      () => memory.max,
      max => memory.limit(kernel, { max }),
    ),
    'memory.min': keptFile(0),
    'memory.oom.group': knob(
      () => `${memory.killsAll ? 1 : 0}\n`,
      (_task, text) => {
        const value = parseInteger(text)
        if (value !== 0 && value !== 1) throw EINVAL
        memory.killsAll = value === 1
      },
    ),
    'memory.peak': file(() => {
      total()
      return `${memory.peak}\n`
    }),
    'memory.stat': file(() => {
      const { anonymous, shared } = memory.use('share')
      return memoryStat(anonymous, shared)
    }),
    'memory.swap.current': file(() => '0\n'),
    // There is no swap: every limit of it holds.
    'memory.swap.max': keptFile(Number.POSITIVE_INFINITY),
  }
}

/** What Linux has most programs look at. */
export const memoryStat = (anonymous: number, shared: number): string =>
  `anon ${anonymous}\nfile ${shared}\nkernel 0\nshmem ${shared}\nfile_mapped 0\nfile_dirty 0\n` +
  `inactive_anon ${shared}\nactive_anon ${anonymous}\ninactive_file 0\nactive_file 0\n`

const eventsFile = (events: MemoryEvents): FileNode => ({
  ...file(() => {
    let text = ''
    for (const [name, count] of events.counts) text += `${name} ${count}\n`
    return text
  }),
  changes: { queue: events.queue, stamp: () => events.total, isModification: true },
})

const limitFile = (get: () => number, set: (bytes: number) => void): FileNode =>
  knob(
    () => `${orMax(get())}\n`,
    (_task, text) => set(parseMemory(text.trim())),
  )

function keptFile(initial: number): FileNode {
  let bytes = initial
  return limitFile(
    () => bytes,
    value => {
      bytes = value
    },
  )
}

/** Whole pages, "max" or with a suffix (page_counter_memparse). Errors: EINVAL. */
function parseMemory(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY
  const match = /^(0x[\da-f]+|\d+)([kmgtpe]?)$/i.exec(text)
  if (match === null) throw EINVAL
  const [, digits, suffix] = match
  const unit = suffix === '' ? 1 : 1024 ** (1 + SUFFIXES.indexOf(suffix!.toLowerCase()))
  const bytes = parseInteger(digits!) * unit
  return bytes >= MEMORY_MAX ? Number.POSITIVE_INFINITY : bytes - (bytes % PAGE_SIZE)
}
