// The log that engines read: --log FILE in text or JSON, one line an entry. (runsc)

import { closeSync, openSync, writeSync } from 'node:fs'
import { Failure, reasonOf } from '../failure.ts'

export type LogFormat = 'text' | 'json'
export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

/** Writes nothing until it is opened. Lines are logrus's, which docker, podman and containerd parse. */
export class Log {
  #fd = -1
  #format: LogFormat = 'text'
  #debug = false

  /** Appends to `path` from now on. Errors: Failure. */
  open(path: string, format: LogFormat): void {
    try {
      const fd = openSync(path, 'a', 0o644)
      if (this.#fd !== -1) closeSync(this.#fd)
      this.#fd = fd
      this.#format = format
    } catch (error) {
      throw new Failure(`--log ${path}: ${reasonOf(error)}`)
    }
  }

  /** Debug entries are written from now on. */
  enableDebug(): void {
    this.#debug = true
  }

  write(level: LogLevel, message: string): void {
    if (this.#fd === -1 || (level === 'debug' && !this.#debug)) return
    const time = new Date().toISOString()
    const line =
      this.#format === 'json'
        ? JSON.stringify({ level, msg: message, time })
        : `time=${JSON.stringify(time)} level=${level} msg=${JSON.stringify(message)}`
    try {
      writeSync(this.#fd, `${line}\n`)
    } catch {
      // A full disk under the log must not stop the container.
    }
  }
}
