// The kernel's log: records in a buffer that forgets the oldest. (kernel core)
// Linux kernel/printk/printk.c.

import { POLLIN, POLLRDNORM } from '@tsvisor/abi'
import { bytesOf } from '../mm/user-memory.ts'
import { WaitQueue } from '../wait-queue.ts'

export interface LogRecord {
  /** syslog(2): facility << 3 | level. */
  readonly priority: number
  /** Since the kernel came up. */
  readonly timeUs: number
  /** One byte a char. */
  readonly text: string
}

/** What is kept, bytes of syslog(2)'s text. */
const CAPACITY = 1 << 16

export class Printk {
  /** Notified when there is a new record. */
  readonly queue = new WaitQueue()
  #records: LogRecord[]
  /** The number of the oldest record that is left. */
  #first = 0
  /** What READ_ALL begins with. */
  #cleared = 0
  #size: number

  constructor(records: readonly LogRecord[]) {
    this.#records = [...records]
    this.#size = records.reduce((size, record) => size + line(record).length, 0)
  }

  add({ timeUs, ...message }: LogRecord): void {
    // The times of the boot are longer than it took.
    const before = this.#records.at(-1)?.timeUs ?? 0
    const record = { ...message, timeUs: Math.max(timeUs, before) }
    this.#records.push(record)
    this.#size += line(record).length
    while (this.#size > CAPACITY) {
      this.#size -= line(this.#records.shift()!).length
      this.#first++
    }
    this.queue.notify(POLLIN | POLLRDNORM)
  }

  /** Numbers of the oldest record, of the first since the last clear, and of the one to come. */
  get first(): number {
    return this.#first
  }
  get cleared(): number {
    return Math.max(this.#cleared, this.#first)
  }
  get next(): number {
    return this.#first + this.#records.length
  }
  /** Undefined for one that is forgotten, or has not come yet. */
  record(number: number): LogRecord | undefined {
    return this.#records[number - this.#first]
  }

  /** Bytes of {@link text}. */
  get size(): number {
    return this.#size
  }
  /** As syslog(2) returns it, one byte a char. */
  get text(): string {
    return this.#records.map(line).join('')
  }
  /** The last lines since the last clear that fit in `length` bytes. */
  tail(length: number): Uint8Array {
    let from = this.#records.length
    let size = 0
    const oldest = this.cleared - this.#first
    while (from > oldest) {
      size += line(this.#records[from - 1]!).length
      if (size > length) break
      from--
    }
    return bytesOf(this.#records.slice(from).map(line).join(''))
  }
  /** Nothing so far shows in READ_ALL any more. */
  clear(): void {
    this.#cleared = this.next
  }
}

const line = ({ priority, timeUs, text }: LogRecord): string =>
  `<${priority}>[${(timeUs / 1e6).toFixed(6).padStart(12)}] ${text}\n`
