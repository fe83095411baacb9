// Framing of the control sockets: the length of a body (uint32, little endian), then JSON in UTF-8. (runsc)

/** The longest frame that either side takes, in bytes. */
export const MAX_FRAME = 64 << 20

const HEADER = 4

/** One message as the bytes to write. */
export function encodeFrame(message: object): Uint8Array {
  const body = Buffer.from(JSON.stringify(message))
  const frame = new Uint8Array(HEADER + body.length)
  new DataView(frame.buffer).setUint32(0, body.length, true)
  frame.set(body, HEADER)
  return frame
}

/** Cuts a byte stream into messages. The other end is another process: what it says is checked. */
export class FrameReader {
  readonly #maxFrame: number
  /** Chunks of an unfinished frame, joined when it is complete. */
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #wanted = HEADER

  constructor(maxFrame: number = MAX_FRAME) {
    this.#maxFrame = maxFrame
  }

  /**
   * Takes the next bytes of the stream; returns the messages that they complete, as parsed JSON.
   * Errors: Error when a frame is too long or no JSON; the stream is then of no more use.
   */
  push(chunk: Uint8Array): unknown[] {
    this.#pending.push(chunk.slice())
    this.#pendingBytes += chunk.length
    if (this.#pendingBytes < this.#wanted) return []
    const bytes = this.#join()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const messages: unknown[] = []
    let at = 0
    this.#wanted = HEADER
    while (bytes.length - at >= HEADER) {
      const length = view.getUint32(at, true)
      if (length > this.#maxFrame) throw new Error(`control socket: frame of ${length} bytes`)
      if (bytes.length - at - HEADER < length) {
        this.#wanted = HEADER + length
        break
      }
      const body = Buffer.from(bytes.buffer, bytes.byteOffset + at + HEADER, length)
      messages.push(JSON.parse(body.toString()))
      at += HEADER + length
    }
    this.#pendingBytes = bytes.length - at
    this.#pending = this.#pendingBytes === 0 ? [] : [bytes.subarray(at)]
    return messages
  }

  /** Bytes of an unfinished frame are left over. */
  get isMidFrame(): boolean {
    return this.#pendingBytes > 0
  }

  #join(): Uint8Array {
    if (this.#pending.length === 1) return this.#pending[0]!
    const joined = new Uint8Array(this.#pendingBytes)
    let at = 0
    for (const part of this.#pending) {
      joined.set(part, at)
      at += part.length
    }
    return joined
  }
}
