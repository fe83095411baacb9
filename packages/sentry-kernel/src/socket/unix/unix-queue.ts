// What waits in a unix socket to be received. (socket/unix)

import type { FileDescription } from '../../vfs/file-description.ts'
import { NO_FILES, type PeerCredentials } from '../message.ts'
import type { UnixSocket } from './unix-socket.ts'

/** Linux's sk_buff of a unix socket. */
export interface UnixMessage {
  readonly data: Uint8Array
  /** Bytes already read of a stream's message. */
  start: number
  /** What it counts against the sender's SO_SNDBUF. */
  readonly charge: number
  readonly sender: UnixSocket
  /** The sender's name when it was sent. */
  readonly from: Uint8Array
  files: readonly FileDescription[]
  /** User id that the files count against. */
  readonly uid: number
  readonly credentials: PeerCredentials
}

/** skb->truesize of `length` bytes: the buffer rounded up as kmalloc does, and the headers. */
export function chargeOf(length: number): number {
  const head = length + 320
  const size = head <= 4096 ? 2 ** Math.ceil(Math.log2(Math.max(512, head))) : length + 4096
  return size + 256
}

/** First in, first out. */
export class UnixQueue {
  #messages: UnixMessage[] = []
  #head = 0
  /** Bytes to read. */
  bytes = 0

  get length(): number {
    return this.#messages.length - this.#head
  }
  at(index: number): UnixMessage | undefined {
    return this.#messages[this.#head + index]
  }
  push(message: UnixMessage): void {
    this.#messages.push(message)
    this.bytes += message.data.length
  }
  /** The first message was read, or part of it. */
  consume(bytes: number): void {
    this.#messages[this.#head]!.start += bytes
    this.bytes -= bytes
  }
  /** Takes the first message out; what was not read of it is lost. */
  shift(): UnixMessage | undefined {
    const message = this.#messages[this.#head]
    if (message === undefined) return undefined
    this.bytes -= message.data.length - message.start
    this.#head++
    if (this.#head === this.#messages.length) {
      this.#messages.length = 0
      this.#head = 0
    } else if (this.#head >= 64) {
      this.#messages.splice(0, this.#head)
      this.#head = 0
    }
    return message
  }
  *files(): Generator<FileDescription> {
    for (let i = this.#head; i < this.#messages.length; i++) yield* this.#messages[i]!.files
  }
}

/** Takes the files out of a message. */
export function takeFiles(message: UnixMessage): readonly FileDescription[] {
  const { files } = message
  message.files = NO_FILES
  return files
}
