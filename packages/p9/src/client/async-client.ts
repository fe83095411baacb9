// A 9P2000.L client with many requests under way, over any transport of bytes. (p9)

import { decodeReply, encodeRequest, readHeader, trace } from '../codec.ts'
import { HEADER_SIZE, MIN_MSIZE, NOFID, VERSION_L, VERSION_TSVISOR } from '../constants.ts'
import { ECONNRESET, EINTR, P9Error } from '../errno.ts'
import { type MessageName, messages, type Reply, type Request } from '../messages.ts'
import { ProtocolError } from '../protocol-error.ts'
import type { SignalLike } from '../signal.ts'
import { Assembler, copied } from '../stream/assembler.ts'
import { Outbox } from '../stream/outbox.ts'
import type { ByteTransport } from '../transport/byte-transport.ts'
import { Reader } from '../wire.ts'
import { type Call, CallQueue } from './call-queue.ts'
import { FidNumbers } from './fid-numbers.ts'

export interface AsyncClientOptions {
  /** Bytes of the largest message wanted; default 128 KiB. */
  readonly msize?: number
  /** `extended` asks for the extension first. Default `plain`. */
  readonly dialect?: 'extended' | 'plain'
  /** Requests under way at most, more wait; default 128. */
  readonly maxInFlight?: number
  /** Gets a line for each message. */
  readonly trace?: (line: string) => void
}

export interface AsyncCallOptions {
  /** Aborting it flushes the request. */
  readonly signal?: SignalLike | undefined
  /** Where the data of a read goes; as long as `count` at least. Default: an array of its own. */
  readonly into?: Uint8Array | undefined
}

const RLERROR = messages.lerror.type + 1
/** Requests without bytes or long names fit. */
const SMALL_REQUEST = 2048

/** Replies with bytes. */
const WITH_BYTES = new Set(
  (Object.keys(messages) as MessageName[]).filter(name =>
    Object.values(messages[name].reply.fields ?? {}).some(field => field.kind === 'data'),
  ),
)

const lost = (reason?: unknown): Error => {
  if (reason instanceof ProtocolError) return reason
  return new P9Error(ECONNRESET, reason instanceof Error ? reason.message : 'connection closed')
}

export class AsyncClient {
  /** Settles when the connection has ended, with the reason if something was wrong. Never rejects. */
  readonly closed: Promise<unknown>
  readonly #transport: ByteTransport
  readonly #assembler: Assembler
  readonly #outbox: Outbox
  readonly #reader = new Reader()
  readonly #queue: CallQueue
  readonly #trace: ((line: string) => void) | undefined
  readonly #fids = new FidNumbers()
  #msize: number
  #extended = false
  #lost: Error | undefined
  #output: 'free' | 'full' = 'free'
  #leaving: 'no' | 'soon' = 'no'
  #onClosed: (reason: unknown) => void = () => {}

