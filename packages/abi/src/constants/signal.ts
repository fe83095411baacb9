// Signals: numbers, sigaction(2), sigprocmask(2), sigaltstack(2). (abi, pure)

export const SIGHUP = 1
export const SIGINT = 2
export const SIGQUIT = 3
export const SIGILL = 4
export const SIGTRAP = 5
export const SIGABRT = 6
export const SIGBUS = 7
export const SIGFPE = 8
export const SIGKILL = 9
export const SIGUSR1 = 10
export const SIGSEGV = 11
export const SIGUSR2 = 12
export const SIGPIPE = 13
export const SIGALRM = 14
export const SIGTERM = 15
export const SIGSTKFLT = 16
export const SIGCHLD = 17
export const SIGCONT = 18
export const SIGSTOP = 19
export const SIGTSTP = 20
export const SIGTTIN = 21
export const SIGTTOU = 22
export const SIGURG = 23
export const SIGXCPU = 24
export const SIGXFSZ = 25
export const SIGVTALRM = 26
export const SIGPROF = 27
export const SIGWINCH = 28
export const SIGIO = 29
export const SIGPWR = 30
export const SIGSYS = 31
/** Signal numbers. */
export const signals = () =>
  ({
    SIGHUP,
    SIGINT,
    SIGQUIT,
    SIGILL,
    SIGTRAP,
    SIGABRT,
    SIGBUS,
    SIGFPE,
    SIGKILL,
    SIGUSR1,
    SIGSEGV,
    SIGUSR2,
    SIGPIPE,
    SIGALRM,
    SIGTERM,
    SIGSTKFLT,
    SIGCHLD,
    SIGCONT,
    SIGSTOP,
    SIGTSTP,
    SIGTTIN,
    SIGTTOU,
    SIGURG,
    SIGXCPU,
    SIGXFSZ,
    SIGVTALRM,
    SIGPROF,
    SIGWINCH,
    SIGIO,
    SIGPWR,
    SIGSYS,
  }) as const

// Other names, and the real-time range.
export const SIGIOT = 6
export const SIGPOLL = 29
export const SIGUNUSED = 31
export const SIGRTMIN = 32
export const SIGRTMAX = 64
export const _NSIG = 64

// Handler values.
export const SIG_DFL = 0
export const SIG_IGN = 1
export const SIG_ERR = -1

export const SIG_BLOCK = 0
export const SIG_UNBLOCK = 1
export const SIG_SETMASK = 2
/** rt_sigprocmask(2). */
export const sigprocmaskHow = () => ({ SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK }) as const

export const SA_NOCLDSTOP = 0x1
export const SA_NOCLDWAIT = 0x2
export const SA_SIGINFO = 0x4
export const SA_UNSUPPORTED = 0x400
export const SA_EXPOSE_TAGBITS = 0x800
export const SA_RESTORER = 0x4000000
export const SA_ONSTACK = 0x8000000
export const SA_RESTART = 0x10000000
export const SA_NODEFER = 0x40000000
export const SA_RESETHAND = 0x80000000
/** sa_flags. */
export const sigactionFlags = () =>
  ({
    SA_NOCLDSTOP,
    SA_NOCLDWAIT,
    SA_SIGINFO,
    SA_UNSUPPORTED,
    SA_EXPOSE_TAGBITS,
    SA_RESTORER,
    SA_ONSTACK,
    SA_RESTART,
    SA_NODEFER,
    SA_RESETHAND,
  }) as const

export const SA_NOMASK = 0x40000000
export const SA_ONESHOT = 0x80000000

export const SS_ONSTACK = 0x1
export const SS_DISABLE = 0x2
export const SS_AUTODISARM = 0x80000000
/** ss_flags. */
export const sigaltstackFlags = () => ({ SS_ONSTACK, SS_DISABLE, SS_AUTODISARM }) as const

export const MINSIGSTKSZ = 2048
export const SIGSTKSZ = 8192

export const SIGEV_SIGNAL = 0
export const SIGEV_NONE = 1
export const SIGEV_THREAD = 2
export const SIGEV_THREAD_ID = 4
/** struct sigevent sigev_notify. */
export const sigevNotify = () =>
  ({ SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, SIGEV_THREAD_ID }) as const

export const SFD_CLOEXEC = 0o2000000
export const SFD_NONBLOCK = 0o4000
/** signalfd4(2). */
export const signalfdFlags = () => ({ SFD_CLOEXEC, SFD_NONBLOCK }) as const

export const UC_FP_XSTATE = 0x1
export const UC_SIGCONTEXT_SS = 0x2
export const UC_STRICT_RESTORE_SS = 0x4
/** uc_flags. */
export const ucontextFlags = () =>
  ({ UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS }) as const
