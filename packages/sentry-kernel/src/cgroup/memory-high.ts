// Slows down who takes more in a group over memory.high. (cgroup)
// Linux mm/memcontrol.c: mem_cgroup_handle_over_high, calculate_high_delay.

import type { Kernel } from '../kernel/kernel.ts'
import type { MemoryManager } from '../mm/memory-manager.ts'
import { PAGE_SIZE } from '../platform/platform.ts'
import type { MemoryAccount } from './memory-account.ts'
import { thawTask } from './thaw-task.ts'

/** MEMCG_MAX_HIGH_DELAY_JIFFIES; less than the least is not worth it. */
const LONGEST_NS = 2e9
const LEAST_NS = 1e7

export class MemoryHigh {
  readonly #sizes = new WeakMap<MemoryManager, number>()

  /** The group has `total` bytes, which is too much: who has more private pages than last time waits for a while. */
  slow(kernel: Kernel, account: MemoryAccount, total: number): void {
    const excess = total - account.high
    const over = excess / Math.max(account.high, PAGE_SIZE)
    for (const mm of account.spaces()) {
      const size = mm.space.anonymousBytes('whole')
      const grownPages = Math.min(excess, size - (this.#sizes.get(mm) ?? 0)) / PAGE_SIZE
      this.#sizes.set(mm, size)
      // What Linux's shifts come to: a second for a page at twice as much as there should be.
      const penaltyNs = Math.min(LONGEST_NS, over * over * grownPages * 1e9)
      if (grownPages > 0 && penaltyNs >= LEAST_NS) delay(kernel, mm, penaltyNs)
    }
  }
}

function delay(kernel: Kernel, mm: MemoryManager, forNs: number): void {
  const tasks = [...kernel.rootPidNamespace.tasks()].filter(task => task.mm === mm && !task.delayed)
  for (const task of tasks) {
    task.delayed = true
    task.alert('hold')
  }
  kernel.timers.add(kernel.clock.monotonicNs() + forNs, () => {
    for (const task of tasks) {
      task.delayed = false
      thawTask(task)
    }
  })
}
