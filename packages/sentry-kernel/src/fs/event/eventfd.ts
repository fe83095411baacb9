// eventfd: a counter that can be waited for. (fs/event)
// Linux fs/eventfd.c.

import { EFD_SEMAPHORE, EINVAL, POLLERR, POLLIN, POLLOUT } from '@tsvisor/abi'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import type { Task } from '../../task/task.ts'
import type { Inode } from '../../vfs/inode.ts'
import { AnonFile } from '../anon/anon-file.ts'
import { READABLE, WRITABLE } from '../poll-events.ts'

const TWO_32 = 0x1_0000_0000
const MAX_32 = 0xffff_ffff
const word = new Uint8Array(8)
const view = new DataView(word.buffer)

export class EventFd extends AnonFile {
  /** 64 bits in two halves: no bigint on the way. */
  #low: number
  #high = 0
  readonly #semaphore: boolean

  /** `flags`: EFD_SEMAPHORE and EFD_NONBLOCK. */
  constructor(inode: Inode, initial: number, flags: number) {
    super(inode, undefined, 2 | (flags & ~EFD_SEMAPHORE))
    this.#low = initial
    this.#semaphore = (flags & EFD_SEMAPHORE) !== 0
  }
  get #isZero(): boolean {
    return this.#low === 0 && this.#high === 0
  }

  override read(_task: Task, target: IoTarget, _offset: number): number {
    if (target.remaining < 8) throw EINVAL
    if (this.#isZero) return WOULD_BLOCK
    if (this.#semaphore) {
      view.setUint32(0, 1, true)
      view.setUint32(4, 0, true)
      if (this.#low === 0) this.#high--
      this.#low = this.#low === 0 ? MAX_32 : this.#low - 1
    } else {
      view.setUint32(0, this.#low, true)
      view.setUint32(4, this.#high, true)
      this.#low = this.#high = 0
    }
    this.queue.notify(WRITABLE)
    return target.put(word)
  }

  /** Errors: EINVAL for a short write or the value 2^64 - 1. */
  override write(_task: Task, source: IoSource, _offset: number): number {
    if (source.remaining < 8) throw EINVAL
    const taken = source.take(word)
    const low = view.getUint32(0, true)
    const high = view.getUint32(4, true)
    if (low === MAX_32 && high === MAX_32) throw EINVAL
    const sum = this.#low + low
    const carried = this.#high + high + (sum >= TWO_32 ? 1 : 0)
    const rest = sum % TWO_32
    if (carried > MAX_32 || (carried === MAX_32 && rest === MAX_32)) {
      source.untake(taken)
      return WOULD_BLOCK
    }
    this.#low = rest
    this.#high = carried
    this.queue.notify(READABLE)
    return 8
  }

  /** Adds one, as the kernel's own producers do (aio). */
  signal(): void {
    if (this.#low === MAX_32) this.#high++
    this.#low = (this.#low + 1) % TWO_32
    this.queue.notify(READABLE)
  }

  override poll(): number {
    let ready = this.#isZero ? 0 : POLLIN
    if (this.#high === MAX_32 && this.#low === MAX_32) ready |= POLLERR
    else if (this.#high !== MAX_32 || this.#low < MAX_32 - 1) ready |= POLLOUT
    return ready
  }
  override label(): string {
    return 'anon_inode:[eventfd]'
  }
  override fdinfo(): string {
    const count = ((BigInt(this.#high) << 32n) | BigInt(this.#low)).toString(16)
    return `eventfd-count: ${count.padStart(16)}\neventfd-semaphore: ${this.#semaphore ? 1 : 0}\n`
  }
}
