// Bytes over Node's sockets and duplex streams. (p9)

import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ByteReceiver, ByteTransport } from '../transport/byte-transport.ts'

/** Bytes that wait for the kernel to take them. */
const MAX_QUEUED = 1024 * 1024

class StreamTransport implements ByteTransport {
  readonly #stream: Duplex
  /** A plain socket has handed over to the kernel what it does not count as waiting. */
  readonly #isPlainSocket: boolean

  constructor(stream: Duplex) {
    this.#stream = stream
    this.#isPlainSocket = stream instanceof Socket && !('encrypted' in stream)
    if (stream instanceof Socket) stream.setNoDelay(true)
  }

  start(receiver: ByteReceiver): void {
    const stream = this.#stream
    let reason: Error | undefined
    stream.on('data', (bytes: Uint8Array) => receiver.received(bytes))
    stream.on('drain', () => receiver.drained())
    stream.on('error', error => {
      reason = error
    })
    // Half a connection is of no use.
    stream.on('end', () => stream.destroy())
    stream.on('close', () => receiver.closed(reason))
  }

  send(bytes: Uint8Array): 'sent' | 'queued' | 'full' {
    const stream = this.#stream
    if (stream.destroyed) return 'sent'
    const room = stream.write(bytes)
    if (this.#isPlainSocket && stream.writableLength === 0) return 'sent'
    // Not the stream's own limit of 16 KiB: one message is more, and each would be waited for.
    return room || stream.writableLength < MAX_QUEUED ? 'queued' : 'full'
  }

  pause(): void {
    this.#stream.pause()
  }
  resume(): void {
    if (this.#stream.isPaused()) this.#stream.resume()
  }
  close(): void {
    this.#stream.destroy()
  }
}

/** A transport over a socket or any other duplex stream of bytes, which it owns from now on. */
export const streamTransport = (stream: Duplex): ByteTransport => new StreamTransport(stream)
