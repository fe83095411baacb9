// AIO contexts: what io_setup(2) makes, and the requests in them. (aio)
// Linux fs/aio.c: struct kioctx.

import { EAGAIN, EINVAL, Errno } from '@tsvisor/abi'
import type { EventFd } from '../fs/event/eventfd.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { kernelLocal } from '../kernel/kernel-local.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { WaitQueue } from '../wait-queue.ts'
import type { AioRing } from './ring.ts'

/** /proc/sys/fs/aio-max-nr at first. */
export const AIO_MAX_NR = 65_536

/** /proc/sys/fs/aio-nr: what all contexts were made for. */
export const aioUsage = kernelLocal(() => ({ requests: 0 }))

/** Something that io_cancel can end: it completes the request. */
export interface Cancellable {
  readonly request: AioRequest
  cancel(): void
}

export class AioContext {
  readonly kernel: Kernel
  readonly ring: AioRing
  /** What it was made for, as it counts in aio-nr. */
  readonly requests: number
  /** io_destroy or the end of the memory. */
  dead = false
  /** Requests submitted and not complete. */
  inFlight = 0
  readonly waiting = new Set<Cancellable>()
  /** Notified with each event, and at the end. */
  readonly queue = new WaitQueue()

  constructor(kernel: Kernel, ring: AioRing, requests: number) {
    this.kernel = kernel
    this.ring = ring
    this.requests = requests
    aioUsage(kernel).requests += requests
  }

  /** A request, which must be completed or withdrawn. Errors: EAGAIN when its event might find no slot, EINVAL. */
  newRequest(iocb: number, data: bigint): AioRequest {
    if (this.dead) throw EINVAL
    if (this.inFlight + this.ring.used >= this.ring.slots - 1) throw EAGAIN
    this.inFlight++
    return new AioRequest(this, iocb, data)
  }

  /** One request fewer. */
  finished(): void {
    this.inFlight--
    this.queue.notify()
    if (this.dead && this.inFlight === 0) this.ring.close()
  }

  /** Ends it: what waits is cancelled; what another thread is at goes on. */
  kill(): void {
    this.dead = true
    aioUsage(this.kernel).requests -= this.requests
    // Its pages stay for the events to come.
    this.inFlight++
    for (const each of [...this.waiting]) each.cancel()
    this.finished()
  }
}

/** One submitted iocb. */
export class AioRequest {
  readonly context: AioContext
  /** The guest's address of it, by which the guest knows it. */
  readonly iocb: number
  readonly data: bigint
  /** Both are held until the end. */
  file: FileDescription | undefined
  eventFd: EventFd | undefined

  constructor(context: AioContext, iocb: number, data: bigint) {
    this.context = context
    this.iocb = iocb
    this.data = data
  }

  /** Delivers its result. */
  complete(result: number): void {
    this.context.ring.push(this.data, this.iocb, result)
    this.eventFd?.signal()
    this.withdraw()
  }

  /** It comes to nothing: there is no event. */
  withdraw(): void {
    const { file, eventFd, context } = this
    this.file = this.eventFd = undefined
    release(file)
    release(eventFd)
    context.finished()
  }
}

/** Nobody is there to hear that closing a file failed. */
function release(file: FileDescription | undefined): void {
  try {
    file?.release()
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

/** The contexts of one memory, found by their rings. */
export class AioContexts {
  readonly #byRing = new Map<AioRing, AioContext>()
  #lastId = 0

  /** For the next ring. */
  nextId(): number {
    return this.#lastId++
  }
  add(context: AioContext): void {
    this.#byRing.set(context.ring, context)
  }
  get(ring: AioRing): AioContext | undefined {
    return this.#byRing.get(ring)
  }
  kill(context: AioContext): void {
    this.#byRing.delete(context.ring)
    context.kill()
  }
  /** The end of the memory. */
  killAll(): void {
    for (const context of [...this.#byRing.values()]) this.kill(context)
  }
}
