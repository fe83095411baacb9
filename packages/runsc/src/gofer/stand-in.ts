// The gofer as its container on the host, where the container has no sandbox process of its own. (runsc)
//
// Engines wait for this process, signal it and resize its terminal. It hands on what it gets to the sandbox
// process, over the control socket, and ends with the status that comes back.

import { EINTR, SIGWINCH } from '@tsvisor/abi'
import type { Source } from '@tsvisor/gofer'
import {
  getWindowSize,
  MSG_DONTWAIT,
  pollReadable,
  read,
  sendmsg,
  setControllingTerminal,
  signalPipe,
} from '@tsvisor/host'
import type { ControlRequest } from '../boot/control.ts'
import { FORWARDED } from '../boot/forwarded.ts'
import { encodeFrame, FrameReader } from '../boot/frames.ts'

/** The sandbox went, and took the container with it. */
const KILLED = 128 + 9
const MAX_FRAME = 65536
const FOR_EVER = -1

const chunk = new Uint8Array(4096)

export class StandIn {
  readonly #control: number
  readonly #terminal: number | undefined
  readonly #frames = new FrameReader(MAX_FRAME)
  #status: number | undefined
  /** Signals for this process. */
  readonly source: Source

  /** To be made before the walls are up. */
  constructor(control: number, terminal: number | undefined) {
    this.#control = control
    this.#terminal = terminal
    // Changes of its size and its end come as signals then.
    if (terminal !== undefined) setControllingTerminal(terminal)
    const pipe = signalPipe([...Object.values(FORWARDED), SIGWINCH])
    this.source = { fd: pipe, onReadable: () => this.#handOn(pipe) }
  }

  /** Waits for the container's exit status; the connection for files has been closed. */
  end(): number {
    while (this.#status === undefined && this.#receive(FOR_EVER) !== 'end');
    return this.#status ?? KILLED
  }

  #handOn(pipe: number): void {
    for (const signo of chunk.slice(0, read(pipe, chunk))) {
      if (signo !== SIGWINCH) this.#tell({ type: 'signal', signo, target: 'init' })
      else if (this.#terminal !== undefined)
        this.#tell({ type: 'winsize', ...getWindowSize(this.#terminal) })
    }
    // Nobody waits for the replies, and they must not pile up.
    while (this.#receive(0) === 'some');
  }

  /** Never waits: the sandbox process may be waiting for a file meanwhile. */
  #tell(request: ControlRequest): void {
    try {
      sendmsg(this.#control, encodeFrame(request), [], MSG_DONTWAIT)
    } catch {
      // It is gone, or has not looked at some thousand signals.
    }
  }

  /** By read(2), which drops descriptors that came along. */
  #receive(timeoutMs: number): 'some' | 'nothing' | 'end' {
    try {
      if (pollReadable([this.#control], timeoutMs) === -1) return 'nothing'
      const length = read(this.#control, chunk)
      if (length === 0) return 'end'
      for (const event of this.#frames.push(chunk.subarray(0, length))) this.#note(event)
      return 'some'
    } catch (error) {
      return error === EINTR ? 'some' : 'end'
    }
  }

  #note(event: unknown): void {
    const { type, status } = (event ?? {}) as { type?: unknown; status?: unknown }
    if (type === 'exited' && Number.isInteger(status)) this.#status = (status as number) & 0xff
  }
}
