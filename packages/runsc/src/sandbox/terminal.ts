// The user's terminal: its size, and raw mode for as long as the guest has it. (runsc)

import { getTermios, getWindowSize, isatty, makeRaw, setTermios } from '@tsvisor/host'

export interface TerminalSize {
  readonly rows: number
  readonly columns: number
}

/** The size that the terminal has now which is stdin and stdout; undefined when either is something else. */
export function terminalSize(): TerminalSize | undefined {
  if (!isatty(0) || !isatty(1)) return undefined
  const { rows, columns } = getWindowSize(1)
  return { rows, columns }
}

/** The keyboard for the guest, unprocessed: its own terminal does the echo, the line editing and Ctrl-C. */
export class RawTerminal {
  // Node's own raw mode leaves output processing on, and would double the guest's.
  readonly #cooked = getTermios(0)
  #isRaw = false

  enter(): void {
    this.#set(true)
  }

  leave(): void {
    this.#set(false)
  }

  /** Ctrl-Z is the guest's now, but others can send the signal; the shell must find its terminal sane. */
  stop(): void {
    this.leave()
    process.kill(process.pid, 'SIGSTOP')
  }

  #set(raw: boolean): void {
    if (this.#isRaw === raw) return
    setTermios(0, raw ? makeRaw(this.#cooked) : this.#cooked, 'drain')
    this.#isRaw = raw
  }
}

/** In raw mode; undefined where there is no terminal. */
export function enterRawMode(): RawTerminal | undefined {
  if (terminalSize() === undefined) return undefined
  const terminal = new RawTerminal()
  terminal.enter()
  return terminal
}

/**
 * The same for a command with an event loop. Returns what puts the terminal back; this process's exit
 * does so in any case.
 */
export function holdRawMode(): () => void {
  const terminal = enterRawMode()
  if (terminal === undefined) return () => {}
  const handlers = {
    exit: () => terminal.leave(),
    SIGTSTP: () => terminal.stop(),
    SIGCONT: () => terminal.enter(),
  }
  for (const [event, handler] of Object.entries(handlers)) process.on(event, handler)
  return () => {
    for (const [event, handler] of Object.entries(handlers)) process.off(event, handler)
    terminal.leave()
  }
}
