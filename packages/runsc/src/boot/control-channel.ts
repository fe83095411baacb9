// The sandbox process's end of the control socket: synchronous, for a process without event loop. (runsc)

import { readSync, writeSync } from 'node:fs'
import type { ControlEvent, ControlRequest } from './control.ts'
import { encodeFrame, FrameReader } from './frames.ts'

export class ControlChannel {
  readonly fd: number
  readonly #frames = new FrameReader()
  readonly #chunk = new Uint8Array(65536)
  #queue: ControlRequest[] = []
  #isClosed = false

  constructor(fd: number) {
    this.fd = fd
  }

  /** The command is gone, or has closed its end. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Waits for the next request; undefined when there will be none. */
  receive(): ControlRequest | undefined {
    while (this.#queue.length === 0 && !this.#isClosed) this.#read()
    return this.#queue.shift()
  }

  /** The requests that have come; call it when the fd is readable, or else it waits for one. */
  drain(): ControlRequest[] {
    if (this.#queue.length === 0 && !this.#isClosed) this.#read()
    const requests = this.#queue
    this.#queue = []
    return requests
  }

  /** A command that is gone is not told anything: not an error. */
  send(event: ControlEvent): void {
    const frame = encodeFrame(event)
    try {
      for (let at = 0; at < frame.length; ) at += writeSync(this.fd, frame, at)
    } catch {
      this.#isClosed = true
    }
  }

  #read(): void {
    let length = 0
    try {
      length = readSync(this.fd, this.#chunk)
    } catch {
      // ECONNRESET is as good as the end.
    }
    if (length === 0) this.#isClosed = true
    else
      this.#queue.push(...(this.#frames.push(this.#chunk.subarray(0, length)) as ControlRequest[]))
  }
}
