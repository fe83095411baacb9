// The control socket between the command and the sandbox process: messages and framing. (runsc)
// A frame is the length of its body (uint32, little endian), then the body: JSON in UTF-8.

import type { GoferConfig } from '../gofer/gofer-config.ts'
import type { BootConfig } from './boot-config.ts'

/** From the command to the sandbox process. `boot` is the first, once. */
export type ControlRequest =
  | { readonly type: 'boot'; readonly config: BootConfig }
  /** Go on after `created`. */
  | { readonly type: 'start' }
  /** Send a signal to the container's first process, or to all of its processes. */
  | { readonly type: 'signal'; readonly signo: number; readonly target: 'init' | 'all' }
  | { readonly type: 'winsize'; readonly rows: number; readonly columns: number }
  /** Kill every guest process, then leave with the status of the first. */
  | { readonly type: 'terminate' }

/** From the sandbox process to the command. */
export type ControlEvent =
  /** The container is built (`startMode: 'create'`). */
  | { readonly type: 'created' }
  /** The first process runs. */
  | { readonly type: 'started' }
  /**
   * The first process has ended; the last message. `status` is what the shell would call it:
   * 0…255, 128 + signal when a signal killed it. The sandbox process then exits with it too.
   */
  | { readonly type: 'exited'; readonly status: number }
  /**
   * The container could not be started or run: one line for the user. `status` is the exit code
   * of the command: 126 not executable, 127 not found, else 128.
   */
  | { readonly type: 'fatal'; readonly message: string; readonly status: 126 | 127 | 128 }
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string }

export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

/** The longest frame that either side takes, in bytes. */
export const MAX_FRAME = 64 << 20

const HEADER = 4

/** One message as the bytes to write. */
export function encodeFrame(message: ControlRequest | ControlEvent | GoferConfig): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify(message))
  const frame = new Uint8Array(HEADER + body.length)
  new DataView(frame.buffer).setUint32(0, body.length, true)
  frame.set(body, HEADER)
  return frame
}

/** Cuts a byte stream into messages. The other end is another process: what it says is checked. */
export class FrameReader {
  #pending = new Uint8Array(0)

  /**
   * Takes the next bytes of the stream; returns the messages that they complete, as parsed JSON.
   * Errors: Error when a frame is too long or no JSON; the stream is then of no more use.
   */
  push(chunk: Uint8Array): unknown[] {
    const bytes = this.#pending.length === 0 ? chunk : concat(this.#pending, chunk)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const messages: unknown[] = []
    let at = 0
    while (bytes.length - at >= HEADER) {
      const length = view.getUint32(at, true)
      if (length > MAX_FRAME) throw new Error(`control socket: frame of ${length} bytes`)
      if (bytes.length - at - HEADER < length) break
      const body = bytes.subarray(at + HEADER, at + HEADER + length)
      messages.push(JSON.parse(new TextDecoder().decode(body)))
      at += HEADER + length
    }
    this.#pending = bytes.slice(at)
    return messages
  }

  /** Bytes of an unfinished frame are left over. */
  get isMidFrame(): boolean {
    return this.#pending.length > 0
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
