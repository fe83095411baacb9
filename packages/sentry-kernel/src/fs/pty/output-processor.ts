// Terminal output: OPOST, and echoes as they look on the screen. (fs/pty)
// Linux drivers/tty/n_tty.c: do_output_char, __process_echoes.

import {
  ECHOCTL,
  IUTF8,
  OCRNL,
  OLCUC,
  ONLCR,
  ONLRET,
  ONOCR,
  OPOST,
  TABDLY,
  XTABS,
} from '@tsvisor/abi'
import { ByteQueue } from './byte-queue.ts'
import type { Termios } from './termios.ts'

const TAB = 9
const NEWLINE = 10
const RETURN = 13
const BACKSPACE = 8
const SPACE = 32
const CARET = 0x5e

export const isControl = (c: number): boolean => c < 32 || c === 127
export const isContinuation = (c: number, termios: Termios): boolean =>
  (termios.iflag & IUTF8) !== 0 && (c & 0xc0) === 0x80

/** Writes what a terminal shows into a queue, and knows the column of the cursor. */
export class OutputProcessor {
  readonly #screen: ByteQueue
  /** Echoes while output is stopped. */
  readonly #held = new ByteQueue(4096)
  #queue: ByteQueue
  column = 0
  /** Where the input line being edited began. */
  canonColumn = 0

  constructor(queue: ByteQueue) {
    this.#screen = queue
    this.#queue = queue
  }
  /** Output is stopped: echoes wait. */
  hold(): void {
    this.#queue = this.#held
  }
  letGo(): void {
    this.#queue = this.#screen
    while (this.#held.length > 0 && this.#screen.room > 0) this.#screen.push(this.#held.shift())
  }

  /** One byte of program output; false when there is no room. */
  put(c: number, termios: Termios): boolean {
    if ((termios.oflag & OPOST) === 0) {
      if (this.#queue.room < 1) return false
      this.#queue.push(c)
      return true
    }
    return this.#processed(c, termios)
  }

  #processed(c: number, termios: Termios): boolean {
    const queue = this.#queue
    const { oflag } = termios
    let out = c
    if (queue.room < 1) return false
    if (c === NEWLINE) {
      if (oflag & ONLRET) this.column = 0
      if (oflag & ONLCR) {
        if (queue.room < 2) return false
        this.canonColumn = this.column = 0
        queue.push(RETURN)
      } else this.canonColumn = this.column
    } else if (c === RETURN) {
      if (oflag & ONOCR && this.column === 0) return true
      if (oflag & OCRNL) {
        out = NEWLINE
        if (oflag & ONLRET) this.canonColumn = this.column = 0
      } else this.canonColumn = this.column = 0
    } else if (c === TAB) {
      const spaces = 8 - (this.column & 7)
      if ((oflag & TABDLY) === XTABS) {
        if (queue.room < spaces) return false
        for (let i = 0; i < spaces; i++) queue.push(SPACE)
        this.column += spaces
        return true
      }
      this.column += spaces
    } else if (c === BACKSPACE) {
      if (this.column > 0) this.column--
    } else if (!isControl(c)) {
      if (oflag & OLCUC && c >= 0x61 && c <= 0x7a) out = c - 32
      if (!isContinuation(c, termios)) this.column++
    }
    queue.push(out)
    return true
  }

  /** An input character as an echo: control characters as ^X with ECHOCTL. */
  echo(c: number, termios: Termios): void {
    if (termios.lflag & ECHOCTL && isControl(c) && c !== TAB) {
      if (this.#queue.room < 2) return
      this.#queue.push(CARET)
      this.#queue.push(c ^ 0x40)
      this.column += 2
    } else this.put(c, termios)
  }
  /** Takes back a tab that followed `chars` columns since the line's start, or since another tab. */
  eraseTab(chars: number, from: 'line' | 'tab'): void {
    const columns = from === 'line' ? chars + this.canonColumn : chars
    for (let i = 8 - (columns & 7); i > 0; i--) {
      if (this.#queue.room > 0) this.#queue.push(BACKSPACE)
      if (this.column > 0) this.column--
    }
  }
}
