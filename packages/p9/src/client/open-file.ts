// An open file at a server. (p9)

import { HEADER_SIZE, IO_HEADER_SIZE } from '../constants.ts'
import { EAGAIN, EIO, P9Error } from '../errno.ts'
import type { SignalLike } from '../signal.ts'
import { encodeText } from '../text.ts'
import type { AsyncClient } from './async-client.ts'
import { type Stat, toStat } from './stat.ts'

export interface CallOptions {
  /** Aborting it flushes the request. */
  readonly signal?: SignalLike | undefined
}

export interface LockOptions extends CallOptions {
  readonly type: 'read' | 'write' | 'unlock'
  readonly start?: number
  /** 0, the default: to the end, however long the file gets. */
  readonly length?: number
  /** The process of this client that locks. */
  readonly owner?: number
}

const GETATTR_BASIC = 0x7ff
/** Reads that are under way at once while a file is read as a whole. */
const READ_AHEAD = 4
const LOCK_TYPES = { read: 0, write: 1, unlock: 2 } as const

export class OpenFile {
  readonly #client: AsyncClient
  readonly #fid: number
  readonly #ioSize: number
  #state: 'open' | 'closed' = 'open'

  /** `iounit` as lopen answered: 0 leaves it to msize. */
  constructor(client: AsyncClient, fid: number, iounit: number) {
    const most = client.msize - IO_HEADER_SIZE
    this.#client = client
    this.#fid = fid
    this.#ioSize = iounit === 0 ? most : Math.min(iounit, client.msize - HEADER_SIZE - 16)
  }

  /** Up to `length` bytes, fewer near the end; none at the end. */
  async read(position: number, length = this.#ioSize, options?: CallOptions): Promise<Uint8Array> {
    const count = Math.min(length, this.#ioSize)
    const request = { fid: this.#fid, offset: position, count }
    return (await this.#client.call('read', request, options)).data
  }

  /** All of the bytes; text is written as UTF-8. Resolves with how many there were. */
  async write(data: Uint8Array | string, position = 0, options?: CallOptions): Promise<number> {
    const bytes = typeof data === 'string' ? encodeText(data) : data
    let done = 0
    do {
      const piece = bytes.subarray(done, done + this.#ioSize)
      const request = { fid: this.#fid, offset: position + done, data: piece }
      const { count } = await this.#client.call('write', request, options)
      if (count > piece.length || (count === 0 && piece.length > 0)) {
        throw new P9Error(EIO, `${count} of ${piece.length} bytes written`)
      }
      done += count
    } while (done < bytes.length)
    return done
  }

  /** The content from `position` on in pieces, read ahead. */
  async *chunks(position = 0, options?: CallOptions): AsyncGenerator<Uint8Array, void> {
    const size = this.#ioSize
    const ahead: { at: number; piece: Promise<Uint8Array> }[] = []
    let next = position
    const request = (): void => {
      const piece = this.read(next, size, options)
      // Seen when its turn comes, if it does.
      piece.catch(() => {})
      ahead.push({ at: next, piece })
      next += size
    }
    request()
    while (ahead.length > 0) {
      const { at, piece } = ahead.shift()!
      const bytes = await piece
      if (bytes.length === 0) return
      yield bytes
      if (bytes.length < size) {
        // Short: what was asked for ahead does not follow on it.
        ahead.length = 0
        next = at + bytes.length
        request()
      } else while (ahead.length < READ_AHEAD) request()
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    return this.chunks()
  }

  /** The whole content. */
  async readAll(options?: CallOptions): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    let length = 0
    for await (const piece of this.chunks(0, options)) {
      pieces.push(piece)
      length += piece.length
    }
    if (pieces.length === 1) return pieces[0]!
    const all = new Uint8Array(length)
    let at = 0
    for (const piece of pieces) {
      all.set(piece, at)
      at += piece.length
    }
    return all
  }

  async stat(options?: CallOptions): Promise<Stat> {
    const request = { fid: this.#fid, mask: GETATTR_BASIC }
    return toStat(await this.#client.call('getattr', request, options))
  }

  async sync(options?: CallOptions): Promise<void> {
    await this.#client.call('fsync', { fid: this.#fid, datasync: 0 }, options)
  }

  /** Locks a range, waiting for it: abort the signal to give up. Rejects with EAGAIN where a server does not wait. */
  async lock(options: LockOptions): Promise<void> {
    const request = {
      fid: this.#fid,
      type: LOCK_TYPES[options.type],
      flags: 1,
      start: options.start ?? 0,
      length: options.length ?? 0,
      procId: options.owner ?? 1,
      clientId: 'tsvisor',
    }
    const { status } = await this.#client.call('lock', request, options)
    if (status !== 0) throw new P9Error(status === 1 ? EAGAIN : EIO, 'not locked')
  }

  /** Closes; later calls do nothing. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    await this.#client.clunk(this.#fid)
  }
}
