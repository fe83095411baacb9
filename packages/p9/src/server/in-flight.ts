// Requests that wait for their operation. (p9)

import type { MessageName } from '../messages.ts'
import type { Operation } from '../signal.ts'
import type { Writer } from '../wire.ts'

export interface Pending {
  readonly name: MessageName
  readonly tag: number
  readonly operation: Operation
  /** Lets go of its fids. */
  readonly unpin: () => void
  /** The reply's place, where data is read to it. */
  readonly writer: Writer | undefined
  /** What it holds until it is done. */
  readonly bytes: number
  /** Tags of the flushes to answer after it. */
  readonly flushes: number[]
  /** Nobody waits for the reply. */
  abandoned: boolean
}

/** Their results change nothing that the client must know of: a flush need not wait for them. */
const STATELESS = new Set<MessageName>([
  'getattr',
  'statfs',
  'read',
  'readdir',
  'readlink',
  'getlock',
  'fsync',
  'list',
  'getxattr',
  'listxattr',
])

/** Flushes of one request that are held back at most. */
const MAX_FLUSHES = 64

export class InFlight {
  readonly #byTag = new Map<number, Pending>()
  /** Operations that run, answered or not. */
  count = 0
  bytes = 0

  has(tag: number): boolean {
    return this.#byTag.has(tag)
  }

  add(pending: Pending): void {
    this.#byTag.set(pending.tag, pending)
    this.count++
    this.bytes += pending.bytes
  }

  /** The operation has settled. */
  done(pending: Pending): void {
    this.count--
    this.bytes -= pending.bytes
    if (!pending.abandoned) this.#byTag.delete(pending.tag)
    pending.unpin()
  }

  /** Aborts what `oldtag` asked for; whether `tag` is to be answered now or after it. */
  flush(oldtag: number, tag: number, reason: unknown): 'now' | 'after' {
    const pending = this.#byTag.get(oldtag)
    if (pending === undefined) return 'now'
    if (STATELESS.has(pending.name)) {
      this.#abandon(pending, reason)
      return 'now'
    }
    if (pending.flushes.length >= MAX_FLUSHES) return 'now'
    pending.flushes.push(tag)
    pending.operation.abort(reason)
    return 'after'
  }

  /** Aborts all; none is answered. */
  clear(reason: unknown): void {
    for (const pending of [...this.#byTag.values()]) this.#abandon(pending, reason)
  }

  #abandon(pending: Pending, reason: unknown): void {
    pending.abandoned = true
    this.#byTag.delete(pending.tag)
    pending.operation.abort(reason)
  }
}
