// A control connection of a command that waits for its sandbox and nothing else. (runsc)
//
// No thread, no event loop: the command sleeps in poll(2). To start those would take longer than most
// requests do.

import { EAGAIN, ECONNRESET, EINTR, EPIPE } from '@tsvisor/abi'
import {
  close,
  MSG_DONTWAIT,
  POLLIN,
  POLLOUT,
  type PollEntry,
  pollFirst,
  recv,
  sendmsg,
} from '@tsvisor/host'
import type { ControlEvent, ControlRequest } from '../boot/control.ts'
import { checkEvent } from '../boot/event-check.ts'
import { FrameReader } from '../boot/frames.ts'
import {
  ControlLost,
  connectControl,
  debug,
  type EventOf,
  MAX_KEPT,
  type Outgoing,
  outgoing,
  type Passed,
  type Reply,
  wanted,
} from './control-end.ts'

/** A descriptor to be looked after while the sandbox is waited for. */
export interface Aside {
  readonly fd: number
  readonly onReadable: () => void
}

const BUFFER = 16_384
/** What a sandbox that has stopped to listen need not be told. */
const MAX_UNSENT = 1024

export class ControlCall {
  readonly #fd: number
  readonly #frames = new FrameReader()
  readonly #bytes = new Uint8Array(BUFFER)
  readonly #unsent: Outgoing[] = []
  /** One for each reply that is to come: whether somebody waits for it. */
  readonly #awaited: boolean[] = []
  readonly #replies: ControlEvent[] = []
  readonly #ends: EventOf<'exited' | 'fatal'>[] = []
  #aside: Aside | undefined
  #giveUpAt = Number.POSITIVE_INFINITY

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** To the socket of a sandbox in `directory`. Errors: as `connectControl`. */
  static open(directory: string, name = 'control.sock'): ControlCall {
    return new ControlCall(connectControl(directory, name))
  }

  /** From now on. */
  lookAfter(aside: Aside): void {
    this.#aside = aside
  }

  /** Whoever waits when this time is over gets ControlLost. */
  limit(milliseconds: number): void {
    this.#giveUpAt = Date.now() + milliseconds
  }

  /** The reply to a request. Errors: ControlError when the answer is no, ControlLost. */
  request<K extends Reply>(request: ControlRequest, reply: K, passed: Passed = {}): EventOf<K> {
    this.#ask(request, passed, true)
    while (this.#replies.length === 0) this.#wait()
    const event = this.#replies.shift()!
    const answer = wanted(event, reply)
    if (answer) return answer
    throw new ControlLost(`it answered ${event.type} to ${request.type}`)
  }

  /** A request whose reply nobody waits for. */
  tell(request: ControlRequest): void {
    if (this.#unsent.length < MAX_UNSENT) this.#ask(request, {}, false)
  }

  /** The `exited` that follows `exec` or `wait`. Errors: ControlError when it is `fatal`, ControlLost. */
  ended(): EventOf<'exited'> {
    while (this.#ends.length === 0) this.#wait()
    const end = wanted(this.#ends.shift()!, 'exited')
    return end!
  }

  close(): void {
    close(this.#fd)
  }

  #ask(request: ControlRequest, passed: Passed, isAwaited: boolean): void {
    this.#unsent.push(outgoing(request, passed))
    this.#awaited.push(isAwaited)
    this.#send()
  }

  /** Until something has happened that the caller may have waited for. */
  #wait(): void {
    const isSending = this.#unsent.length > 0
    const entries: PollEntry[] = [{ fd: this.#fd, events: isSending ? POLLIN | POLLOUT : POLLIN }]
    const aside = this.#aside
    if (aside) entries.push({ fd: aside.fd, events: POLLIN })
    const ready = pollFirst(entries, this.#timeLeft())
    if (ready === 1) aside?.onReadable()
    if (ready !== 0) return
    this.#send()
    this.#receive()
  }

  /** Milliseconds as for poll(2). */
  #timeLeft(): number {
    if (this.#giveUpAt === Number.POSITIVE_INFINITY) return -1
    const left = this.#giveUpAt - Date.now()
    if (left <= 0) throw new ControlLost('it was not waited for')
    return left
  }

  #send(): void {
    const unsent = this.#unsent
    try {
      while (unsent.length > 0) {
        const { bytes, fds } = unsent[0]!
        const count = sendmsg(this.#fd, bytes, fds, MSG_DONTWAIT)
        if (count === bytes.length) unsent.shift()
        else unsent[0] = { bytes: bytes.subarray(count), fds: [] }
      }
    } catch (error) {
      if (error === EAGAIN || error === EINTR) return
      // Its last words may be there to be read.
      if (error === EPIPE || error === ECONNRESET) unsent.length = 0
      else throw new ControlLost((error as Error).message)
    }
  }

  #receive(): void {
    let events: ControlEvent[]
    try {
      const count = recv(this.#fd, this.#bytes, MSG_DONTWAIT)
      if (count === 0) throw new Error('it closed the connection')
      const frames = this.#frames.push(this.#bytes.subarray(0, count))
      events = frames.map(frame => checkEvent(frame, 'event'))
    } catch (error) {
      if (error === EAGAIN || error === EINTR) return
      throw new ControlLost((error as Error).message)
    }
    for (const event of events) this.#take(event)
  }

  #take(event: ControlEvent): void {
    debug?.(`hears ${JSON.stringify(event)}`)
    if (event.type === 'exited' || event.type === 'fatal') {
      if (this.#ends.push(event) > MAX_KEPT) throw new ControlLost('it does not stop')
      return
    }
    const isAwaited = this.#awaited.shift()
    if (isAwaited === undefined) throw new ControlLost(`it sent ${event.type} unasked`)
    if (isAwaited) this.#replies.push(event)
  }
}
