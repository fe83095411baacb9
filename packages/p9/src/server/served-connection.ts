// One client's connection with several requests under way. (p9)

import { isLater } from '../awaitable.ts'
import { decodeRequest, encodeReply, readHeader, trace } from '../codec.ts'
import { HEADER_SIZE } from '../constants.ts'
import { EAGAIN, EINTR, EINVAL, EPROTO, P9Error } from '../errno.ts'
import { type MessageName, messages, type Reply } from '../messages.ts'
import { Operation } from '../signal.ts'
import { Assembler } from '../stream/assembler.ts'
import { Outbox } from '../stream/outbox.ts'
import type { ByteTransport } from '../transport/byte-transport.ts'
import { Reader, type Writer } from '../wire.ts'
import { DATA_AT } from './connection.ts'
import { dispatch, errnoFor, requestName } from './dispatch.ts'
import { InFlight, type Pending } from './in-flight.ts'
import type { LockTable } from './lock-table.ts'
import type { ServedTree } from './served-tree.ts'
import { newSession, type ServerOptions, type Session } from './session.ts'

export interface ServeOptions extends ServerOptions {
  /** Requests of one connection that wait for their operation at most; more get EAGAIN. Default 1024. */
  readonly maxInFlight?: number
  /** Bytes that waiting requests of one connection hold at most; more get EAGAIN. Default 64 MiB. */
  readonly maxPendingBytes?: number
}

export interface Served {
  /** Fids in use. */
  readonly fidCount: number
  /** When the connection has ended: the reason if something was wrong. Never rejects. */
  readonly closed: Promise<unknown>
  /** Ends the connection: aborts its operations, releases its fids. */
  close(): void
}

const LERROR_SIZE = HEADER_SIZE + 4
/** Rgetattr, Rwalk of 16 and all other replies without bytes or names fit. */
const SMALL_REPLY = 512
const TAG_IN_USE = new P9Error(EINVAL, 'tag in use')
const TOO_MANY = new P9Error(EAGAIN, 'too many requests under way')
const FLUSHED = new P9Error(EINTR, 'flushed')
const GONE = new P9Error(EINTR, 'the client is gone')

/** Where a message has its type. */
const TYPE_AT = 4
/** Types of requests that carry bytes which the tree gets as they are. */
const WITH_BYTES = new Set(
  (Object.keys(messages) as MessageName[])
    .filter(name =>
      Object.values(messages[name].request.fields ?? {}).some(field => field.kind === 'data'),
    )
    .map(name => messages[name].type),
)

/** Replies whose size the declaration does not bound. */
const LARGE = new Set<MessageName>(
  (Object.keys(messages) as MessageName[]).filter(name =>
    Object.values(messages[name].reply.fields ?? {}).some(
      field => (field.kind === 'list' && name !== 'walk') || /^(data|str)$/.test(field.kind),
    ),
  ),
)

/** Bytes that a reply takes at most; what is read has its place already. */
const replySize = (name: MessageName, body: Reply<MessageName>, msize: number): number => {
  if (name === 'read') return DATA_AT + (body as Reply<'read'>).data.length
  return LARGE.has(name) ? msize : SMALL_REPLY
}

export class ServedConnection<N, H> implements Served {
  readonly closed: Promise<unknown>
  readonly #session: Session<N, H>
  readonly #options: ServeOptions
  readonly #transport: ByteTransport
  readonly #assembler: Assembler
  readonly #outbox: Outbox
  readonly #reader = new Reader()
  readonly #inFlight = new InFlight()
  readonly #maxInFlight: number
  readonly #maxPendingBytes: number
  #operation = new Operation()
  #state: 'open' | 'closed' = 'open'
  #output: 'free' | 'full' = 'free'
  #flushing: 'no' | 'soon' = 'no'
  #onClosed: (reason: unknown) => void = () => {}

