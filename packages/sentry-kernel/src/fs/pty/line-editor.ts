// The line being typed in canonical mode: erasing, and how that looks. (fs/pty)
// Linux drivers/tty/n_tty.c: eraser.

import { ECHO, ECHOCTL, ECHOE, ECHOK, ECHOKE, ECHOPRT, VERASE, VKILL } from '@tsvisor/abi'
import { isContinuation, isControl, type OutputProcessor } from './output-processor.ts'
import type { Termios } from './termios.ts'

const TAB = 9
const NEWLINE = 10
const BACKSPACE = 8
const SPACE = 32
const SLASH = 0x2f
const BACKSLASH = 0x5c
const KILL_VISIBLY = ECHOK | ECHOKE | ECHOE

interface Screen {
  readonly termios: Termios
  readonly output: OutputProcessor
}

export class LineEditor {
  readonly #screen: Screen
  #text: number[] = []
  /** ECHOPRT: inside \…/ */
  #erasing = false

  constructor(screen: Screen) {
    this.#screen = screen
  }
  get length(): number {
    return this.#text.length
  }
  push(c: number): void {
    this.#text.push(c)
  }
  /** The text; the line starts anew. */
  take(): number[] {
    const text = this.#text
    this.#text = []
    this.#erasing = false
    return text
  }

  finishErasing(): void {
    if (!this.#erasing) return
    this.#erasing = false
    this.#put(SLASH)
  }
  #put(c: number): void {
    this.#screen.output.put(c, this.#screen.termios)
  }
  #echo(c: number): void {
    this.#screen.output.echo(c, this.#screen.termios)
  }

  /** VREPRINT: the line once more on a new one. */
  reprint(c: number): void {
    this.finishErasing()
    this.#echo(c)
    this.#put(NEWLINE)
    for (const typed of this.#text) this.#echo(typed)
  }

  erase(what: 'character' | 'word' | 'line'): void {
    const { termios } = this.#screen
    const { lflag, cc } = termios
    const text = this.#text
    if (text.length === 0) return
    if (what === 'line') {
      if ((lflag & ECHO) === 0) {
        text.length = 0
        return
      }
      if ((lflag & KILL_VISIBLY) !== KILL_VISIBLY) {
        text.length = 0
        this.finishErasing()
        this.#echo(cc[VKILL]!)
        if (lflag & ECHOK) this.#put(NEWLINE)
        return
      }
    }
    let inWord = false
    while (text.length > 0) {
      // One character may be several bytes.
      let head = text.length
      do head--
      while (isContinuation(text[head]!, termios) && head > 0)
      const c = text[head]!
      if (isContinuation(c, termios)) break
      if (what === 'word') {
        if (isWordByte(c)) inWord = true
        else if (inWord) break
      }
      const bytes = text.splice(head)
      if (lflag & ECHO) this.#showErased(bytes, what)
      if (what === 'character') break
    }
    if (text.length === 0 && lflag & ECHO) this.finishErasing()
  }

  #showErased(bytes: readonly number[], what: 'character' | 'word' | 'line'): void {
    const { termios, output } = this.#screen
    const { lflag, cc } = termios
    const c = bytes[0]!
    if (lflag & ECHOPRT) {
      if (!this.#erasing) {
        this.#put(BACKSLASH)
        this.#erasing = true
      }
      this.#echo(c)
      for (const more of bytes.slice(1)) this.#put(more)
    } else if (what === 'character' && (lflag & ECHOE) === 0) {
      this.#echo(cc[VERASE]!)
    } else if (c === TAB) {
      const { columns, from } = this.#columnsBeforeTab()
      output.eraseTab(columns, from)
    } else {
      if (isControl(c) && lflag & ECHOCTL) this.#rubOut()
      if (!isControl(c) || lflag & ECHOCTL) this.#rubOut()
    }
  }
  #rubOut(): void {
    this.#put(BACKSPACE)
    this.#put(SPACE)
    this.#put(BACKSPACE)
  }
  /** Columns used since the line's start or the last tab. */
  #columnsBeforeTab(): { columns: number; from: 'line' | 'tab' } {
    const { termios } = this.#screen
    let columns = 0
    for (let i = this.#text.length - 1; i >= 0; i--) {
      const c = this.#text[i]!
      if (c === TAB) return { columns, from: 'tab' }
      if (isControl(c)) columns += termios.lflag & ECHOCTL ? 2 : 0
      else if (!isContinuation(c, termios)) columns++
    }
    return { columns, from: 'line' }
  }
}

/** isalnum of the kernel's Latin-1 table, and "_". */
const isWordByte = (c: number): boolean =>
  (c >= 0x30 && c <= 0x39) ||
  (c >= 0x41 && c <= 0x5a) ||
  (c >= 0x61 && c <= 0x7a) ||
  c === 0x5f ||
  (c >= 0xc0 && c !== 0xd7 && c !== 0xf7)
