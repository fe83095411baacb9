// Bytes over Node's sockets and duplex streams. (p9)

import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ByteReceiver, ByteTransport } from '../transport/byte-transport.ts'

/** Bytes that wait for the kernel to take them. */
const MAX_QUEUED = 1024 * 1024

/**
 * All sockets are read into this, one after the other: what comes is used or copied at once. A
 * buffer for each read, as streams have it, costs more than all that is done with it.
 */
const RECEIVED = new Uint8Array(256 * 1024)

/** What a socket reads, on its way to the transport of that socket. */
class Inbox {
  receiver: ByteReceiver | undefined
  /** For the socket's constructor. */
  readonly onread: OnReadOpts = {
    buffer: RECEIVED,
    callback: length => {
      this.receiver?.received(RECEIVED.subarray(0, length))
      return true
    },
  }
}

class StreamTransport implements ByteTransport {
  readonly #stream: Duplex
  readonly #inbox: Inbox | undefined
  /** A plain socket has handed over to the kernel what it does not count as waiting. */
  readonly #isPlainSocket: boolean
  #receiver: ByteReceiver | undefined
  #queued: Uint8Array[] = []

  constructor(stream: Duplex, inbox?: Inbox) {
    this.#stream = stream
    this.#inbox = inbox
    this.#isPlainSocket = stream instanceof Socket && !('encrypted' in stream)
    if (stream instanceof Socket) stream.setNoDelay(true)
  }

  start(receiver: ByteReceiver): void {
    const stream = this.#stream
    let reason: Error | undefined
    this.#receiver = receiver
    if (this.#inbox === undefined) {
      stream.on('data', (bytes: Uint8Array) => receiver.received(bytes))
    } else this.#inbox.receiver = receiver
    stream.on('drain', () => {
      this.#allLeft()
      receiver.drained()
    })
    stream.on('error', error => {
      reason = error
    })
    // Half a connection is of no use.
    stream.on('end', () => stream.destroy())
    stream.on('close', () => receiver.closed(reason))
    stream.resume()
  }

  send(bytes: Uint8Array): 'sent' | 'queued' | 'full' {
    const stream = this.#stream
    if (stream.destroyed) return 'sent'
    const room = stream.write(bytes)
    if (this.#isPlainSocket && stream.writableLength === 0) {
      this.#allLeft()
      return 'sent'
    }
    this.#queued.push(bytes)
    // Not the stream's own limit of 16 KiB: one message is more, and each would be waited for.
    return room || stream.writableLength < MAX_QUEUED ? 'queued' : 'full'
  }

  #allLeft(): void {
    const left = this.#queued
    if (left.length === 0) return
    this.#queued = []
    for (const bytes of left) this.#receiver?.left(bytes)
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

/** Connects with `connect`, which passes its options on to a socket. Rejects with Node's error. */
export const connectedTransport = (
  connect: (options: { readonly onread: OnReadOpts }) => Socket,
): Promise<ByteTransport> => {
  const inbox = new Inbox()
  const socket = connect({ onread: inbox.onread })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      // Until somebody is there to receive.
      socket.pause()
      resolve(new StreamTransport(socket, inbox))
    })
  })
}

/** A transport over a socket that a server with `pauseOnConnect` has accepted. */
export const acceptedTransport = (socket: Socket): ByteTransport => {
  // Servers cannot be told how their sockets read: the handle moves to one that was. Where there
  // is none as we know it, streams do.
  const accepted = socket as unknown as { _handle: { useUserBuffer?: unknown } | null }
  const handle = accepted._handle
  if (typeof handle?.useUserBuffer !== 'function') return streamTransport(socket)
  const inbox = new Inbox()
  accepted._handle = null
  const options = { handle, onread: inbox.onread, pauseOnCreate: true }
  const moved = new Socket(options as SocketConstructorOpts)
  // Its server counts the one that it made.
  moved.once('close', () => socket.destroy())
  return new StreamTransport(moved, inbox)
}
