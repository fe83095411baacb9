// Bytes over a MessagePort: between a page and its workers, or threads of Node. (p9)
// Ports have no flow control and tell no end: numbers posted back say how much was consumed, and
// null says that the other end is closed.

import type { ByteReceiver, ByteTransport } from './byte-transport.ts'

/** What is needed of a MessagePort, Worker, or anything like them. */
export interface PortLike {
  postMessage(message: unknown, transfer?: never[]): void
  onmessage: ((event: { data: unknown }) => void) | null
  close?(): void
}

/** Bytes under way before the sender should wait. */
const WINDOW = 1024 * 1024
/** A peer that sends this much more than it may is cut off. */
const MAX_HELD = 8 * WINDOW

class PortTransport implements ByteTransport {
  readonly #port: PortLike
  #receiver: ByteReceiver | undefined
  /** Sent and not yet consumed there. */
  #underWay = 0
  #waiting: 'no' | 'for-window' = 'no'
  #flow: 'running' | 'paused' = 'running'
  #held: Uint8Array[] = []
  #heldBytes = 0
  #state: 'open' | 'closed' = 'open'

  constructor(port: PortLike) {
    this.#port = port
  }

  start(receiver: ByteReceiver): void {
    this.#receiver = receiver
    this.#port.onmessage = ({ data }) => this.#message(data)
  }

  send(bytes: Uint8Array): 'sent' | 'queued' | 'full' {
    if (this.#state === 'closed') return 'sent'
    const copy = bytes.slice()
    this.#port.postMessage(copy, [copy.buffer as never])
    this.#underWay += copy.length
    if (this.#underWay < WINDOW) return 'sent'
    this.#waiting = 'for-window'
    return 'full'
  }

  pause(): void {
    this.#flow = 'paused'
  }

  resume(): void {
    this.#flow = 'running'
    while (this.#held.length > 0 && this.#flow === 'running') {
      const bytes = this.#held.shift()!
      this.#heldBytes -= bytes.length
      this.#deliver(bytes)
    }
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#port.postMessage(null)
    this.#end()
  }

  #message(data: unknown): void {
    if (this.#state === 'closed') return
    if (data === null) this.#end()
    else if (typeof data === 'number') this.#consumed(data)
    else if (!(data instanceof Uint8Array)) this.#fail('a message that is no bytes')
    else if (this.#flow === 'running') this.#deliver(data)
    else {
      this.#held.push(data)
      this.#heldBytes += data.length
      if (this.#heldBytes > MAX_HELD) this.#fail('the peer ignores flow control')
    }
  }

  #deliver(bytes: Uint8Array): void {
    this.#port.postMessage(bytes.length)
    this.#receiver?.received(bytes)
  }

  #consumed(count: number): void {
    this.#underWay -= count
    if (this.#waiting === 'no' || this.#underWay >= WINDOW / 2) return
    this.#waiting = 'no'
    this.#receiver?.drained()
  }

  #fail(reason: string): void {
    this.#port.postMessage(null)
    this.#end(new Error(reason))
  }

  #end(reason?: unknown): void {
    this.#state = 'closed'
    this.#held = []
    this.#port.onmessage = null
    this.#port.close?.()
    this.#receiver?.closed(reason)
  }
}

/** A transport over one port of a MessageChannel; the other end uses one too. Owns the port. */
export const messagePortTransport = (port: PortLike): ByteTransport => new PortTransport(port)
