// A person at a terminal: types, waits for what the screen should say, resizes. (runsc tests)

import { type ChildProcess, spawn } from 'node:child_process'
import { createReadStream, writeSync } from 'node:fs'
import { close, openpty, setWindowSize } from '@tsvisor/host'

const WAIT_MS = 10_000

export class PseudoTerminal {
  readonly child: ChildProcess
  /** The exit status once it is over. */
  readonly ended: Promise<number | null>
  readonly #master: number
  #screen = ''
  /** Up to here it has been expected. */
  #seen = 0
  #wake = () => {}

  /** Starts a command on a new terminal of 24 rows, 80 columns. */
  constructor(command: readonly string[]) {
    const { master, slave } = openpty()
    this.#master = master
    this.resize(24, 80)
    this.child = spawn('setsid', ['-c', ...command], { stdio: [slave, slave, slave] })
    close(slave)
    this.ended = new Promise(resolve => this.child.once('exit', resolve))
    createReadStream('', { fd: master, autoClose: false, encoding: 'latin1' })
      .on('data', data => {
        this.#screen += data
        this.#wake()
      })
      // EIO: nobody has the other side open.
      .on('error', () => close(master))
  }

  /** All that was shown so far. */
  get screen(): string {
    return this.#screen
  }

  type(text: string): void {
    writeSync(this.#master, text, null, 'latin1')
  }

  resize(rows: number, columns: number): void {
    setWindowSize(this.#master, { rows, columns, xPixels: 0, yPixels: 0 })
  }

  /** Waits until `text` is shown, after what was waited for before. */
  async shows(text: string): Promise<void> {
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      const at = this.#screen.indexOf(text, this.#seen)
      if (at !== -1) {
        this.#seen = at + text.length
        return
      }
      const left = deadline - Date.now()
      if (left <= 0) {
        this.child.kill('SIGKILL')
        throw new Error(`not shown: ${JSON.stringify(text)}; the screen: ${this.#screen}`)
      }
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}
