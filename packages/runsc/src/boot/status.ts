// Wait and exit statuses as a shell and people call them, and where one is kept. (runsc)

import { SIGSYS, signals } from '@tsvisor/abi'
import { close, write } from '@tsvisor/host'

/** The exit code, or 128 + the signal that killed it. */
export const exitCode = (waitStatus: number): number =>
  (waitStatus & 0x7f) !== 0 ? 128 + (waitStatus & 0x7f) : (waitStatus >> 8) & 0xff

/** Into the file that the command has opened for it; takes over the descriptor. */
export function recordStatus(fd: number, status: number): void {
  try {
    write(fd, new TextEncoder().encode(`${status}\n`))
  } catch {
    // The disk is full. Who waits for the process has the status all the same.
  }
  close(fd)
}

/** How a process ended. */
export function describeStatus(waitStatus: number): string {
  const signo = waitStatus & 0x7f
  if (signo === 0) return `exit status ${exitCode(waitStatus)}`
  return `killed by ${signalName(signo)}${signo === SIGSYS ? ' (bad system call)' : ''}`
}

/** SIGRTMIN and above have none. */
export const signalName = (signo: number): string =>
  Object.entries(signals()).find(([, number]) => number === signo)?.[0] ?? `signal ${signo}`
