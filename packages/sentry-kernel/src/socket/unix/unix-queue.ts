// What waits in a unix socket to be received. (socket/unix)

import type { Time } from '../../platform/host.ts'
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
  /** Where somebody told or asked for them. */
  readonly credentials: PeerCredentials | undefined
  /** When it was sent, to a socket that asked by then. */
  readonly time: Time | undefined
}

/** What the first buffer of an skb holds: SKB_MAX_HEAD of a stream, SKB_MAX_ALLOC of a datagram. */
const HEAD = { stream: 3776, datagram: 16_064 } as const
const PAGE = 4096

/** skb->truesize of `length` bytes: a buffer rounded up as kmalloc does, pages for the rest, and the skb itself. */
export function chargeOf(length: number, kind: 'stream' | 'datagram'): number {
  const rest = Math.max(0, length - HEAD[kind])
  const inPages = Math.min(length, Math.ceil(rest / PAGE) * PAGE)
  const head = 2 ** Math.ceil(Math.log2(Math.max(512, length - inPages + 320)))
  return 256 + head + Math.ceil(inPages / PAGE) * PAGE
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