  constructor(
    tree: ServedTree<N, H>,
    transport: ByteTransport,
    options: ServeOptions,
    locks: LockTable,
  ) {
    this.#session = newSession(tree, options, locks, count => {
      const { bytes, base } = this.#outbox.writer(DATA_AT + count)
      return bytes.subarray(base + DATA_AT, base + DATA_AT + count)
    })
    this.#options = options
    this.#maxInFlight = options.maxInFlight ?? 1024
    this.#maxPendingBytes = options.maxPendingBytes ?? 64 * 1024 * 1024
    this.#transport = transport
    this.#assembler = new Assembler(this.#session.maxMsize)
    this.#outbox = new Outbox(transport, () => {
      this.#output = 'full'
    })
    this.closed = new Promise(resolve => {
      this.#onClosed = resolve
    })
    transport.start({
      received: bytes => {
        if (this.#state === 'closed') return
        this.#assembler.push(bytes)
        this.#pump()
        this.#assembler.returnChunk()
      },
      left: bytes => this.#outbox.left(bytes),
      drained: () => {
        this.#output = 'free'
        this.#pump()
      },
      closed: reason => this.#end(reason),
    })
  }

  get fidCount(): number {
    return this.#session.fids.size
  }

  close(): void {
    this.#end()
  }

  /** Answers what has come, until replies pile up. */
  #pump(): void {
    try {
      while (this.#output === 'free' && this.#state === 'open') {
        const message = this.#assembler.next()
        if (message === undefined) break
        this.#handle(message)
        // Leave before the next request fills another buffer: nobody may be reading.
        if (this.#output === 'free') continue
        break
      }
      if (this.#state === 'closed') return
      this.#outbox.flush()
      if (this.#output === 'full') this.#transport.pause()
      else this.#transport.resume()
    } catch (error) {
      // Framing is lost, and with it the connection.
      this.#end(error)
    }
  }

  #handle(received: Uint8Array): void {
    // Bytes stay what they are for as long as the operation takes.
    const hasBytes = WITH_BYTES.has(received[TYPE_AT]!)
    const message = hasBytes ? this.#assembler.owned(received) : received
    const r = this.#reader.reset(message, 0, message.length)
    const { type, tag } = readHeader(r)
    const operation = this.#operation
    try {
      const name = requestName(this.#session, type)
      if (name === 'flush') {
        this.#flush(r, tag)
        return
      }
      if (name === 'version') this.#inFlight.clear(FLUSHED)
      else if (this.#inFlight.has(tag)) throw TAG_IN_USE
      else if (name !== 'clunk' && this.#isBusy()) throw TOO_MANY
      const reply = dispatch(this.#session, name, tag, r, operation, this.#options)
      if (isLater(reply)) {
        if (hasBytes) this.#assembler.keep()
        this.#later(name, tag, message, operation, reply)
        return
      }
      if (name === 'version') this.#assembler.limit = this.#session.msize || this.#session.maxMsize
      this.#reply(name, tag, reply)
    } catch (error) {
      this.#fail(tag, errnoFor(error, this.#options, operation))
    }
    if (operation.isUsed) this.#operation = new Operation()
  }

  #isBusy(): boolean {
    const { count, bytes } = this.#inFlight
    return count >= this.#maxInFlight || bytes >= this.#maxPendingBytes
  }

  #flush(r: Reader, tag: number): void {
    const request = decodeRequest(r, 'flush')
    this.#options.trace?.(trace('T', 'flush', tag, request))
    if (this.#inFlight.flush(request.oldtag, tag, FLUSHED) === 'now') this.#reply('flush', tag, {})
  }

  #later(
    name: MessageName,
    tag: number,
    message: Uint8Array,
    operation: Operation,
    reply: PromiseLike<Reply<MessageName>>,
  ): void {
    this.#operation = new Operation()
    const writer = name === 'read' ? this.#outbox.detach() : undefined
    const pending: Pending = {
      name,
      tag,
      operation,
      unpin: this.#session.fids.pin(),
      writer,
      bytes: message.length + (writer?.bytes.length ?? 0),
      flushes: [],
      abandoned: false,
    }
    this.#inFlight.add(pending)
    reply.then(
      body => this.#settled(pending, () => this.#reply(name, tag, body, writer)),
      error =>
        this.#settled(pending, () => {
          // Whoever flushed it gets one answer: that to the flush.
          if (pending.flushes.length > 0) return
          this.#fail(tag, errnoFor(error, this.#options, operation))
        }),
    )
  }

  #settled(pending: Pending, answer: () => void): void {
    this.#inFlight.done(pending)
    if (this.#state === 'closed' || pending.abandoned) return
    answer()
    for (const tag of pending.flushes) this.#reply('flush', tag, {})
    if (this.#flushing === 'soon') return
    this.#flushing = 'soon'
    Promise.resolve().then(() => {
      this.#flushing = 'no'
      if (this.#state === 'closed') return
      this.#outbox.flush()
      if (this.#output === 'full') this.#transport.pause()
    })
  }

  #reply(name: MessageName, tag: number, body: Reply<MessageName>, detached?: Writer): void {
    const msize = this.#session.msize || this.#session.maxMsize
    const writer = detached ?? this.#outbox.writer(replySize(name, body, msize))
    let size: number
    try {
      size = encodeReply(writer, name, tag, body)
    } catch (error) {
      // The tree answered what does not fit: its fault, not the client's.
      this.#options.onBug?.(error)
      this.#fail(tag, EPROTO)
      return
    }
    this.#options.trace?.(trace('R', name, tag, body))
    if (detached === undefined) this.#outbox.commit(size)
    else this.#outbox.send(detached, size)
  }

  #fail(tag: number, ecode: number): void {
    this.#options.trace?.(trace('R', 'lerror', tag, { ecode }))
    this.#outbox.commit(encodeReply(this.#outbox.writer(LERROR_SIZE), 'lerror', tag, { ecode }))
  }

  #end(reason?: unknown): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#inFlight.clear(GONE)
    this.#session.fids.clear()
    this.#transport.close()
    this.#onClosed(reason)
  }
}
