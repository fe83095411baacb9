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

/**
 * Hands the keyboard to the guest unprocessed: its own terminal does the echo, the line editing
 * and Ctrl-C. Returns what puts the terminal back; this process's exit does so in any case.
 */
export async function enterRawMode(): Promise<() => void> {
  // Node's own raw mode leaves output processing on, and would double the guest's.
  const cooked = getTermios(0)
  let raw = false
  const set = (mode: boolean) => {
    if (raw === mode) return
    setTermios(0, mode ? makeRaw(cooked) : cooked, 'drain')
    raw = mode
  }
  const restore = () => set(false)
  // Ctrl-Z is the guest's now, but others can send the signal; the shell must find its terminal sane.
  const stop = () => {
    set(false)
    process.kill(process.pid, 'SIGSTOP')
  }
  const resume = () => set(true)
  set(true)
  process.on('exit', restore)
  process.on('SIGTSTP', stop)
  process.on('SIGCONT', resume)
  return () => {
    process.off('exit', restore)
    process.off('SIGTSTP', stop)
    process.off('SIGCONT', resume)
    set(false)
  }
}

/** The same where there is no terminal: nothing. */
export const enterRawModeIfTerminal = async (): Promise<() => void> =>
  terminalSize() === undefined ? () => {} : enterRawMode()
