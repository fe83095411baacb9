// /proc/PID/mem: the process's memory as a file. (fs/proc)
// Linux fs/proc/base.c: mem_rw. Page protection does not count, as for ptrace.

import { EIO } from '@tsvisor/abi'
import { copyInForced, copyOutForced } from '../../../mm/forced-access.ts'
import { type Entry, ofMemory } from './subject.ts'

const NOTHING = new Uint8Array(0)

/** Offsets are addresses. Errors: EIO when not even the first byte is there. */
export const mem: Entry = ofMemory(
  memory => ({
    readAt: (_task, offset, length) => {
      const { mm } = memory
      if (mm === undefined || length === 0) return NOTHING
      const data = new Uint8Array(length)
      const got = offset < 0 ? 0 : copyInForced(mm, offset, data)
      if (got === 0) throw EIO
      return data.subarray(0, got)
    },
    write: (_task, data, offset) => {
      const { mm } = memory
      if (mm === undefined || data.length === 0) return 0
      const done = offset < 0 ? 0 : copyOutForced(mm, offset, data)
      if (done === 0) throw EIO
      return done
    },
  }),
  0o600,
)
