// What dmesg prints first: how this kernel came up. (kernel core)

import type { Random } from '../platform/host.ts'
import type { LogRecord } from './printk.ts'

const LINES = [
  'Waiting for the event loop to notice...',
  'Teaching V8 to page-fault...',
  'Counting to 2^53, carefully...',
  'Removing semicolons from the scheduler...',
  'Convincing generators to yield the CPU...',
  'Replacing big kernel lock with single thread...',
  'Installing 1,400 dependencies for left-pad... just kidding...',
  'Checking that undefined is not a file descriptor...',
  'Comparing errno with ===...',
  'Promising nothing (no promises in the kernel)...',
  'Narrowing the type of process 1...',
  'Collecting garbage before anybody sees it...',
  'Mounting the prototype chain...',
  'Reticulating call sites...',
  'Asking NaN for the time...',
  'Hoisting the initial ramdisk...',
]
const ALWAYS = 'Rewriting operating system in JavaScript...'
const COUNT = 8

const LOG_INFO = 6

/** What a kernel logs when it starts, with times that it may have taken. */
export function bootRecords(random: Random): LogRecord[] {
  const bytes = new Uint8Array(64)
  random.fill(bytes)
  let at = 0
  const pick = (count: number) => bytes[at++ % bytes.length]! % count
  const left = LINES.slice()
  const chosen = Array.from({ length: COUNT }, () => left.splice(pick(left.length), 1)[0]!)
  chosen.splice(pick(COUNT + 1), 0, ALWAYS)
  let timeUs = 0
  return ['Starting tsvisor...', ...chosen, 'Ready!'].map((text, index) => {
    if (index > 0) timeUs += Math.round(1e5 + ((pick(256) * 256 + pick(256)) * 1e6) / 131_072)
    return { priority: LOG_INFO, timeUs, text }
  })
}
