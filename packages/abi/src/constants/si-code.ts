// Why a signal was sent: si_code of siginfo. (abi, pure)

export const SI_USER = 0
export const SI_KERNEL = 128
export const SI_QUEUE = -1
export const SI_TIMER = -2
export const SI_MESGQ = -3
export const SI_ASYNCIO = -4
export const SI_SIGIO = -5
export const SI_TKILL = -6
export const SI_DETHREAD = -7
export const SI_ASYNCNL = -60
/** Sources valid with any signal. */
export const siCodes = () =>
  ({
    SI_USER,
    SI_KERNEL,
    SI_QUEUE,
    SI_TIMER,
    SI_MESGQ,
    SI_ASYNCIO,
    SI_SIGIO,
    SI_TKILL,
    SI_DETHREAD,
    SI_ASYNCNL,
  }) as const

export const ILL_ILLOPC = 1
export const ILL_ILLOPN = 2
export const ILL_ILLADR = 3
export const ILL_ILLTRP = 4
export const ILL_PRVOPC = 5
export const ILL_PRVREG = 6
export const ILL_COPROC = 7
export const ILL_BADSTK = 8
export const ILL_BADIADDR = 9
/** SIGILL. */
export const illCodes = () =>
  ({
    ILL_ILLOPC,
    ILL_ILLOPN,
    ILL_ILLADR,
    ILL_ILLTRP,
    ILL_PRVOPC,
    ILL_PRVREG,
    ILL_COPROC,
    ILL_BADSTK,
    ILL_BADIADDR,
  }) as const

export const FPE_INTDIV = 1
export const FPE_INTOVF = 2
export const FPE_FLTDIV = 3
export const FPE_FLTOVF = 4
export const FPE_FLTUND = 5
export const FPE_FLTRES = 6
export const FPE_FLTINV = 7
export const FPE_FLTSUB = 8
export const FPE_FLTUNK = 14
export const FPE_CONDTRAP = 15
/** SIGFPE. */
export const fpeCodes = () =>
  ({
    FPE_INTDIV,
    FPE_INTOVF,
    FPE_FLTDIV,
    FPE_FLTOVF,
    FPE_FLTUND,
    FPE_FLTRES,
    FPE_FLTINV,
    FPE_FLTSUB,
    FPE_FLTUNK,
    FPE_CONDTRAP,
  }) as const

export const SEGV_MAPERR = 1
export const SEGV_ACCERR = 2
export const SEGV_BNDERR = 3
export const SEGV_PKUERR = 4
export const SEGV_ACCADI = 5
export const SEGV_ADIDERR = 6
export const SEGV_ADIPERR = 7
export const SEGV_MTEAERR = 8
export const SEGV_MTESERR = 9
export const SEGV_CPERR = 10
/** SIGSEGV. */
export const segvCodes = () =>
  ({
    SEGV_MAPERR,
    SEGV_ACCERR,
    SEGV_BNDERR,
    SEGV_PKUERR,
    SEGV_ACCADI,
    SEGV_ADIDERR,
    SEGV_ADIPERR,
    SEGV_MTEAERR,
    SEGV_MTESERR,
    SEGV_CPERR,
  }) as const

export const BUS_ADRALN = 1
export const BUS_ADRERR = 2
export const BUS_OBJERR = 3
export const BUS_MCEERR_AR = 4
export const BUS_MCEERR_AO = 5
/** SIGBUS. */
export const busCodes = () =>
  ({
    BUS_ADRALN,
    BUS_ADRERR,
    BUS_OBJERR,
    BUS_MCEERR_AR,
    BUS_MCEERR_AO,
  }) as const

export const TRAP_BRKPT = 1
export const TRAP_TRACE = 2
export const TRAP_BRANCH = 3
export const TRAP_HWBKPT = 4
export const TRAP_UNK = 5
export const TRAP_PERF = 6
/** SIGTRAP. */
export const trapCodes = () =>
  ({
    TRAP_BRKPT,
    TRAP_TRACE,
    TRAP_BRANCH,
    TRAP_HWBKPT,
    TRAP_UNK,
    TRAP_PERF,
  }) as const

export const CLD_EXITED = 1
export const CLD_KILLED = 2
export const CLD_DUMPED = 3
export const CLD_TRAPPED = 4
export const CLD_STOPPED = 5
export const CLD_CONTINUED = 6
/** SIGCHLD. */
export const cldCodes = () =>
  ({
    CLD_EXITED,
    CLD_KILLED,
    CLD_DUMPED,
    CLD_TRAPPED,
    CLD_STOPPED,
    CLD_CONTINUED,
  }) as const

export const POLL_IN = 1
export const POLL_OUT = 2
export const POLL_MSG = 3
export const POLL_ERR = 4
export const POLL_PRI = 5
export const POLL_HUP = 6
/** SIGIO. */
export const pollCodes = () =>
  ({ POLL_IN, POLL_OUT, POLL_MSG, POLL_ERR, POLL_PRI, POLL_HUP }) as const

export const SYS_SECCOMP = 1
export const SYS_USER_DISPATCH = 2
/** SIGSYS. */
export const sysCodes = () => ({ SYS_SECCOMP, SYS_USER_DISPATCH }) as const
