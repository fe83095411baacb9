// Giving up capabilities of the calling thread. (host)

import { call3 } from './call.ts'
import { at } from './native.ts'
import { NR } from './nr.ts'
import { prctl } from './process.ts'
import { scratch, scratchView } from './scratch.ts'

/** _LINUX_CAPABILITY_VERSION_3: 64 bits as two words. */
const VERSION = 0x2008_0522
const PR_SET_NO_NEW_PRIVS = 38

/**
 * Keeps at most the capabilities in `kept` (CAP_* numbers), of those this thread has, for good:
 * no exec gives any back. See capabilities(7), capset(2).
 */
export const limitCapabilities = (kept: readonly number[]): void => {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
  const header = at(scratch.address, 0)
  const data = at(scratch.address, 8)
  scratchView.setUint32(0, VERSION, true)
  scratchView.setUint32(4, 0, true)
  call3(NR.capget, header, data, 0)
  for (const word of [0, 1]) {
    const mask = kept.reduce(
      (bits, cap) => (cap >> 5 === word ? bits | (1 << (cap & 31)) : bits),
      0,
    )
    const start = 8 + word * 12
    const permitted = scratchView.getUint32(start + 4, true) & mask
    scratchView.setInt32(start, permitted, true)
    scratchView.setInt32(start + 4, permitted, true)
    scratchView.setInt32(start + 8, 0, true)
  }
  call3(NR.capset, header, data, 0)
}
