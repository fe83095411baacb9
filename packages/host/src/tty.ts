// Terminals: settings, window size, pseudo-terminal pairs. (host)

import { call3 } from './call.ts'
import { AT_FDCWD, close, openat } from './fs-open.ts'
import { at, sys3 } from './native.ts'
import { NR } from './nr.ts'
import { scratch, scratchView } from './scratch.ts'

const TCGETS = 0x5401
const TCSETS = 0x5402
const TCSETSW = 0x5403
const TCSETSF = 0x5404
const TIOCSCTTY = 0x540e
const TIOCGWINSZ = 0x5413
const TIOCSWINSZ = 0x5414
const TIOCSPTLCK = 0x40045431
const TIOCGPTPEER = 0x5441
const FIONREAD = 0x541b

/** Bytes of the kernel's struct termios. */
export const TERMIOS_SIZE = 36

/** Whether a descriptor is a terminal. */
export const isatty = (fd: number): boolean => sys3(NR.ioctl, fd, TCGETS, scratch.address) === 0

/** TCGETS: the kernel's struct termios, 36 bytes. Throws ENOTTY. */
export const getTermios = (fd: number): Uint8Array => {
  call3(NR.ioctl, fd, TCGETS, scratch.address)
  return scratch.bytes.slice(0, TERMIOS_SIZE)
}

/** TCSETS, TCSETSW (after output has drained) or TCSETSF (and input is dropped). */
export const setTermios = (
  fd: number,
  termios: Uint8Array,
  when: 'now' | 'drain' | 'flush',
): void => {
  scratch.bytes.set(termios.subarray(0, TERMIOS_SIZE))
  const request = when === 'now' ? TCSETS : when === 'drain' ? TCSETSW : TCSETSF
  call3(NR.ioctl, fd, request, scratch.address)
}

/** A copy of `termios` with the changes of cfmakeraw(3). */
export const makeRaw = (termios: Uint8Array): Uint8Array => {
  const raw = termios.slice()
  const view = new DataView(raw.buffer)
  const clear = (offset: number, bits: number) =>
    view.setUint32(offset, view.getUint32(offset, true) & ~bits, true)
  clear(0, 0o2753) // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON
  clear(4, 1) // OPOST
  clear(8, 0o460) // CSIZE PARENB
  view.setUint32(8, view.getUint32(8, true) | 0o60, true) // CS8
  clear(12, 0o100113) // ECHO ECHONL ICANON ISIG IEXTEN
  raw[17 + 6] = 1 // VMIN
  raw[17 + 5] = 0 // VTIME
  return raw
}

export interface WindowSize {
  readonly rows: number
  readonly columns: number
  readonly xPixels: number
  readonly yPixels: number
}

/** TIOCGWINSZ. Throws ENOTTY. */
export const getWindowSize = (fd: number): WindowSize => {
  call3(NR.ioctl, fd, TIOCGWINSZ, scratch.address)
  return {
    rows: scratchView.getUint16(0, true),
    columns: scratchView.getUint16(2, true),
    xPixels: scratchView.getUint16(4, true),
    yPixels: scratchView.getUint16(6, true),
  }
}

/** TIOCSWINSZ. */
export const setWindowSize = (fd: number, size: WindowSize): void => {
  scratchView.setUint16(0, size.rows, true)
  scratchView.setUint16(2, size.columns, true)
  scratchView.setUint16(4, size.xPixels, true)
  scratchView.setUint16(6, size.yPixels, true)
  call3(NR.ioctl, fd, TIOCSWINSZ, scratch.address)
}

const O_RDWR_NOCTTY_CLOEXEC = 0o2000402

/** A new pseudo-terminal: master and slave, close on exec, no controlling terminal taken. */
export const openpty = (): { master: number; slave: number } => {
  const master = openat(AT_FDCWD, '/dev/ptmx', O_RDWR_NOCTTY_CLOEXEC, 0)
  try {
    scratchView.setInt32(0, 0, true)
    call3(NR.ioctl, master, TIOCSPTLCK, at(scratch.address, 0))
    return { master, slave: call3(NR.ioctl, master, TIOCGPTPEER, O_RDWR_NOCTTY_CLOEXEC) }
  } catch (error) {
    close(master)
    throw error
  }
}

/** TIOCSCTTY: makes a terminal the controlling one of this session. */
export const setControllingTerminal = (fd: number): void => {
  call3(NR.ioctl, fd, TIOCSCTTY, 0)
}

/** FIONREAD: bytes that can be read now from a pipe, terminal or socket. */
export const bytesReadable = (fd: number): number => {
  call3(NR.ioctl, fd, FIONREAD, scratch.address)
  return scratchView.getInt32(0, true)
}
