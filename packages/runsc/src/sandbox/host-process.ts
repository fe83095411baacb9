// A process that this one has started past Node: its end, noticed and reaped. (runsc)

import { SIGKILL } from '@tsvisor/abi'
import {
  kill,
  type Spawned,
  type SpawnOptions,
  spawn,
  WNOHANG,
  wait4,
  waitStatus,
} from '@tsvisor/host'
import { signalName } from '../boot/status.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly error?: Error
}

/** SIGCHLD says so at once; nothing may depend on it alone. */
const LOOK_EVERY_MS = 100
const NOT_STARTED = 127

export class HostProcess {
  readonly pid: number
  /** As ChildProcess has them: both null while it runs. */
  exitCode: number | null = null
  signalCode: NodeJS.Signals | null = null
  /** Resolves when it has ended. Never rejects. */
  readonly exit: Promise<Exit>
  readonly #spawned: Spawned
  readonly #timer: NodeJS.Timeout
  readonly #look = () => this.#reap()
  #ended: (exit: Exit) => void = () => {}

  /** Errors: those of `spawn`. */
  constructor(options: SpawnOptions) {
    this.#spawned = spawn(options)
    this.pid = this.#spawned.pid
    this.exit = new Promise(resolve => void (this.#ended = resolve))
    process.on('SIGCHLD', this.#look)
    this.#timer = setInterval(this.#look, LOOK_EVERY_MS)
  }

  get isGone(): boolean {
    return this.exitCode !== null || this.signalCode !== null
  }

  /** This process need not stay for its end. */
  unref(): void {
    this.#timer.unref()
  }

  /** Kills it and the group of the session that it leads; those outlive it for as long as they like. */
  killGroup(): void {
    kill(-this.pid, SIGKILL)
    // Once reaped, the number may be somebody else's.
    if (!this.isGone) kill(this.pid, SIGKILL)
  }

  #reap(): void {
    if (this.isGone || wait4(this.pid, WNOHANG) !== this.pid) return
    process.off('SIGCHLD', this.#look)
    clearInterval(this.#timer)
    const status = waitStatus()
    const signal = status & 0x7f
    if (signal === 0) this.exitCode = (status >> 8) & 0xff
    else this.signalCode = signalName(signal) as NodeJS.Signals
    const error = this.exitCode === NOT_STARTED ? this.#spawned.failure() : undefined
    this.#spawned.release()
    this.#ended({ code: this.exitCode, signal: this.signalCode, ...(error && { error }) })
  }
}
