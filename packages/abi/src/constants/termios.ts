// Terminals: struct termios, see termios(3). (abi, pure)

/** Length of c_cc in the kernel's struct termios. */
export const NCCS = 19

export const VINTR = 0
export const VQUIT = 1
export const VERASE = 2
export const VKILL = 3
export const VEOF = 4
export const VTIME = 5
export const VMIN = 6
export const VSWTC = 7
export const VSTART = 8
export const VSTOP = 9
export const VSUSP = 10
export const VEOL = 11
export const VREPRINT = 12
export const VDISCARD = 13
export const VWERASE = 14
export const VLNEXT = 15
export const VEOL2 = 16
/** Indices into c_cc. */
export const controlCharacters = () =>
  ({
    VINTR,
    VQUIT,
    VERASE,
    VKILL,
    VEOF,
    VTIME,
    VMIN,
    VSWTC,
    VSTART,
    VSTOP,
    VSUSP,
    VEOL,
    VREPRINT,
    VDISCARD,
    VWERASE,
    VLNEXT,
    VEOL2,
  }) as const

export const IGNBRK = 1
export const BRKINT = 2
export const IGNPAR = 4
export const PARMRK = 0o10
export const INPCK = 0o20
export const ISTRIP = 0o40
export const INLCR = 0o100
export const IGNCR = 0o200
export const ICRNL = 0o400
export const IUCLC = 0o1000
export const IXON = 0o2000
export const IXANY = 0o4000
export const IXOFF = 0o10000
export const IMAXBEL = 0o20000
export const IUTF8 = 0o40000
/** c_iflag. */
export const inputModes = () =>
  ({
    IGNBRK,
    BRKINT,
    IGNPAR,
    PARMRK,
    INPCK,
    ISTRIP,
    INLCR,
    IGNCR,
    ICRNL,
    IUCLC,
    IXON,
    IXANY,
    IXOFF,
    IMAXBEL,
    IUTF8,
  }) as const

export const OPOST = 1
export const OLCUC = 2
export const ONLCR = 4
export const OCRNL = 0o10
export const ONOCR = 0o20
export const ONLRET = 0o40
export const OFILL = 0o100
export const OFDEL = 0o200
/** c_oflag. */
export const outputModes = () =>
  ({ OPOST, OLCUC, ONLCR, OCRNL, ONOCR, ONLRET, OFILL, OFDEL }) as const

export const NLDLY = 0o400
export const NL0 = 0
export const NL1 = 0o400
export const CRDLY = 0o3000
export const CR0 = 0
export const TABDLY = 0o14000
export const TAB0 = 0
export const XTABS = 0o14000
export const BSDLY = 0o20000
export const BS0 = 0
export const VTDLY = 0o40000
export const VT0 = 0
export const FFDLY = 0o100000
export const FF0 = 0

export const CSTOPB = 0o100
export const CREAD = 0o200
export const PARENB = 0o400
export const PARODD = 0o1000
export const HUPCL = 0o2000
export const CLOCAL = 0o4000
export const CMSPAR = 0o10000000000
export const CRTSCTS = 0o20000000000
/** c_cflag. */
export const controlModes = () =>
  ({
    CSTOPB,
    CREAD,
    PARENB,
    PARODD,
    HUPCL,
    CLOCAL,
    CMSPAR,
    CRTSCTS,
  }) as const

export const CBAUD = 0o10017
export const B0 = 0
export const B50 = 1
export const B75 = 2
export const B110 = 3
export const B134 = 4
export const B150 = 5
export const B200 = 6
export const B300 = 7
export const B600 = 0o10
export const B1200 = 0o11
export const B1800 = 0o12
export const B2400 = 0o13
export const B4800 = 0o14
export const B9600 = 0o15
export const B19200 = 0o16
export const B38400 = 0o17
export const B57600 = 0o10001
export const B115200 = 0o10002
export const B230400 = 0o10003
export const BOTHER = 0o10000
export const CSIZE = 0o60
export const CS5 = 0
export const CS6 = 0o20
export const CS7 = 0o40
export const CS8 = 0o60
export const CIBAUD = 0o2003600000

export const ISIG = 1
export const ICANON = 2
export const XCASE = 4
export const ECHO = 0o10
export const ECHOE = 0o20
export const ECHOK = 0o40
export const ECHONL = 0o100
export const NOFLSH = 0o200
export const TOSTOP = 0o400
export const ECHOCTL = 0o1000
export const ECHOPRT = 0o2000
export const ECHOKE = 0o4000
export const FLUSHO = 0o10000
export const PENDIN = 0o40000
export const IEXTEN = 0o100000
export const EXTPROC = 0o200000
/** c_lflag. */
export const localModes = () =>
  ({
    ISIG,
    ICANON,
    XCASE,
    ECHO,
    ECHOE,
    ECHOK,
    ECHONL,
    NOFLSH,
    TOSTOP,
    ECHOCTL,
    ECHOPRT,
    ECHOKE,
    FLUSHO,
    PENDIN,
    IEXTEN,
    EXTPROC,
  }) as const

// tcflow(3), tcflush(3).
export const TCOOFF = 0
export const TCOON = 1
export const TCIOFF = 2
export const TCION = 3
export const TCIFLUSH = 0
export const TCOFLUSH = 1
export const TCIOFLUSH = 2

// TIOCMGET bits.
export const TIOCM_LE = 1
export const TIOCM_DTR = 2
export const TIOCM_RTS = 4
export const TIOCM_CTS = 32
export const TIOCM_CAR = 64
export const TIOCM_RNG = 128
export const TIOCM_DSR = 256

/** Line disciplines. */
export const N_TTY = 0
