// What a start leaves behind, collected when a guest turns out to stay. (runsc)

import type { Kernel } from '@tsvisor/sentry-kernel'

/** More than a trivial program asks for in all its life. */
const EVENTS_OF_A_START = 64

/**
 * Runs a kernel through its first events, then collects the young objects: the second collection moves
 * those that stay out of the nursery, which is the longest of all, and has to come some time. Now it is in
 * nobody's way.
 */
export function settle(kernel: Kernel): void {
  for (let events = 0; events < EVENTS_OF_A_START; events++) {
    if (kernel.finished) return
    kernel.step()
  }
  globalThis.gc?.({ type: 'minor' })
}
