// Terminal settings and their three guest layouts. (fs/pty)
// Linux include/uapi/asm-generic/termbits.h, drivers/tty/tty_ioctl.c.

import {
  B38400,
  CREAD,
  CS8,
  ECHO,
  ECHOCTL,
  ECHOE,
  ECHOK,
  ECHOKE,
  HUPCL,
  ICANON,
  ICRNL,
  IEXTEN,
  ISIG,
  IXON,
  NCCS,
  ONLCR,
  OPOST,
} from '@tsvisor/abi'

export interface Termios {
  readonly iflag: number
  readonly oflag: number
  readonly cflag: number
  readonly lflag: number
  readonly line: number
  /** NCCS control characters; 0 disables one. */
  readonly cc: Uint8Array
  readonly ispeed: number
  readonly ospeed: number
}

/** INIT_C_CC: ^C ^\ DEL ^U ^D, VTIME 0, VMIN 1, -, ^Q ^S ^Z -, ^R ^O ^W ^V. */
const CONTROL_CHARACTERS = [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0]

/** tty_std_termios: what a terminal starts with. */
export const STANDARD_TERMIOS: Termios = {
  iflag: ICRNL | IXON,
  oflag: OPOST | ONLCR,
  cflag: B38400 | CS8 | CREAD | HUPCL,
  lflag: ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
  line: 0,
  cc: Uint8Array.from({ length: NCCS }, (_, i) => CONTROL_CHARACTERS[i] ?? 0),
  ispeed: 38400,
  ospeed: 38400,
}
/** What a pty starts with (unix98_pty_init): no HUPCL. */
export const PTY_TERMIOS: Termios = { ...STANDARD_TERMIOS, cflag: B38400 | CS8 | CREAD }
/** The master's own side: raw. */
export const MASTER_TERMIOS: Termios = { ...PTY_TERMIOS, iflag: 0, oflag: 0, lflag: 0 }

const CBAUD = 0o10017
const BOTHER = 0o10000
const IBSHIFT = 16
/** Speeds by their code, B0 … B38400 and B57600 … B4000000. */
const LOW_SPEEDS = [
  0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400,
]
const HIGH_SPEEDS = [
  0, 57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000,
  2500000, 3000000, 3500000, 4000000,
]
const speedOf = (code: number): number | undefined =>
  code & BOTHER ? (code === BOTHER ? undefined : HIGH_SPEEDS[code & 15]) : LOW_SPEEDS[code & 15]

/** termios: no speeds. termios2: with them. termio: 16-bit flags and 8 characters. */
export type TermiosLayout = 'termios' | 'termios2' | 'termio'
export const termiosSize = { termios: 36, termios2: 44, termio: 18 } as const
const TERMIO_CC = 8

export function encodeTermios(termios: Termios, layout: TermiosLayout): Uint8Array {
  const data = new Uint8Array(termiosSize[layout])
  const view = new DataView(data.buffer)
  const { iflag, oflag, cflag, lflag, line, cc } = termios
  const flags = [iflag, oflag, cflag, lflag]
  if (layout === 'termio') {
    flags.forEach((flag, i) => {
      view.setUint16(i * 2, flag, true)
    })
    data[8] = line
    data.set(cc.subarray(0, TERMIO_CC), 9)
    return data
  }
  flags.forEach((flag, i) => {
    view.setUint32(i * 4, flag, true)
  })
  data[16] = line
  data.set(cc, 17)
  if (layout === 'termios2') {
    view.setUint32(36, termios.ispeed, true)
    view.setUint32(40, termios.ospeed, true)
  }
  return data
}

/** `old` gives what the layout lacks. */
export function decodeTermios(data: Uint8Array, layout: TermiosLayout, old: Termios): Termios {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  if (layout === 'termio') {
    const low = (i: number, before: number) =>
      ((before & 0xffff0000) | view.getUint16(i * 2, true)) >>> 0
    const cc = old.cc.slice()
    cc.set(data.subarray(9, 9 + TERMIO_CC))
    return withSpeeds({
      ...old,
      iflag: low(0, old.iflag),
      oflag: low(1, old.oflag),
      cflag: low(2, old.cflag),
      lflag: low(3, old.lflag),
      line: data[8]!,
      cc,
    })
  }
  const next = {
    iflag: view.getUint32(0, true),
    oflag: view.getUint32(4, true),
    cflag: view.getUint32(8, true),
    lflag: view.getUint32(12, true),
    line: data[16]!,
    cc: data.slice(17, 17 + NCCS),
    ispeed: old.ispeed,
    ospeed: old.ospeed,
  }
  if (layout === 'termios2') {
    next.ispeed = view.getUint32(36, true)
    next.ospeed = view.getUint32(40, true)
  }
  return withSpeeds(next)
}

/** Speeds follow the codes in cflag unless those say "other". */
function withSpeeds(termios: Termios): Termios {
  const ospeed = speedOf(termios.cflag & CBAUD) ?? termios.ospeed
  const inputCode = (termios.cflag >>> IBSHIFT) & CBAUD
  const ispeed = inputCode === 0 ? ospeed : (speedOf(inputCode) ?? termios.ispeed)
  return { ...termios, ispeed, ospeed }
}
