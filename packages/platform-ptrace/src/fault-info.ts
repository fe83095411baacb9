// What the host says of a thread that it stopped with a signal of its own making. (platform-ptrace)

import { allocate, PTRACE, ptrace } from '@tsvisor/host'

export const SIGILL = 4
export const SIGTRAP = 5
export const SIGBUS = 7
export const SIGFPE = 8
export const SIGSEGV = 11

const info = allocate(4096)
const words = new Int32Array(info.bytes.buffer)

/** The siginfo_t that `faultCode` found last. */
export const faultInfo = new DataView(info.bytes.buffer)

/**
 * The si_code of a fault or trap that the thread, stopped by `signal`, has made itself. undefined for a
 * signal that a process sent, which may bear the same number: man 2 sigaction, si_code.
 */
export function faultCode(tid: number, signal: number): number | undefined {
  const isFault =
    signal === SIGSEGV ||
    signal === SIGBUS ||
    signal === SIGFPE ||
    signal === SIGILL ||
    signal === SIGTRAP
  if (!isFault || ptrace(PTRACE.GETSIGINFO, tid, 0, info.address) < 0) return undefined
  const code = words[2]!
  return code > 0 ? code : undefined
}
