// Requests under way at a client, and those that wait for their turn. (p9)

import { NOTAG } from '../constants.ts'
import type { MessageName } from '../messages.ts'

export interface Call {
  readonly name: MessageName
  readonly request: unknown
  resolve(reply: unknown): void
  reject(error: unknown): void
  /** Where the data of a read goes. */
  readonly into: Uint8Array | undefined
  /** Set while it is under way. */
  tag: number
  /** Aborted: what to reject with when the server lets go of it. */
  flushed: { readonly reason: unknown } | undefined
}

/** Tags that are kept for flushes, whatever else is under way. */
const KEPT_FOR_FLUSHES = 1024

export class CallQueue {
  readonly #calls = new Map<number, Call>()
  readonly #waiting: Call[] = []
  readonly #freeTags: number[] = []
  readonly #max: number
  #nextTag = 0

  constructor(max: number) {
    this.#max = Math.min(max, NOTAG - KEPT_FOR_FLUSHES)
  }

  get hasRoom(): boolean {
    return this.#calls.size < this.#max
  }

  get(tag: number): Call | undefined {
    return this.#calls.get(tag)
  }

  /** A tag of its own for the call; `version` has NOTAG. */
  begin(call: Call): void {
    call.tag = call.name === 'version' ? NOTAG : (this.#freeTags.pop() ?? this.#nextTag++)
    this.#calls.set(call.tag, call)
  }

  /** The tag is free: the server answered, and has no flush of it under way. */
  end(call: Call): void {
    this.#calls.delete(call.tag)
    if (call.tag !== NOTAG) this.#freeTags.push(call.tag)
  }

  /** Answered, but a flush of it is under way: its tag is not free before `release`. */
  retire(call: Call): void {
    this.#calls.delete(call.tag)
  }
  release(tag: number): void {
    this.#freeTags.push(tag)
  }

  wait(call: Call): void {
    this.#waiting.push(call)
  }
  /** The call that waited longest. */
  shift(): Call | undefined {
    return this.#waiting.shift()
  }
  /** Whether it had been waiting. */
  cancel(call: Call): boolean {
    const at = this.#waiting.indexOf(call)
    if (at >= 0) this.#waiting.splice(at, 1)
    return at >= 0
  }

  /** All calls; none is left. */
  drain(): Call[] {
    const calls = [...this.#calls.values(), ...this.#waiting.splice(0)]
    this.#calls.clear()
    return calls
  }
}
