// IOCB_CMD_POLL: a request that completes when a file is ready. (aio)
// Linux fs/aio.c: aio_poll, aio_poll_complete_work.

import type { FileDescription } from '../vfs/file-description.ts'
import type { Waiter } from '../wait-queue.ts'
import type { AioRequest, Cancellable } from './context.ts'

export class PollRequest implements Waiter, Cancellable {
  readonly request: AioRequest
  /** POLL* bits that complete it. */
  readonly mask: number
  readonly #file: FileDescription
  #looks = false

  constructor(request: AioRequest, file: FileDescription, mask: number) {
    this.request = request
    this.#file = file
    this.mask = mask
  }

  /** Completes at once, or waits. */
  start(): void {
    const ready = this.#file.poll() & this.mask
    if (ready !== 0) {
      this.request.complete(ready)
      return
    }
    this.#file.queue.add(this)
    this.request.context.waiting.add(this)
  }

  /** Looks a moment later, in a turn of the loop's own, as Linux leaves it to a worker. */
  wake(): void {
    if (this.#looks) return
    this.#looks = true
    const { kernel } = this.request.context
    kernel.timers.add(kernel.clock.monotonicNs(), () => this.#look())
  }
  #look(): void {
    this.#looks = false
    if (!this.request.context.waiting.has(this)) return
    const ready = this.#file.poll() & this.mask
    if (ready !== 0) this.#end(ready)
  }

  cancel(): void {
    this.#end(0)
  }
  #end(result: number): void {
    this.#file.queue.remove(this)
    this.request.context.waiting.delete(this)
    this.request.complete(result)
  }
}
