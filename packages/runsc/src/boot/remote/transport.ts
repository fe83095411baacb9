// Blocking 9P exchanges with the gofer over a socket, and the descriptors it passes. (runsc)

import { EINTR, EIO, ENFILE, Errno, O_NONBLOCK } from '@tsvisor/abi'
import {
  close,
  getFlags,
  MSG_CTRUNC,
  receivedFlags,
  recvmsg,
  sendmsg,
  setFlags,
} from '@tsvisor/host'
import { Framer, ProtocolError, type Transport } from '@tsvisor/p9'

/**
 * The gofer is gone, or talks nonsense. No errno on purpose: a guest must not go on without its
 * files. It ends the container.
 */
export class GoferGone extends Error {
  override readonly name = 'GoferGone'
}

const NO_FDS: readonly number[] = []

export class GoferTransport implements Transport {
  readonly #socket: number
  readonly #framer: Framer
  readonly #passed: number[] = []
  readonly #onGone: ((error: GoferGone) => void) | undefined
  #gone: GoferGone | Errno | undefined
  /** Some that came with the last reply found no number free: the guest holds too many files. */
  #lost = false

  constructor(socket: number, msize: number, onGone?: (error: GoferGone) => void) {
    // Whoever made the socket may have used it in an event loop.
    setFlags(socket, getFlags(socket) & ~O_NONBLOCK)
    this.#socket = socket
    this.#framer = new Framer(new Uint8Array(msize))
    this.#onGone = onGone
  }

  exchange(request: Uint8Array): Uint8Array {
    if (this.#gone !== undefined) throw this.#gone
    // Whatever came with an earlier reply and was not asked for.
    while (this.#passed.length > 0) close(this.#passed.pop()!)
    this.#lost = false
    try {
      this.#send(request)
      return this.#receive()
    } catch (error) {
      if (error instanceof Errno) return this.fail(`the gofer is gone: ${error.message}`)
      if (error instanceof ProtocolError) return this.fail(`the gofer sent no 9P: ${error.message}`)
      throw error
    }
  }

  /** The next descriptor that came with the last reply; the caller owns it. Errors: ENFILE. */
  takeDescriptor(): number {
    const fd = this.#passed.shift()
    if (fd === undefined && this.#lost) throw ENFILE
    if (fd === undefined) return this.fail('the gofer passed no descriptor')
    return fd
  }

  /** Gives the connection up for good. */
  fail(reason: string): never {
    if (this.#gone === undefined) {
      const gone = new GoferGone(reason)
      this.#gone = gone
      this.#onGone?.(gone)
    }
    throw this.#gone
  }

  /** Its container has ended. Another one may still hold a file that it was sent, and gets EIO. */
  close(): void {
    if (this.#gone === undefined) close(this.#socket)
    this.#gone ??= EIO
  }

  #send(request: Uint8Array): void {
    for (let left = request; left.length > 0; ) {
      try {
        left = left.subarray(sendmsg(this.#socket, left, NO_FDS, 0))
      } catch (error) {
        if (error !== EINTR) throw error
      }
    }
  }

  #receive(): Uint8Array {
    const framer = this.#framer
    for (;;) {
      const reply = framer.next()
      if (reply !== undefined) return reply
      const room = framer.buffer.subarray(framer.room())
      try {
        const length = recvmsg(this.#socket, room, this.#passed, 0)
        if (receivedFlags() & MSG_CTRUNC) this.#lost = true
        if (length === 0) return this.fail('the gofer is gone: it closed the connection')
        framer.added(length)
      } catch (error) {
        if (error !== EINTR) throw error
      }
    }
  }
}
