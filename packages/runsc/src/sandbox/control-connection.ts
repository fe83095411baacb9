// A control connection of a command that waits for other things too, its children say. (runsc)

import { setFlags } from '@tsvisor/host'
import type { ControlEvent, ControlRequest } from '../boot/control.ts'
import { checkEvent } from '../boot/event-check.ts'
import { FrameReader } from '../boot/frames.ts'
import { Channel } from './channel.ts'
import {
  ControlError,
  ControlLost,
  connectControl,
  debug,
  type EventOf,
  MAX_KEPT,
  outgoing,
  type Passed,
  type Reply,
  wanted,
} from './control-end.ts'

/** What arrives in no answer to a request. */
export interface Unasked {
  /** Each `log` event, on fd 3. */
  readonly onLog?: (event: EventOf<'log'>) => void
}

interface Waiter {
  readonly resolve: (event: ControlEvent) => void
  readonly reject: (error: Error) => void
}

export class ControlConnection {
  readonly #channel: Channel
  readonly #onLog: Unasked['onLog']
  readonly #frames = new FrameReader()
  /** Requests that have no reply yet, in order. */
  readonly #asked: Waiter[] = []
  /** Calls of `ended`. */
  readonly #ending: Waiter[] = []
  readonly #ends: EventOf<'exited' | 'fatal'>[] = []
  #lost: ControlLost | undefined

  /** That of a child's fd 3, say. */
  constructor(channel: Channel, { onLog }: Unasked = {}) {
    this.#channel = channel
    this.#onLog = onLog
    channel.listen({
      onData: bytes => this.#take(bytes),
      onEnd: error => void this.#lose(error?.message ?? 'it closed the connection'),
    })
  }

  /** To the socket of a sandbox in `directory`. Errors: as `connectControl`. */
  static open(directory: string, name = 'control.sock'): ControlConnection {
    const fd = connectControl(directory, name)
    setFlags(fd, 0)
    return new ControlConnection(new Channel(fd))
  }

  /**
   * Sends a request and waits for its reply, which must be of the named type.
   * Errors: ControlError when the answer is no, ControlLost.
   */
  async request<K extends Reply>(
    request: ControlRequest,
    reply: K,
    passed: Passed = {},
  ): Promise<EventOf<K>> {
    const event = await this.#ask(request, passed)
    const answer = wanted(event, reply)
    if (answer) return answer
    throw this.#lose(`it answered ${event.type} to ${request.type}`)
  }

  /**
   * The `exited` that follows `exec`, `wait` or `boot`. Errors: ControlError when it is `fatal`,
   * ControlLost.
   */
  async ended(): Promise<EventOf<'exited'>> {
    const event =
      this.#ends.shift() ??
      (await new Promise<ControlEvent>((resolve, reject) => {
        if (this.#lost) reject(this.#lost)
        else this.#ending.push({ resolve, reject })
      }))
    if (event.type === 'fatal') throw new ControlError(event)
    return event as EventOf<'exited'>
  }

  /** Nothing is asked any more. What waits for an answer gets ControlLost. */
  close(): void {
    this.#lose('it was not waited for')
  }

  #ask(request: ControlRequest, passed: Passed): Promise<ControlEvent> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#lost)
      this.#asked.push({ resolve, reject })
      const { bytes, fds } = outgoing(request, passed)
      this.#channel.send(bytes, fds).catch(error => void this.#lose((error as Error).message))
    })
  }

  #take(chunk: Uint8Array): void {
    if (this.#lost) return
    try {
      for (const message of this.#frames.push(chunk)) this.#deliver(checkEvent(message, 'event'))
    } catch (error) {
      this.#lose((error as Error).message)
    }
  }

  #deliver(event: ControlEvent): void {
    debug?.(`hears ${JSON.stringify(event)}`)
    if (event.type === 'log') {
      this.#onLog?.(event)
      return
    }
    if (event.type !== 'exited' && event.type !== 'fatal') {
      const asked = this.#asked.shift()
      if (asked) asked.resolve(event)
      else this.#lose(`it sent ${event.type} unasked`)
      return
    }
    // The last word is the answer to everything.
    if (event.type === 'fatal') for (const { resolve } of this.#asked.splice(0)) resolve(event)
    const ending = this.#ending.shift()
    if (ending) ending.resolve(event)
    else if (this.#ends.push(event) > MAX_KEPT) this.#lose('it does not stop')
  }

  #lose(reason: string): ControlLost {
    if (this.#lost) return this.#lost
    const lost = new ControlLost(reason)
    this.#lost = lost
    this.#channel.close()
    for (const { reject } of [...this.#asked.splice(0), ...this.#ending.splice(0)]) reject(lost)
    return lost
  }
}
