// Waiting until some of several files is ready: the core of poll and select. (syscalls)
// Linux fs/select.c: do_poll.

import { POLLERR, POLLHUP } from '@tsvisor/abi'
import { type Blocking, sleep } from '../kernel/blocking.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import type { WaitQueue } from '../wait-queue.ts'

/** One file to wait for; `file` is undefined where there is nothing to ask. */
export interface PollEntry {
  readonly file: FileDescription | undefined
  /** Bits asked for. */
  readonly events: number
  /** Bits found, POLLERR and POLLHUP unasked. */
  found: number
}

/** Asks every file once. Returns how many entries have something. */
export function pollOnce(entries: readonly PollEntry[]): number {
  let count = 0
  for (const entry of entries) {
    if (entry.file) entry.found = entry.file.poll() & (entry.events | POLLERR | POLLHUP)
    if (entry.found !== 0) count++
  }
  return count
}

/**
 * Sleeps until some entry has something. Files stay open meanwhile, even if another thread closes
 * the descriptor. Returns the count (0: the deadline passed) or 'signal'.
 */
export function* pollUntil(
  entries: readonly PollEntry[],
  deadlineNs: number | undefined,
): Blocking<number | 'signal'> {
  const queues: WaitQueue[] = []
  let mask = POLLERR | POLLHUP
  for (const { file, events } of entries) {
    if (file === undefined) continue
    queues.push(file.hold().queue)
    mask |= events
  }
  try {
    for (;;) {
      const why = yield sleep(queues, mask, deadlineNs)
      const count = pollOnce(entries)
      if (count > 0) return count
      if (why === 'timeout') return 0
      if (why === 'signal') return 'signal'
    }
  } finally {
    for (const { file } of entries) file?.release()
  }
}
