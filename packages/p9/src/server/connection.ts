// One client's connection at the server: a message in, a message out. (p9)

import { decodeRequest, encodeReply, readHeader, trace } from '../codec.ts'
import { EINVAL, EOPNOTSUPP, EPROTO, errnoOf } from '../errno.ts'
import { FIRST_EXTENSION_TYPE, type MessageName, nameOfType, type Reply } from '../messages.ts'
import { ProtocolError } from '../protocol-error.ts'
import { Reader, Writer } from '../wire.ts'
import { FidTable } from './fid-table.ts'
import type { FileTree } from './file-tree.ts'
import type { Handler } from './handler.ts'
import { BUG_ERRNO, handlers } from './handlers.ts'
import { isExtended, type Session } from './session.ts'

export interface ServerOptions {
  /** Bytes of the largest message; default 128 KiB. */
  readonly msize?: number
  /** Fids of one connection at most; default 131072. */
  readonly maxFids?: number
  /** `plain` never agrees to the extension. Default `extended`. */
  readonly dialect?: 'extended' | 'plain'
  /** Gets a line for each message. */
  readonly trace?: (line: string) => void
  /** Gets what an operation threw that carries no errno; the client sees EIO. */
  readonly onBug?: (error: unknown) => void
}

const VERSION_TYPE = 100

export class ServerConnection<N, H> {
  readonly #session: Session<N, H>
  readonly #reader = new Reader()
  readonly #writer: Writer
  readonly #trace: ((line: string) => void) | undefined
  readonly #onBug: ((error: unknown) => void) | undefined

  constructor(tree: FileTree<N, H>, options: ServerOptions = {}) {
    const maxMsize = options.msize ?? 128 * 1024
    this.#session = {
      tree,
      fids: new FidTable(tree, options.maxFids ?? 131_072),
      maxMsize,
      dialect: options.dialect ?? 'extended',
      msize: 0,
      version: '',
      passedFd: undefined,
      ioBuffer: new Uint8Array(maxMsize),
    }
    this.#writer = new Writer(new Uint8Array(maxMsize))
    this.#trace = options.trace
    this.#onBug = options.onBug
  }

  /** Fids in use. */
  get fidCount(): number {
    return this.#session.fids.size
  }

  /**
   * Answers one whole message, at once. The reply is a view, valid until the next call. Throws
   * ProtocolError only where the framing is wrong: then the connection must be closed.
   */
  handle(message: Uint8Array): Uint8Array {
    const r = this.#reader.reset(message, 0, message.length)
    const { type, tag } = readHeader(r)
    const name = nameOfType[type]
    if (name === undefined || !this.#allowed(type)) return this.#fail(tag, EOPNOTSUPP)
    try {
      const request = decodeRequest(r, name)
      this.#trace?.(trace('T', name, tag, request))
      const handler = handlers[name] as Handler<MessageName>
      return this.#reply(name, tag, handler(this.#session, request))
    } catch (error) {
      return this.#fail(tag, this.#errno(error))
    }
  }

  /** The descriptor to pass beside the reply that `handle` just returned; the caller closes it. */
  takeDescriptor(): number | undefined {
    const fd = this.#session.passedFd
    this.#session.passedFd = undefined
    return fd
  }

  /** The client is gone: releases every fid. */
  close(): void {
    this.#session.fids.clear()
  }

  #allowed(type: number): boolean {
    if (type === VERSION_TYPE) return true
    const { msize, version } = this.#session
    return msize > 0 && (type < FIRST_EXTENSION_TYPE || isExtended(version))
  }

  #errno(thrown: unknown): number {
    if (thrown instanceof ProtocolError) {
      this.#trace?.(`malformed: ${thrown.message}`)
      return EINVAL
    }
    const code = errnoOf(thrown)
    if (code !== undefined) return code
    this.#onBug?.(thrown)
    return BUG_ERRNO
  }

  #reply(name: MessageName, tag: number, body: Reply<MessageName>): Uint8Array {
    this.#writer.limit = this.#session.msize || this.#session.maxMsize
    let size: number
    try {
      size = encodeReply(this.#writer, name, tag, body)
    } catch (error) {
      // The tree answered what does not fit: its fault, not the client's.
      this.#onBug?.(error)
      return this.#fail(tag, EPROTO)
    }
    this.#trace?.(trace('R', name, tag, body))
    return this.#writer.bytes.subarray(0, size)
  }

  #fail(tag: number, ecode: number): Uint8Array {
    const size = encodeReply(this.#writer, 'lerror', tag, { ecode })
    this.#trace?.(trace('R', 'lerror', tag, { ecode }))
    return this.#writer.bytes.subarray(0, size)
  }
}