  private constructor(transport: ByteTransport, options: AsyncClientOptions) {
    this.#msize = options.msize ?? 128 * 1024
    this.#transport = transport
    this.#trace = options.trace
    this.#queue = new CallQueue(options.maxInFlight ?? 128)
    this.#assembler = new Assembler(this.#msize)
    this.#outbox = new Outbox(transport, () => {
      this.#output = 'full'
    })
    this.closed = new Promise(resolve => {
      this.#onClosed = resolve
    })
    transport.start({
      received: bytes => {
        this.#received(bytes)
        this.#assembler.returnChunk()
      },
      left: bytes => this.#outbox.left(bytes),
      drained: () => {
        this.#output = 'free'
        this.#startWaiting()
      },
      closed: reason => this.#end(reason),
    })
  }

  /**
   * Negotiates the version. Rejects with ProtocolError if the server speaks no 9P2000.L, and with
   * ECONNRESET if it is gone; the transport is closed then.
   */
  static async connect(
    transport: ByteTransport,
    options: AsyncClientOptions = {},
  ): Promise<AsyncClient> {
    const client = new AsyncClient(transport, options)
    try {
      await client.#negotiate(options.dialect === 'extended')
      return client
    } catch (error) {
      client.close()
      throw error
    }
  }

  async #negotiate(extended: boolean): Promise<void> {
    const msize = this.#msize
    for (const version of extended ? [VERSION_TSVISOR, VERSION_L] : [VERSION_L]) {
      const agreed = await this.call('version', { msize, version }).catch(error => {
        // Most servers answer "unknown"; diod answers EIO.
        if (error instanceof P9Error && this.#lost === undefined) return undefined
        throw error
      })
      if (agreed === undefined || agreed.version !== version) continue
      if (agreed.msize < MIN_MSIZE || agreed.msize > msize) {
        throw new ProtocolError(`the server wants an msize of ${agreed.msize}`)
      }
      this.#msize = this.#assembler.limit = agreed.msize
      this.#extended = version === VERSION_TSVISOR
      return
    }
    throw new ProtocolError('the server does not speak 9P2000.L')
  }

  /** Bytes of the largest message, as agreed. */
  get msize(): number {
    return this.#msize
  }
  /** Whether the server speaks the extension messages. */
  get extended(): boolean {
    return this.#extended
  }

  /**
   * Sends a request; resolves with the reply's body. Byte arrays in it are the caller's. Those in
   * the request must not change until then. Rejects with P9Error for Rlerror, ProtocolError for
   * what cannot be encoded, ECONNRESET once the connection has ended.
   *
   * Aborting the signal flushes the request: it rejects with the signal's reason when the server
   * has let go of it, or resolves if the reply was quicker.
   */
  call<K extends MessageName>(
    name: K,
    request: Request<K>,
    { signal, into }: AsyncCallOptions = {},
  ): Promise<Reply<K>> {
    return new Promise<Reply<K>>((resolve, reject) => {
      if (this.#lost !== undefined) {
        reject(this.#lost)
        return
      }
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const settle = (): void => signal?.removeEventListener('abort', abort)
      const call: Call = {
        name,
        request,
        resolve: reply => {
          settle()
          resolve(reply as Reply<K>)
        },
        reject: error => {
          settle()
          reject(error)
        },
        into: name === 'read' ? into : undefined,
        tag: -1,
        flushed: undefined,
      }
      const abort = (): void => this.#abort(call, signal?.reason)
      signal?.addEventListener('abort', abort)
      if (this.#output === 'full' || !this.#queue.hasRoom) this.#queue.wait(call)
      else this.#start(call)
    })
  }

  /** A fid number not in use. */
  newFid(): number {
    return this.#fids.take()
  }
  /** Gives a number back that the server does not know: its request failed, or it was clunked. */
  dropFid(fid: number): void {
    this.#fids.give(fid)
  }

  async clunk(fid: number): Promise<void> {
    try {
      await this.call('clunk', { fid })
    } finally {
      this.dropFid(fid)
    }
  }

  /** Attaches to a tree; resolves with its root's fid. `uid` in the server's terms. */
  async attach(aname: string, uname = '', uid = 0): Promise<number> {
    const fid = this.newFid()
    try {
      await this.call('attach', { fid, afid: NOFID, uname, aname, uid })
      return fid
    } catch (error) {
      this.dropFid(fid)
      throw error
    }
  }

  /** Ends the connection; what is under way rejects with ECONNRESET. */
  close(): void {
    this.#end()
  }

  #start(call: Call): void {
    const { name } = call
    this.#queue.begin(call)
    const writer = this.#outbox.writer(this.#sizeOf(call))
    try {
      const size = encodeRequest(writer, name, call.tag, call.request as Request<MessageName>)
      this.#outbox.commit(size)
    } catch (error) {
      this.#queue.end(call)
      call.reject(error)
      return
    }
    this.#trace?.(trace('T', name, call.tag, call.request as Request<MessageName>))
    if (this.#leaving === 'soon') return
    // Calls made in one turn leave in one piece.
    this.#leaving = 'soon'
    Promise.resolve().then(() => {
      this.#leaving = 'no'
      if (this.#lost === undefined) this.#outbox.flush()
    })
  }

  /** Enough room for the request: exact for writes, which come in every size. */
  #sizeOf({ name, request }: Call): number {
    if (name === 'write') {
      const { data } = request as Request<'write'>
      return Math.min(this.#msize, HEADER_SIZE + 16 + data.length)
    }
    return name === 'clunk' || name === 'getattr' || name === 'read'
      ? Math.min(this.#msize, SMALL_REQUEST)
      : this.#msize
  }

  #startWaiting(): void {
    while (this.#output === 'free' && this.#queue.hasRoom) {
      const call = this.#queue.shift()
      if (call === undefined) return
      this.#start(call)
    }
  }

  #abort(call: Call, reason: unknown): void {
    if (this.#lost !== undefined || call.flushed !== undefined) return
    if (this.#queue.cancel(call)) {
      call.reject(reason)
      return
    }
    call.flushed = { reason }
    const oldtag = call.tag
    const released = (): void => {
      // Not answered before the flush: it never will be.
      if (this.#queue.get(oldtag) === call) {
        this.#queue.end(call)
        call.reject(reason)
      } else this.#queue.release(oldtag)
      this.#startWaiting()
    }
    const flush: Call = {
      name: 'flush',
      request: { oldtag },
      resolve: released,
      reject: released,
      into: undefined,
      tag: -1,
      flushed: undefined,
    }
    this.#start(flush)
  }

  #received(bytes: Uint8Array): void {
    if (this.#lost !== undefined) return
    this.#assembler.push(bytes)
    try {
      for (;;) {
        const message = this.#assembler.next()
        if (message === undefined) break
        this.#reply(message)
      }
    } catch (error) {
      this.#end(error)
      return
    }
    this.#startWaiting()
  }

  #reply(message: Uint8Array): void {
    const r = this.#reader.reset(message, 0, message.length)
    const { type, tag } = readHeader(r)
    const call = this.#queue.get(tag)
    if (call === undefined) throw new ProtocolError(`a reply to tag ${tag}, which is not in use`)
    const { name } = call
    if (type === RLERROR) {
      const { ecode } = decodeReply(r, 'lerror')
      this.#trace?.(trace('R', 'lerror', tag, { ecode }))
      this.#settle(call)
      call.reject(call.flushed && ecode === EINTR ? call.flushed.reason : new P9Error(ecode))
      return
    }
    if (type !== messages[name].type + 1) {
      throw new ProtocolError(`a reply of type ${type} to T${name}`)
    }
    const reply = this.#body(call, message)
    this.#trace?.(trace('R', name, tag, reply))
    this.#settle(call)
    call.resolve(reply)
  }

  /** Bytes in it are the caller's, and the message is not. */
  #body({ name, into }: Call, message: Uint8Array): Reply<MessageName> {
    const r = this.#reader
    if (!WITH_BYTES.has(name)) return decodeReply(r, name)
    if (into === undefined) {
      readHeader(r.reset(copied(message), 0, message.length))
      return decodeReply(r, name)
    }
    const { data } = decodeReply(r, 'read')
    if (data.length > into.length) throw new ProtocolError(`${data.length} bytes to a Tread`)
    into.set(data)
    return { data: into.subarray(0, data.length) }
  }

  /** The tag of a flushed request stays taken until Rflush. */
  #settle(call: Call): void {
    if (call.flushed === undefined) this.#queue.end(call)
    else this.#queue.retire(call)
  }

  #end(reason?: unknown): void {
    if (this.#lost !== undefined) return
    this.#lost = lost(reason)
    this.#transport.close()
    for (const call of this.#queue.drain()) call.reject(this.#lost)
    this.#onClosed(reason)
  }
}
