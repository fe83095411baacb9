// One control connection as the sandbox process has it: nothing here waits for the other end. (runsc)

import { EAGAIN, EINTR, Errno } from '@tsvisor/abi'
import {
  close,
  MAX_PASSED_FDS,
  MSG_DONTWAIT,
  monotonicNs,
  poll1,
  recvmsg,
  sendmsg,
} from '@tsvisor/host'
import { Malformed } from './check.ts'
import type { ControlEvent, ControlRequest, PassedName } from './control.ts'
import { encodeFrame, FrameReader } from './frames.ts'
import { PassedFds } from './passed-fds.ts'
import { checkRequest } from './request-check.ts'

const POLLIN = 1
const POLLOUT = 4
const NO_FDS: readonly number[] = []
/** Descriptors without a frame that names them: as many as come with one message. */
const MAX_SPARE_FDS = MAX_PASSED_FDS
/** What a client may leave unread before it is taken for dead, bytes. */
const MAX_UNSENT = 8 << 20
/** The same for log lines, which are then dropped. */
const MAX_UNSENT_LOG = 256 << 10
/** Reads in a row: others want their turn. */
const MAX_READS = 8

const chunk = new Uint8Array(65536)

export interface PeerHandlers {
  /**
   * A request. The next one comes after the reply, so that a client that does not wait for its replies
   * waits in its own write. Unless it was taken, what came with it is closed.
   */
  readonly onRequest: (request: ControlRequest, passed: PassedFds) => void
  /** The other end is gone; called once, not for `close`. */
  readonly onClosed: () => void
  /** Calls back in another turn of the loop. */
  readonly later: (step: () => void) => void
}

interface Received {
  readonly message: unknown
  readonly fds: readonly number[]
}

export class ControlPeer {
  readonly fd: number
  readonly #frames: FrameReader
  #handlers: PeerHandlers | undefined
  #unwatch: (() => void) | undefined
  readonly #received: Received[] = []
  /** Descriptors that came and that no frame has named yet. */
  #spare: number[] = []
  readonly #unsent: Uint8Array[] = []
  #unsentBytes = 0
  /** A request has no reply yet. */
  #busy = false
  #closed = false

  constructor(fd: number, maxFrame: number) {
    this.fd = fd
    this.#frames = new FrameReader(maxFrame)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Waits for the first request; undefined when there will be none. Errors: Malformed. */
  receive(): { request: ControlRequest; passed: PassedFds } | undefined {
    while (this.#received.length === 0) {
      while (poll1(this.fd, POLLIN, -1) === 0);
      if (this.#read() === 'end') return undefined
    }
    return decode(this.#received.shift()!)
  }

  /** From now on in the loop. `watch` is the poller's. */
  serve(watch: (fd: number, notify: () => void) => () => void, handlers: PeerHandlers): void {
    this.#handlers = handlers
    this.#unwatch = watch(this.fd, () => this.#ready())
  }

  /** An event, or the reply to the request. Who does not read is given up. */
  send(event: ControlEvent): void {
    if (this.#closed) return
    if (event.type === 'log' && this.#unsentBytes > MAX_UNSENT_LOG) return
    const frame = encodeFrame(event)
    this.#unsent.push(frame)
    this.#unsentBytes += frame.length
    this.#write()
    if (this.#unsentBytes > MAX_UNSENT) this.#lose()
  }

  /** The reply to the request at hand. */
  reply(event: ControlEvent): void {
    this.#busy = false
    this.send(event)
    // Not here: whoever replies is in the middle of something.
    if (!this.#closed) this.#handlers?.later(() => this.#ready())
  }

  /** Waits until all is with the other end's socket, or the time is over. */
  flush(timeoutMs: number): void {
    const end = monotonicNs() + timeoutMs * 1e6
    while (!this.#closed && this.#unsentBytes > 0) {
      const left = (end - monotonicNs()) / 1e6
      if (left <= 0) return
      poll1(this.fd, POLLOUT, Math.ceil(left))
      this.#write()
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#unwatch?.()
    close(this.fd)
    for (const { fds } of this.#received.splice(0)) for (const fd of fds) close(fd)
    for (const fd of this.#spare.splice(0)) close(fd)
    this.#unsent.length = 0
    this.#unsentBytes = 0
  }

  #lose(): void {
    if (this.#closed) return
    this.close()
    this.#handlers?.onClosed()
  }

  #ready(): void {
    this.#write()
    for (let reads = 0; !this.#closed; reads++) {
      this.#handle()
      if (this.#busy || this.#closed) return
      if (reads === MAX_READS) {
        this.#handlers?.later(() => this.#ready())
        return
      }
      const result = this.#read()
      if (result === 'nothing') return
      if (result === 'end') {
        this.#lose()
        return
      }
    }
  }

  #handle(): void {
    while (!this.#busy && !this.#closed) {
      const received = this.#received.shift()
      if (received === undefined) return
      this.#busy = true
      try {
        const { request, passed } = decode(received)
        try {
          this.#handlers!.onRequest(request, passed)
        } finally {
          passed.closeRest()
        }
      } catch (error) {
        if (!(error instanceof Malformed)) throw error
        this.reply({ type: 'error', message: `malformed request: ${error.message}` })
      }
    }
  }

  #read(): 'some' | 'nothing' | 'end' {
    try {
      const length = recvmsg(this.fd, chunk, this.#spare, MSG_DONTWAIT)
      if (length === 0) return 'end'
      for (const message of this.#frames.push(chunk.subarray(0, length)))
        this.#received.push({ message, fds: this.#spare.splice(0, passedCount(message)) })
      return this.#spare.length > MAX_SPARE_FDS ? 'end' : 'some'
    } catch (error) {
      if (error === EINTR) return 'some'
      // Of no more use: no frames, or no socket.
      return error === EAGAIN ? 'nothing' : 'end'
    }
  }

  #write(): void {
    while (this.#unsent.length > 0) {
      const [frame] = this.#unsent
      try {
        const sent = sendmsg(this.fd, frame!, NO_FDS, MSG_DONTWAIT)
        this.#unsentBytes -= sent
        if (sent < frame!.length) this.#unsent[0] = frame!.subarray(sent)
        else this.#unsent.shift()
      } catch (error) {
        if (error === EINTR) continue
        if (error === EAGAIN) return
        if (!(error instanceof Errno)) throw error
        this.#lose()
        return
      }
    }
  }
}

/** How many descriptors a frame says that it has with it. */
function passedCount(message: unknown): number {
  const passes = (message as { passes?: unknown } | null)?.passes
  return Array.isArray(passes) ? Math.min(passes.length, MAX_SPARE_FDS) : 0
}

/** Errors: Malformed; then what came with it is closed. */
function decode({ message, fds }: Received): { request: ControlRequest; passed: PassedFds } {
  try {
    const request = checkRequest(message, 'request')
    const names: readonly PassedName[] = ('passes' in request && request.passes) || []
    if (new Set(names).size !== names.length) throw new Malformed('request.passes: names twice')
    if (names.length !== fds.length)
      throw new Malformed(`request.passes: ${fds.length} of ${names.length} descriptors came`)
    return { request, passed: new PassedFds(names, fds) }
  } catch (error) {
    for (const fd of fds) close(fd)
    throw error
  }
}
