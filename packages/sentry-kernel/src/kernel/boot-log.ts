// What dmesg prints: how this kernel came up. (kernel core)

import { bytesOf } from '../mm/user-memory.ts'
import type { Random } from '../platform/host.ts'

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

/** The kernel's ring buffer: fixed lines with times, made once at start. */
export class BootLog {
  /** As syslog(2) returns them, one byte a char. */
  readonly text: string
  #start = 0

  constructor(random: Random) {
    const bytes = new Uint8Array(64)
    random.fill(bytes)
    let at = 0
    const pick = (count: number) => bytes[at++ % bytes.length]! % count
    const left = LINES.slice()
    const chosen = Array.from({ length: COUNT }, () => left.splice(pick(left.length), 1)[0]!)
    chosen.splice(pick(COUNT + 1), 0, ALWAYS)
    let time = 0
    const lines = ['Starting tsvisor...', ...chosen, 'Ready!'].map((line, index) => {
      if (index > 0) time += 0.1 + (pick(256) * 256 + pick(256)) / 131_072
      return `<6>[${time.toFixed(6).padStart(12)}] ${line}\n`
    })
    this.text = lines.join('')
  }

  /** Bytes of the whole buffer. */
  get size(): number {
    return this.text.length
  }
  /** The last lines since the last clear that fit in `length` bytes. */
  tail(length: number): Uint8Array {
    let from = this.#start
    while (this.text.length - from > length) {
      const end = this.text.indexOf('\n', from)
      if (end < 0) return new Uint8Array(0)
      from = end + 1
    }
    return bytesOf(this.text.slice(from))
  }
  /** Nothing so far shows in READ_ALL any more. */
  clear(): void {
    this.#start = this.text.length
  }
}
