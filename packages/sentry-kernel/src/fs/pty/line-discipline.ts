// N_TTY: what happens to typed characters, and what reads get of them. (fs/pty)
// Linux drivers/tty/n_tty.c; termios(3).

import {
  ECHO,
  ECHOCTL,
  ECHONL,
  EXTPROC,
  ICANON,
  ICRNL,
  IEXTEN,
  IGNCR,
  INLCR,
  ISIG,
  ISTRIP,
  IUCLC,
  IXANY,
  IXON,
  NOFLSH,
  PARMRK,
  SIGINT,
  SIGQUIT,
  SIGTSTP,
  VEOF,
  VEOL,
  VEOL2,
  VERASE,
  VINTR,
  VKILL,
  VLNEXT,
  VMIN,
  VQUIT,
  VREPRINT,
  VSTART,
  VSTOP,
  VSUSP,
  VTIME,
  VWERASE,
} from '@tsvisor/abi'
import type { IoTarget } from '../../mm/io.ts'
import { LineEditor } from './line-editor.ts'
import type { OutputProcessor } from './output-processor.ts'
import type { Termios } from './termios.ts'

/** N_TTY_BUF_SIZE */
const BUFFER_SIZE = 4096
const NEWLINE = 10
const RETURN = 13
const CARET = 0x5e
const BACKSPACE = 8
const PARITY_MARK = 0xff

/** What the line discipline needs of its terminal. */
export interface LineHost {
  readonly termios: Termios
  readonly output: OutputProcessor
  /** Sends a signal to the foreground process group. */
  signal(signo: number): void
  /** Drops output that was not read yet, and tells a packet-mode master. */
  flushOutput(): void
  flushedInput(): void
  /** VSTOP and VSTART. */
  stop(): void
  start(): void
  readonly stopped: boolean
}

/**
 * The input side. Canonical mode: bytes wait in the editor until a delimiter ends the line; raw: they
 * are readable at once.
 */
export class LineDiscipline {
  readonly #host: LineHost
  readonly #editor: LineEditor
  /** Readable bytes. */
  #data = new Uint8Array(BUFFER_SIZE)
  #start = 0
  #length = 0
  /** How long each complete line is, the delimiter included; canonical mode only. */
  #lines: { length: number; endsInEof: boolean }[] = []
  /** The next character is literal (VLNEXT). */
  #literal = false
  /** Readable bytes came last at this time, for VTIME between bytes. */
  lastInputNs = 0

  constructor(host: LineHost) {
    this.#host = host
    this.#editor = new LineEditor(host)
  }

  get #canonical(): boolean {
    return (this.#host.termios.lflag & ICANON) !== 0
  }
  /** Bytes that may still be received. A line being edited takes any number, and loses the excess. */
  get room(): number {
    const room = BUFFER_SIZE - 1 - this.#length - this.#editor.length
    return room <= 0 && this.#canonical && this.#length === 0 ? 1 : Math.max(0, room)
  }

