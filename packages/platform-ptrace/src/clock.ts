// The kernel's clock and random source, from the host. (platform-ptrace)

import { CLOCK_MONOTONIC, CLOCK_REALTIME, clockGetTime, getRandom } from '@tsvisor/host'
import type { Clock, Random } from '@tsvisor/sentry-kernel'

// performance.now() reads CLOCK_MONOTONIC without a system call, from another origin. Ours is never
// ahead of the host's: a guest that reads the vDSO must not find that its timer fired early.
const origin = (() => {
  let best = Number.NEGATIVE_INFINITY
  // The first calls are slow, and slowness between the two readings puts us behind.
  for (let i = 0; i < 10; i++) {
    const { sec, nsec } = clockGetTime(CLOCK_MONOTONIC)
    best = Math.max(best, sec * 1e9 + nsec - Math.ceil(performance.now() * 1e6))
  }
  return best
})()

/** CLOCK_MONOTONIC in ns. */
export const monotonicNs = (): number => origin + Math.floor(performance.now() * 1e6)

export const hostClock: Clock = {
  monotonicNs,
  realtime: () => clockGetTime(CLOCK_REALTIME),
}

export const hostRandom: Random = { fill: getRandom }
