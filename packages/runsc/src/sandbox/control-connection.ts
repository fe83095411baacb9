// The command's end of a control connection: requests with descriptors out, checked events in. (runsc)

import { closeSync, openSync } from 'node:fs'
import { close, connectUnix, SOCK_NONBLOCK, SOCK_STREAM, setFlags, unixSocket } from '@tsvisor/host'
import type { ControlEvent, ControlRequest, PassedName } from '../boot/control.ts'
import { checkEvent } from '../boot/control-check.ts'
import { encodeFrame, FrameReader } from '../boot/frames.ts'
import { debugOf } from '../debug.ts'
import { Channel } from './channel.ts'

type Reply = ControlEvent['type']
export type EventOf<K extends Reply> = Extract<ControlEvent, { readonly type: K }>

/** The sandbox process said no: `message` is for the user, `status` for the command's exit. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly status: number | undefined
  readonly lost: 'gofer' | undefined

  constructor({ message, status, lost }: { message: string; status?: number; lost?: 'gofer' }) {
    super(message)
    this.status = status
    this.lost = lost
  }
}

/** The sandbox process is gone, or speaks no protocol. */
export class ControlLost extends Error {
  override readonly name = 'ControlLost'
}

/** Descriptors that go with a request, by name. They stay the caller's. */
export type Passed = Partial<Record<PassedName, number>>

/** What arrives in no answer to a request. */
export interface Unasked {
  /** Each `log` event, on fd 3. */
  readonly onLog?: (event: EventOf<'log'>) => void
}

/** More ends that nobody waited for only somebody hostile would send. */
const MAX_KEPT = 64

interface Waiter {
  readonly resolve: (event: ControlEvent) => void
  readonly reject: (error: Error) => void
}

const STDERR = 2
const debug = debugOf('command', STDERR)

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

  /**
   * Connects to the socket `name` in a directory, whose path may be longer than a socket's may.
   * Errors: Node's of opening the directory, Errno of connecting: ENOENT, ECONNREFUSED when nobody listens …
   */
  static open(directory: string, name = 'control.sock'): ControlConnection {
    const fd = unixSocket(SOCK_STREAM | SOCK_NONBLOCK)
    try {
      connectIn(directory, name, fd)
      setFlags(fd, 0)
    } catch (error) {
      close(fd)
      throw error
    }
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
    if (event.type === 'error' || event.type === 'fatal') throw new ControlError(event)
    if (event.type !== reply) throw this.#lose(`it answered ${event.type} to ${request.type}`)
    return event as EventOf<K>
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
      debug?.(`asks ${JSON.stringify(request)}`)
      this.#asked.push({ resolve, reject })
      const names = Object.keys(passed) as PassedName[]
      const frame = encodeFrame(names.length > 0 ? { ...request, passes: names } : request)
      const fds = names.map(name => passed[name]!)
      this.#channel.send(frame, fds).catch(error => void this.#lose((error as Error).message))
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
    const lost = new ControlLost(`the sandbox process is gone: ${reason}`)
    this.#lost = lost
    this.#channel.close()
    for (const { reject } of [...this.#asked.splice(0), ...this.#ending.splice(0)]) reject(lost)
    return lost
  }
}

function connectIn(directory: string, name: string, socket: number): void {
  const fd = openSync(directory, 'r')
  try {
    connectUnix(socket, `/proc/self/fd/${fd}/${name}`)
  } finally {
    closeSync(fd)
  }
}
