// An engine's end of --console-socket: takes the master of the terminal, types, looks. (runsc tests)

import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  accept,
  bindUnix,
  close,
  listen,
  read,
  recvmsg,
  SOCK_STREAM,
  setFlags,
  setWindowSize,
  unixSocket,
  write,
} from '@tsvisor/host'

const O_RDWR_NONBLOCK = 0o4002
const WAIT_MS = 30_000

export class ConsoleSocket {
  readonly path: string
  readonly #listener: number
  #master = -1
  #screen = ''
  #seen = 0

  private constructor(path: string, listener: number) {
    this.path = path
    this.#listener = listener
  }

  /** A socket in a new directory. */
  static async listen(directory: string): Promise<ConsoleSocket> {
    mkdirSync(directory)
    const listener = unixSocket(SOCK_STREAM)
    const fd = openSync(directory, 'r')
    bindUnix(listener, `/proc/self/fd/${fd}/console`)
    closeSync(fd)
    listen(listener, 1)
    return new ConsoleSocket(join(directory, 'console'), listener)
  }

  /** Waits until `text` is on the screen, after what was waited for before. */
  async shows(text: string): Promise<void> {
    if (this.#master === -1) this.#master = this.#receive()
    const chunk = new Uint8Array(4096)
    for (let deadline = Date.now() + WAIT_MS; ; ) {
      const at = this.#screen.indexOf(text, this.#seen)
      if (at !== -1) {
        this.#seen = at + text.length
        return
      }
      if (Date.now() > deadline) throw new Error(`not shown: ${text}; the screen: ${this.#screen}`)
      try {
        this.#screen += Buffer.from(chunk.subarray(0, read(this.#master, chunk))).toString('latin1')
      } catch {
        // Nothing to read yet, or the other side is closed.
        await sleep(20)
      }
    }
  }

  type(text: string): void {
    write(this.#master, new TextEncoder().encode(text))
  }

  resize(rows: number, columns: number): void {
    setWindowSize(this.#master, { rows, columns, xPixels: 0, yPixels: 0 })
  }

  close(): void {
    close(this.#master)
    close(this.#listener)
  }

  #receive(): number {
    const connection = accept(this.#listener, 0)
    const fds: number[] = []
    recvmsg(connection, new Uint8Array(100), fds, 0)
    close(connection)
    const [master] = fds
    if (master === undefined || fds.length !== 1) throw new Error(`${fds.length} descriptors came`)
    setFlags(master, O_RDWR_NONBLOCK)
    return master
  }
}
