// A synchronous 9P2000.L client over an injected blocking transport. (p9)

import { FidNumbers } from './client/fid-numbers.ts'
import { decodeReply, encodeRequest, readHeader, trace } from './codec.ts'
import { MIN_MSIZE, NOFID, NOTAG, VERSION_L, VERSION_TSVISOR } from './constants.ts'
import { P9Error } from './errno.ts'
import { type MessageName, messages, type Reply, type Request } from './messages.ts'
import { ProtocolError } from './protocol-error.ts'
import { Reader, Writer } from './wire.ts'

/** Carries one request there and its reply back. */
export interface Transport {
  /** Both arrays are views, valid until the next call. Throws when the peer is gone. */
  exchange(request: Uint8Array): Uint8Array
}

export interface ClientOptions {
  /** Bytes of the largest message wanted; default 128 KiB. */
  readonly msize?: number
  /** `plain` never asks for the extension. */
  readonly dialect?: 'extended' | 'plain'
  /** What an Rlerror is thrown as; default P9Error. */
  readonly errorOf?: (ecode: number) => unknown
  /** Gets a line for each message. */
  readonly trace?: (line: string) => void
}

const RLERROR = messages.lerror.type + 1
const TAG = 1
const CLUNK_BATCH = 32

/** One connection, one request at a time. */
export class Client {
  /** Whether the server speaks the extension messages. */
  readonly extended: boolean
  readonly msize: number
  readonly #transport: Transport
  readonly #writer: Writer
  readonly #reader = new Reader()
  readonly #errorOf: (ecode: number) => unknown
  readonly #trace: ((line: string) => void) | undefined
  readonly #fids = new FidNumbers()
  #clunks: number[] = []

  /** Negotiates the version. Throws ProtocolError if the server speaks no 9P2000.L. */
  constructor(transport: Transport, options: ClientOptions = {}) {
    const msize = options.msize ?? 128 * 1024
    this.#transport = transport
    this.#writer = new Writer(new Uint8Array(msize))
    this.#errorOf = options.errorOf ?? (ecode => new P9Error(ecode))
    this.#trace = options.trace
    const wanted = options.dialect === 'plain' ? [VERSION_L] : [VERSION_TSVISOR, VERSION_L]
    for (const version of wanted) {
      const agreed = this.#ask('version', { msize, version })
      // Most servers answer "unknown"; diod answers EIO.
      if (typeof agreed === 'number' || agreed.version !== version) continue
      if (agreed.msize < MIN_MSIZE || agreed.msize > msize) {
        throw new ProtocolError(`the server wants an msize of ${agreed.msize}`)
      }
      this.extended = version === VERSION_TSVISOR
      this.msize = this.#writer.limit = agreed.msize
      return
    }
    throw new ProtocolError('the server does not speak 9P2000.L')
  }

  /**
   * Sends a request and returns the reply's body; byte arrays in it are views that live until the
   * next call. Throws `errorOf(ecode)` for Rlerror, ProtocolError for a reply that is none.
   */
  call<K extends MessageName>(name: K, request: Request<K>): Reply<K> {
    const reply = this.#ask(name, request)
    if (typeof reply === 'number') throw this.#errorOf(reply)
    return reply
  }

  /** The reply's body, or the errno of an Rlerror. */
  #ask<K extends MessageName>(name: K, request: Request<K>): Reply<K> | number {
    const tag = name === 'version' ? NOTAG : TAG
    const size = encodeRequest(this.#writer, name, tag, request)
    this.#trace?.(trace('T', name, tag, request))
    const bytes = this.#transport.exchange(this.#writer.bytes.subarray(0, size))
    const r = this.#reader.reset(bytes, 0, bytes.length)
    const header = readHeader(r)
    if (header.tag !== tag) throw new ProtocolError(`reply to tag ${header.tag}, expected ${tag}`)
    if (header.type === RLERROR) {
      const { ecode } = decodeReply(r, 'lerror')
      this.#trace?.(trace('R', 'lerror', tag, { ecode }))
      return ecode
    }
    if (header.type !== messages[name].type + 1) {
      throw new ProtocolError(`a reply of type ${header.type} to T${name}`)
    }
    const reply = decodeReply(r, name)
    this.#trace?.(trace('R', name, tag, reply))
    return reply
  }

  /** A fid number not in use. */
  newFid(): number {
    return this.#fids.take()
  }

  /** Gives a number back that the server does not know: its request failed, or it was clunked. */
  dropFid(fid: number): void {
    this.#fids.give(fid)
  }

  /** Clunks now. */
  clunk(fid: number): void {
    try {
      this.call('clunk', { fid })
    } finally {
      this.dropFid(fid)
    }
  }

  /** Clunks some time: with the extension, in a batch of 32; otherwise now. */
  clunkLater(fid: number): void {
    if (!this.extended) {
      this.clunk(fid)
      return
    }
    this.#clunks.push(fid)
    if (this.#clunks.length >= CLUNK_BATCH) this.flushClunks()
  }

  /** Sends the clunks that wait. */
  flushClunks(): void {
    const fids = this.#clunks
    if (fids.length === 0) return
    this.#clunks = []
    this.call('clunkall', { fids })
    for (const fid of fids) this.dropFid(fid)
  }

  /** Attaches to a tree; returns its root's fid. `uid` in the server's terms. */
  attach(aname: string, uname = '', uid = 0): number {
    const fid = this.newFid()
    try {
      this.call('attach', { fid, afid: NOFID, uname, aname, uid })
    } catch (error) {
      this.dropFid(fid)
      throw error
    }
    return fid
  }
}
