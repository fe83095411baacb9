// What the memory controller of version 2 knows of a group: limits, what is charged, what happened. (cgroup)
// Linux mm/memcontrol.c; Documentation/admin-guide/cgroup-v2.rst, "Memory".

import { ENOMEM } from '@tsvisor/abi'
import type { Kernel } from '../kernel/kernel.ts'
import type { MemoryManager } from '../mm/memory-manager.ts'
import type { Task } from '../task/task.ts'
import { WaitQueue } from '../wait-queue.ts'
import type { Cgroup } from './cgroup.ts'
import { MemoryWatch } from './memory-watch.ts'

/** The lines of memory.events, in order. */
export const MEMORY_EVENTS = ['low', 'high', 'max', 'oom', 'oom_kill', 'oom_group_kill'] as const
export type MemoryEvent = (typeof MEMORY_EVENTS)[number]

/** How often, and who wants to know. */
export class MemoryEvents {
  readonly counts = new Map<MemoryEvent, number>(MEMORY_EVENTS.map(name => [name, 0]))
  readonly queue = new WaitQueue()
  total = 0

  note(event: MemoryEvent): void {
    this.counts.set(event, this.counts.get(event)! + 1)
    this.total++
    this.queue.notify()
  }
}

/** Shared pages that guests touch without the kernel: asked when it matters. */
export interface MappedPages {
  /** Bytes beyond those that were charged. */
  uncharged(): number
}

/** Bytes. */
export interface MemoryUse {
  readonly total: number
  readonly anonymous: number
  /** tmpfs, shared mappings, SysV segments, memfds. */
  readonly shared: number
}

/** Whether its memory is its parent's, who waits in vfork(2). */
function isBorrowed({ vforkDone, mm, group: { parent } }: Task): boolean {
  if (vforkDone === undefined || parent === undefined) return false
  for (const task of parent.tasks) if (task.mm === mm) return true
  return false
}

/**
 * Private pages belong to the group that a process is in, with what it brought along; pages of a file in memory
 * to the group of who put the first into it. Kernel memory is not counted, nor is the page cache, which is the host's.
 */
export class MemoryAccount {
  readonly group: Cgroup
  /** memory.max and memory.high, bytes. */
  max = Number.POSITIVE_INFINITY
  high = Number.POSITIVE_INFINITY
  /** memory.oom.group */
  killsAll = false
  /** The most that was seen; between two looks it may have been more. */
  peak = 0
  /** memory.events, of itself and what is below, and memory.events.local. */
  readonly events = new MemoryEvents()
  readonly localEvents = new MemoryEvents()
  readonly mapped = new Set<MappedPages>()
  /** Charged by the kernel's own doing, here and below, bytes. */
  charged = 0
  #watch: MemoryWatch | undefined

  constructor(group: Cgroup) {
    this.group = group
  }

  /** What the limits are now. */
  limit(kernel: Kernel, limits: Partial<Pick<MemoryAccount, 'max' | 'high'>>): void {
    Object.assign(this, limits)
    const { group } = this
    const isLimited = Math.min(this.max, this.high) < Number.POSITIVE_INFINITY
    if (isLimited) this.#watch ??= new MemoryWatch(kernel, this)
    else this.#watch?.end()
    if (!isLimited) this.#watch = undefined
    group.setWatch('memory', this.#watch)
    this.#watch?.look()
  }

  /** The controller was taken away. */
  reset(): void {
    this.#watch?.end()
    this.#watch = undefined
    this.group.setWatch('memory', undefined)
    this.max = this.high = Number.POSITIVE_INFINITY
    this.killsAll = false
  }

  /** Pages of a file in memory, before they are there. Errors: ENOMEM, over a limit with nobody left to kill. */
  charge(bytes: number): void {
    for (const { memory } of this.group.upward()) memory.charged += bytes
    for (const { memory } of this.group.upward())
      if (memory.#watch?.admits() === false) {
        this.uncharge(bytes)
        throw ENOMEM
      }
  }
  uncharge(bytes: number): void {
    for (const { memory } of this.group.upward()) memory.charged -= bytes
  }

  /** An event here and above (memcg_memory_event). */
  note(event: MemoryEvent): void {
    this.localEvents.note(event)
    for (const { parent, memory } of this.group.upward())
      if (parent !== undefined) memory.events.note(event)
  }

  /** Address spaces of the group and below. */
  spaces(): Set<MemoryManager> {
    const spaces = new Set<MemoryManager>()
    for (const task of this.group.tasksBelow()) if (!isBorrowed(task)) spaces.add(task.mm)
    return spaces
  }

  /** `whole`: pages that processes share since a fork count in each. */
  use(counting: 'whole' | 'share'): MemoryUse {
    let anonymous = 0
    for (const { space } of this.spaces()) anonymous += space.anonymousBytes(counting)
    let shared = this.charged
    for (const { memory } of this.group.downward())
      for (const pages of memory.mapped) shared += pages.uncharged()
    const total = anonymous + shared
    if (counting === 'share') this.peak = Math.max(this.peak, total)
    return { total, anonymous, shared }
  }
}
