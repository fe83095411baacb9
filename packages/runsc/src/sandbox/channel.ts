// One end of a connected stream socket: bytes and descriptors out, bytes in. (runsc)
//
// Node's own sockets pass no descriptors, and loading them takes longer than all that most commands do
// with them. Reading is a thread's work here (node:fs), and ends at the latest with this process.

import { read } from 'node:fs'
import { EAGAIN, EINTR } from '@tsvisor/abi'
import { close, MSG_DONTWAIT, sendmsg, shutdownSocket } from '@tsvisor/host'

export interface ChannelReader {
  /** `bytes` are valid during the call only. */
  readonly onData: (bytes: Uint8Array) => void
  /** Once: the far end has closed it, or it failed. Not after `close`. */
  readonly onEnd: (error: Error | undefined) => void
}

const BUFFER = 16_384
const PAUSE_MS = 1
const BOTH_WAYS = 2

export class Channel {
  readonly #fd: number
  /** Messages go out one after another. */
  #sending: Promise<void> = Promise.resolve()
  #isReading = false
  #isClosed = false
  #hasHeard = false
  readonly #shutDown = () => shutdownSocket(this.#fd, BOTH_WAYS)

  /** Takes the descriptor, which must not be O_NONBLOCK. */
  constructor(fd: number) {
    this.#fd = fd
  }

  /** Whether anything has come. */
  get hasHeard(): boolean {
    return this.#hasHeard
  }

  /** Call once: from now on what comes is the reader's. */
  listen(reader: ChannelReader): void {
    // A thread that reads would keep the process from ending.
    process.on('exit', this.#shutDown)
    this.#isReading = true
    const bytes = new Uint8Array(BUFFER)
    const next = () =>
      read(this.#fd, bytes, 0, BUFFER, null, (error, count) => {
        if (this.#isClosed || error !== null || count === 0) {
          this.#isReading = false
          process.off('exit', this.#shutDown)
          if (this.#isClosed) close(this.#fd)
          else reader.onEnd(error ?? undefined)
          return
        }
        this.#hasHeard = true
        reader.onData(bytes.subarray(0, count))
        next()
      })
    next()
  }

  /** Sends all of `bytes`, the descriptors with the first of them; these stay the caller's. Errors: Errno. */
  send(bytes: Uint8Array, fds: readonly number[] = []): Promise<void> {
    const sent = this.#sending.then(() => this.#send(bytes, fds))
    this.#sending = sent.catch(() => {})
    return sent
  }

  /** May be called twice. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    // The number must stay ours until no thread reads from it.
    if (this.#isReading) this.#shutDown()
    else close(this.#fd)
  }

  async #send(bytes: Uint8Array, fds: readonly number[]): Promise<void> {
    let passing = fds
    for (let at = 0; at < bytes.length && !this.#isClosed; ) {
      try {
        at += sendmsg(this.#fd, bytes.subarray(at), passing, MSG_DONTWAIT)
        passing = []
      } catch (error) {
        if (error !== EAGAIN && error !== EINTR) throw error
        // Only when the far end has stopped to read.
        await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
      }
    }
  }
}
