// The host's clocks and random bytes. (host)

import { EINVAL } from '@tsvisor/abi'
import { checked } from './call.ts'
import { addressOf } from './memory.ts'
import { libcClockGetTime, sys3 } from './native.ts'
import { NR } from './nr.ts'
import { scratch, scratchView } from './scratch.ts'

export const CLOCK_REALTIME = 0
export const CLOCK_MONOTONIC = 1

const TWO_32 = 0x1_0000_0000

/** clock_gettime(2): seconds and nanoseconds. Throws EINVAL for an unknown clock. */
export const clockGetTime = (clock: number): { sec: number; nsec: number } => {
  if (libcClockGetTime(clock, scratch.address) !== 0) throw EINVAL
  return {
    sec: scratchView.getInt32(4, true) * TWO_32 + scratchView.getUint32(0, true),
    nsec: scratchView.getUint32(8, true),
  }
}

/** CLOCK_MONOTONIC in ns, without a system call. */
export const monotonicNs = (): number => {
  // performance.now() is slower, and loading it takes 2 ms.
  const [sec, nsec] = process.hrtime()
  return sec * 1e9 + nsec
}

/** Fills an array with getrandom(2). */
export const getRandom = (target: Uint8Array): void => {
  for (let done = 0; done < target.length; ) {
    done += checked(sys3(NR.getrandom, addressOf(target) + done, target.length - done, 0))
  }
}
