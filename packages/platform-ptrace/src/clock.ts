// The kernel's clock and random source, from the host. (platform-ptrace)

import { CLOCK_REALTIME, clockGetTime, getRandom, monotonicNs } from '@tsvisor/host'
import type { Clock, Random } from '@tsvisor/sentry-kernel'

export const hostClock: Clock = {
  // What a guest reads from the vDSO: it must not find that its timer fired early.
  monotonicNs,
  realtime: () => clockGetTime(CLOCK_REALTIME),
}

export const hostRandom: Random = { fill: getRandom }
