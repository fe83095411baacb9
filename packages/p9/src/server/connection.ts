// One client's connection at the server, one request at a time: a message in, a message out. (p9)

import { isLater } from '../awaitable.ts'
import { encodeReply, readHeader, trace } from '../codec.ts'
import { EPROTO } from '../errno.ts'
import type { MessageName, Reply } from '../messages.ts'
import { Operation } from '../signal.ts'
import { Reader, Writer } from '../wire.ts'
import { dispatch, errnoFor, requestName } from './dispatch.ts'
import type { FileTree } from './file-tree.ts'
import type { ServedTree } from './served-tree.ts'
import { DEFAULT_MSIZE, newSession, type ServerOptions, type Session } from './session.ts'

/** Where Rread's data starts: after the header and its count. */
export const DATA_AT = 11

/** Operations that answer later are EIO here, and told to `onBug`: use `serve` for them. */
export class ServerConnection<N, H> {
  readonly #session: Session<N, H>
  readonly #reader = new Reader()
  readonly #writer: Writer
  readonly #options: ServerOptions
  /** Nothing is ever aborted here. */
  readonly #operation = new Operation()

  constructor(tree: ServedTree<N, H> | FileTree<N, H>, options: ServerOptions = {}) {
    const bytes = new Uint8Array(options.msize ?? DEFAULT_MSIZE)
    // Data is read to where the reply needs it.
    const readBuffer = (count: number) => bytes.subarray(DATA_AT, DATA_AT + count)
    this.#session = newSession(tree as ServedTree<N, H>, options, undefined, readBuffer)
    this.#writer = new Writer(bytes)
    this.#options = options
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
    try {
      const name = requestName(this.#session, type)
      const reply = dispatch(this.#session, name, tag, r, this.#operation, this.#options)
      if (isLater(reply)) throw new Error(`T${name} is answered later: use serve()`)
      return this.#reply(name, tag, reply)
    } catch (error) {
      return this.#fail(tag, errnoFor(error, this.#options, this.#operation))
    }
  }

  /** Descriptors to pass beside the reply that `handle` just returned; the caller closes them. */
  takeDescriptors(): readonly number[] {
    const fds = this.#session.passedFds
    if (fds.length > 0) this.#session.passedFds = []
    return fds
  }

  /** The client is gone: releases every fid. */
  close(): void {
    this.#session.fids.clear()
  }

  #reply(name: MessageName, tag: number, body: Reply<MessageName>): Uint8Array {
    this.#writer.limit = this.#session.msize || this.#session.maxMsize
    let size: number
    try {
      size = encodeReply(this.#writer, name, tag, body)
    } catch (error) {
      // The tree answered what does not fit: its fault, not the client's.
      this.#options.onBug?.(error)
      return this.#fail(tag, EPROTO)
    }
    this.#options.trace?.(trace('R', name, tag, body))
    return this.#writer.bytes.subarray(0, size)
  }

  #fail(tag: number, ecode: number): Uint8Array {
    const size = encodeReply(this.#writer, 'lerror', tag, { ecode })
    this.#options.trace?.(trace('R', 'lerror', tag, { ecode }))
    return this.#writer.bytes.subarray(0, size)
  }
}
