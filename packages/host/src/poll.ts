// Waiting for one of several descriptors, without a loop of Node's. (host)

import { call3 } from './call.ts'
import { at } from './native.ts'
import { NR } from './nr.ts'
import { scratch, scratchView } from './scratch.ts'

const POLLIN = 1
const MAX_FDS = 1024

/**
 * poll(2) until something can be read from one of `fds` (1024 at most) or its peer is gone; the
 * index of the first such, or -1 after `timeoutMs` (-1 waits for ever). Throws EINTR.
 */
export const pollReadable = (fds: readonly number[], timeoutMs: number): number => {
  const count = Math.min(fds.length, MAX_FDS)
  for (let i = 0; i < count; i++) {
    scratchView.setInt32(i * 8, fds[i]!, true)
    scratchView.setInt32(i * 8 + 4, POLLIN, true)
  }
  if (call3(NR.poll, at(scratch.address, 0), count, timeoutMs) === 0) return -1
  for (let i = 0; i < count; i++) if (scratchView.getInt16(i * 8 + 6, true) !== 0) return i
  return -1
}
