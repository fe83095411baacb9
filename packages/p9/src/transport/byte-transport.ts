// What carries bytes between a client and a server: anything duplex, in order, lossless. (p9)

/** Gets what a transport receives. */
export interface ByteReceiver {
  /** Bytes came, cut anywhere. They may change as soon as this returns: what is kept is copied. */
  received(bytes: Uint8Array): void
  /** Bytes that `send` queued are on their way and may be used again. Not every transport tells. */
  left(bytes: Uint8Array): void
  /** What made `send` answer `full` has left. */
  drained(): void
  /** Nothing comes any more. Called once, also after `close()`. */
  closed(reason?: unknown): void
}

export interface ByteTransport {
  /** Called once, before anything else. */
  start(receiver: ByteReceiver): void
  /**
   * Sends, or queues; the order is kept. `sent`: the bytes may be used again. `queued` and `full`:
   * they belong to the transport until `left`; after `full`, send no more than what is under way until
   * `drained`. After the close bytes are dropped.
   */
  send(bytes: Uint8Array): 'sent' | 'queued' | 'full'
  /** Stops receiving, soon: what is on its way still comes. */
  pause(): void
  resume(): void
  /** Ends both directions at once. */
  close(): void
}
