// The kernel's clock and random source, from the host. (platform-ptrace)

import { CLOCK_MONOTONIC, CLOCK_REALTIME, clockGetTime, getRandom } from '@tsvisor/host'
import type { Clock, Random } from '@tsvisor/sentry-kernel'

// performance.now() reads CLOCK_MONOTONIC without a system call, from another origin.
const origin = (() => {
  const before = performance.now()
  const { sec, nsec } = clockGetTime(CLOCK_MONOTONIC)
  const after = performance.now()
  return sec * 1e9 + nsec - Math.round((before + after) * 5e5)
})()

/** CLOCK_MONOTONIC in ns. */
export const monotonicNs = (): number => origin + Math.round(performance.now() * 1e6)

export const hostClock: Clock = {
  monotonicNs,
  realtime: () => clockGetTime(CLOCK_REALTIME),
}

export const hostRandom: Random = { fill: getRandom }
