// Messages on their way out: several leave in one piece, and buffers that came back are used again. (p9)

import type { ByteTransport } from '../transport/byte-transport.ts'
import { Writer } from '../wire.ts'

/** Bytes of messages that leave together: small ones, and data. Each piece wakes the peer up. */
const SMALL_BATCH = 64 * 1024
const DATA_BATCH = 320 * 1024
/** Buffers that wait to be used again at most. */
const MAX_SPARE = 2

export class Outbox {
  readonly #transport: ByteTransport
  readonly #onFull: () => void
  #writer: Writer | undefined
  /** Those whose bytes the transport still has, by what it was given. */
  readonly #away = new Map<Uint8Array, Writer>()
  readonly #spare: Writer[] = []
  /** Writers that are kept for long hold one message. */
  #detached: 'never' | 'sometimes' = 'never'

  constructor(transport: ByteTransport, onFull: () => void) {
    this.#transport = transport
    this.#onFull = onFull
  }

  /** Where the next message of `size` bytes at most is written, at the writer's base. */
  writer(size: number): Writer {
    let writer = this.#writer
    if (writer !== undefined && writer.base + size > writer.bytes.length) {
      this.flush()
      writer = this.#writer
      if (writer !== undefined && size > writer.bytes.length) writer = undefined
    }
    writer ??=
      this.#spareWriter(size) ?? new Writer(new Uint8Array(Math.max(this.#batch(size), size)))
    writer.limit = writer.base + size
    this.#writer = writer
    return writer
  }

  #batch(size: number): number {
    return size < SMALL_BATCH || this.#detached === 'sometimes' ? SMALL_BATCH : DATA_BATCH
  }

  #spareWriter(size: number): Writer | undefined {
    const writer = this.#spare.pop()
    return writer !== undefined && writer.bytes.length >= size ? writer : undefined
  }

  /** The message at the writer is `size` bytes and complete. */
  commit(size: number): void {
    this.#writer!.base += size
  }

  /** Somebody keeps the writer for a message that comes later, and gives it to `send`. */
  detach(): Writer {
    const writer = this.#writer!
    this.#writer = undefined
    this.#detached = 'sometimes'
    if (writer.base > 0) this.#send(writer.bytes.subarray(0, writer.base))
    return writer
  }

  /** A message of `size` bytes that was written to a detached writer. */
  send(writer: Writer, size: number): void {
    this.flush()
    this.#send(writer.bytes.subarray(writer.base, writer.base + size))
  }

  flush(): void {
    const writer = this.#writer
    if (writer === undefined || writer.base === 0) return
    const bytes = writer.bytes.subarray(0, writer.base)
    if (this.#send(bytes) === 'sent') {
      writer.base = 0
      return
    }
    this.#writer = undefined
    this.#away.set(bytes, writer)
  }

  /** The transport is done with what it had queued. */
  left(bytes: Uint8Array): void {
    const writer = this.#away.get(bytes)
    if (writer === undefined) return
    this.#away.delete(bytes)
    writer.base = 0
    if (this.#spare.length < MAX_SPARE) this.#spare.push(writer)
  }

  #send(bytes: Uint8Array): 'sent' | 'queued' | 'full' {
    const result = this.#transport.send(bytes)
    if (result === 'full') this.#onFull()
    return result
  }
}
