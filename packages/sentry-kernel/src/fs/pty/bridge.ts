// Couples a guest terminal with a host one: keys in, screen out, size along. (fs/pty)

import { EAGAIN, Errno, POLLHUP } from '@tsvisor/abi'
import type { HostFile } from '../../platform/host.ts'
import type { Waiter } from '../../wait-queue.ts'
import type { Pty } from './pty.ts'

const CHUNK = 4096
const CTRL_D = 4

/**
 * Carries bytes between a guest pty's master and a host terminal (or the host's own pty slave) in raw
 * mode, whose two directions are `input` and `output` (they may be one file). Nothing is dropped: what
 * one side does not take stays with the other.
 */
export class TerminalBridge implements Waiter {
  readonly mask = -1
  readonly #tty: Pty
  readonly #input: HostFile
  readonly #output: HostFile
  readonly #end: 'hangup' | 'eof'
  readonly #unwatch: (() => void)[]
  /** Read from the host, not yet taken by the guest's terminal. */
  #typed = new Uint8Array(CHUNK)
  #typedStart = 0
  #typedEnd = 0
  #inputEnded = false
  #closed = false
  #pumping = false
  #onDone: (() => void) | undefined

  /**
   * The end of the input is that of a terminal, which hangs the guest's up, or of a file or pipe:
   * all of it has been typed, and the guest sees an end of file when it wants more.
   */
  constructor(tty: Pty, input: HostFile, output: HostFile, end: 'hangup' | 'eof' = 'hangup') {
    this.#tty = tty
    this.#end = end
    this.#input = input
    this.#output = output
    tty.masterQueue.add(this)
    this.#unwatch = [input.watch(() => this.pump())]
    if (output !== input) this.#unwatch.push(output.watch(() => this.pump()))
    this.pump()
  }

  /** The host terminal's size changed. The guest's foreground job gets SIGWINCH. */
  resize(rows: number, columns: number): void {
    this.#tty.resize({ rows, columns, xPixels: 0, yPixels: 0 })
  }

  /** Waiter: the guest's terminal has output, or room for input. */
  wake(_events: number): void {
    this.pump()
  }

  /** Moves what can be moved, both ways. */
  pump(): void {
    if (this.#closed || this.#pumping) return
    this.#pumping = true
    try {
      while (this.#moveIn() || this.#moveOut());
    } finally {
      this.#pumping = false
    }
    if (this.#onDone === undefined || this.#tty.slaves > 0 || !this.drained) return
    const notify = this.#onDone
    this.#onDone = undefined
    notify()
  }

  /**
   * Calls back once nobody has the guest's terminal open any more, or the host's has hung up, and all
   * output is with the host.
   */
  whenDone(notify: () => void): void {
    this.#onDone = notify
    this.pump()
  }

  #moveIn(): boolean {
    if (this.#typedStart === this.#typedEnd) {
      if (this.#inputEnded || this.#tty.typeRoom === 0) return false
      const got = attempt(() => this.#input.read(this.#typed, -1))
      if (got === undefined) return false
      if (got === 0 && this.#isThere()) {
        // Typed at a terminal that edits lines, as it does until it is raw: the key goes through.
        this.#typed[0] = CTRL_D
        this.#typedStart = 0
        this.#typedEnd = 1
      } else if (got === 'failed' || got === 0) {
        this.#inputEnded = true
        if (this.#end === 'eof') this.#tty.endInput()
        else this.#tty.masterClosed()
        return false
      } else {
        this.#typedStart = 0
        this.#typedEnd = got
      }
    }
    const taken = this.#tty.type(this.#typed.subarray(this.#typedStart, this.#typedEnd))
    this.#typedStart += taken
    return taken > 0
  }
  /** The host's terminal has not hung up. */
  #isThere(): boolean {
    return this.#end === 'hangup' && (this.#input.poll() & POLLHUP) === 0
  }
  #moveOut(): boolean {
    const { outgoing } = this.#tty
    if (outgoing.length === 0) return false
    const written = attempt(() => this.#output.write(outgoing.peek(CHUNK), -1))
    if (written === undefined || written === 0) return false
    // Nobody looks any more: the guest must not wait for that.
    if (written === 'failed') outgoing.clear()
    else outgoing.drop(written)
    this.#tty.drained()
    return true
  }

  /** Everything the guest wrote reached the host. */
  get drained(): boolean {
    return this.#tty.outgoing.length === 0
  }
  /** The host's side has ended: nothing more will be typed. */
  get inputEnded(): boolean {
    return this.#inputEnded
  }

  /** Writes what is left as far as the host takes it, and lets go of both. The host files stay open. */
  close(): void {
    if (this.#closed) return
    this.pump()
    this.#closed = true
    this.#tty.masterQueue.remove(this)
    for (const undo of this.#unwatch) undo()
  }
}

/** Undefined when it would block; 'failed' for every other error of the host. */
function attempt(operation: () => number): number | 'failed' | undefined {
  try {
    return operation()
  } catch (error) {
    if (error === EAGAIN) return undefined
    if (error instanceof Errno) return 'failed'
    throw error
  }
}