  /** Settings changed from `old`: data changes between line and raw form (n_tty_set_termios). */
  configure(old: Termios): void {
    if (((old.lflag ^ this.#host.termios.lflag) & (ICANON | EXTPROC)) === 0) return
    if (this.#canonical) {
      // What is there already becomes one line that has no delimiter.
      this.#lines = this.#length > 0 ? [{ length: this.#length, endsInEof: false }] : []
    } else {
      for (const c of this.#editor.take()) this.#store(c)
      this.#lines = []
    }
    this.#literal = false
  }

  /** One character from the master. */
  receive(byte: number): void {
    const { termios } = this.#host
    const { iflag, lflag } = termios
    let c = byte
    if (iflag & ISTRIP) c &= 0x7f
    if (iflag & IUCLC && lflag & IEXTEN && c >= 0x41 && c <= 0x5a) c += 32
    if (lflag & EXTPROC) {
      this.#store(c)
      return
    }
    if (this.#literal) {
      this.#literal = false
      this.#ordinary(c)
      return
    }
    if (c !== 0 || lflag & ICANON) this.#special(c, termios)
    else this.#ordinary(c)
  }

  #special(byte: number, termios: Termios): void {
    const { iflag, lflag, cc } = termios
    const host = this.#host
    const is = (index: number): boolean => byte !== 0 && byte === cc[index]
    let c = byte
    if (iflag & IXON) {
      if (is(VSTART)) {
        host.start()
        return
      }
      if (is(VSTOP)) {
        host.stop()
        return
      }
    }
    if (lflag & ISIG) {
      if (is(VINTR)) {
        this.#signalChar(SIGINT, c)
        return
      }
      if (is(VQUIT)) {
        this.#signalChar(SIGQUIT, c)
        return
      }
      if (is(VSUSP)) {
        this.#signalChar(SIGTSTP, c)
        return
      }
    }
    this.#unstop(termios)
    if (c === RETURN) {
      if (iflag & IGNCR) return
      if (iflag & ICRNL) c = NEWLINE
    } else if (c === NEWLINE && iflag & INLCR) c = RETURN
    if (lflag & ICANON) this.#canon(c, termios)
    else {
      if (lflag & ECHO) {
        if (byte === RETURN && c === NEWLINE) host.output.put(c, termios)
        else host.output.echo(c, termios)
      }
      this.#keep(c, termios)
    }
  }

  /** A character without a meaning of its own. */
  #ordinary(c: number): void {
    const { termios, output } = this.#host
    this.#unstop(termios)
    if (termios.lflag & ECHO) {
      this.#editor.finishErasing()
      if (this.#editor.length === 0) output.canonColumn = output.column
      output.echo(c, termios)
    }
    this.#keep(c, termios)
  }
  #unstop({ iflag }: Termios): void {
    if (this.#host.stopped && iflag & IXON && iflag & IXANY) this.#host.start()
  }

  #canon(c: number, termios: Termios): void {
    const { lflag, cc } = termios
    const { output } = this.#host
    const editor = this.#editor
    const extended = (lflag & IEXTEN) !== 0
    const is = (index: number): boolean => c !== 0 && c === cc[index]
    if (is(VERASE)) {
      editor.erase('character')
      return
    }
    if (is(VKILL)) {
      editor.erase('line')
      return
    }
    if (extended && is(VWERASE)) {
      editor.erase('word')
      return
    }
    if (extended && is(VLNEXT)) {
      this.#literal = true
      if (lflag & ECHO) {
        editor.finishErasing()
        if (lflag & ECHOCTL) {
          output.put(CARET, termios)
          output.put(BACKSPACE, termios)
        }
      }
      return
    }
    if (extended && lflag & ECHO && is(VREPRINT)) {
      editor.reprint(c)
      return
    }
    if (c === NEWLINE) {
      if (lflag & (ECHO | ECHONL)) output.put(NEWLINE, termios)
      this.#endLine(c)
      return
    }
    if (is(VEOF)) {
      this.#endLine(-1)
      return
    }
    if (is(VEOL) || (extended && is(VEOL2))) {
      if (lflag & ECHO) {
        if (editor.length === 0) output.canonColumn = output.column
        output.echo(c, termios)
      }
      if (c === PARITY_MARK && termios.iflag & PARMRK) editor.push(c)
      this.#endLine(c)
      return
    }
    this.#ordinary(c)
  }

  #keep(c: number, { iflag, lflag }: Termios): void {
    const store =
      lflag & ICANON ? (byte: number) => this.#edit(byte) : (b: number) => this.#store(b)
    if (c === PARITY_MARK && iflag & PARMRK) store(c)
    store(c)
  }
  #edit(c: number): void {
    // The last place is kept for the delimiter.
    if (this.#length + this.#editor.length < BUFFER_SIZE - 1) this.#editor.push(c)
  }
  #store(c: number): void {
    if (this.#length >= BUFFER_SIZE) return
    this.#data[(this.#start + this.#length) % BUFFER_SIZE] = c
    this.#length++
  }
  /** `delimiter` -1: end of file, which is not stored. */
  #endLine(delimiter: number): void {
    const text = this.#editor.take()
    for (const c of text) this.#store(c)
    if (delimiter >= 0) this.#store(delimiter)
    const length = text.length + (delimiter >= 0 ? 1 : 0)
    this.#lines.push({ length, endsInEof: delimiter < 0 })
  }

  #signalChar(signo: number, c: number): void {
    const { termios } = this.#host
    this.#host.signal(signo)
    if ((termios.lflag & NOFLSH) === 0) {
      this.#host.flushOutput()
      this.flush()
      this.#host.flushedInput()
    }
    if (termios.iflag & IXON) this.#host.start()
    if (termios.lflag & ECHO) this.#host.output.echo(c, termios)
  }

  /** Drops all input. */
  flush(): void {
    this.#editor.take()
    this.#start = 0
    this.#length = 0
    this.#lines = []
    this.#literal = false
  }

  /** Whether a read would return now; for poll, VMIN counts only without VTIME. */
  get readable(): boolean {
    const { termios } = this.#host
    if (this.#canonical && (termios.lflag & EXTPROC) === 0) return this.#lines.length > 0
    const min = termios.cc[VTIME] === 0 ? Math.max(1, termios.cc[VMIN]!) : 1
    return this.#length >= min
  }
  /** Readable bytes, as FIONREAD (inq_canon) and TIOCINQ count them. */
  get available(): number {
    if (!this.#canonical || this.#host.termios.lflag & EXTPROC) return this.#length
    let total = 0
    for (const line of this.#lines) total += line.length
    return total
  }

  /** Hands out one line, or raw bytes. Returns the count; undefined when a canonical read has to wait. */
  read(target: IoTarget): number | undefined {
    if (!this.#canonical) return this.#give(target, this.#length)
    if (this.#host.termios.lflag & EXTPROC)
      return this.#length === 0 ? undefined : this.#give(target, this.#length)
    const line = this.#lines[0]
    if (line === undefined) return undefined
    const wanted = Math.min(line.length, target.remaining)
    const given = this.#give(target, wanted)
    line.length -= given
    if (line.length === 0) this.#lines.shift()
    return given
  }
  #give(target: IoTarget, limit: number): number {
    let total = 0
    const wanted = Math.min(limit, target.remaining)
    while (total < wanted) {
      const n = Math.min(wanted - total, BUFFER_SIZE - this.#start)
      const stored = target.put(this.#data.subarray(this.#start, this.#start + n))
      this.#start = (this.#start + stored) % BUFFER_SIZE
      this.#length -= stored
      total += stored
      if (stored < n) break
    }
    return total
  }
}
