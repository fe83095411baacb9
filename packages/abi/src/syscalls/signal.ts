// System calls on signals. (abi, pure)

import { sigprocmaskHow } from '../constants/signal.ts'
import { sigaction, siginfo, stack_t } from '../structs/signal.ts'
import { timespec } from '../structs/time.ts'
import { oneOf, pid, ptr, signo, sigset, size, sys } from '../syscall.ts'

export const signalSyscalls = {
  rt_sigaction: sys(13, () => ({
    signum: signo,
    act: ptr('in', sigaction),
    oldact: ptr('out', sigaction),
    sigsetsize: size,
  })),
  rt_sigprocmask: sys(14, () => ({
    how: oneOf(sigprocmaskHow),
    set: sigset('in'),
    oldset: sigset('out'),
    sigsetsize: size,
  })),
  rt_sigreturn: sys(15, () => ({})),
  pause: sys(34, () => ({})),
  kill: sys(62, () => ({ pid, sig: signo })),
  rt_sigpending: sys(127, () => ({ set: sigset('out'), sigsetsize: size })),
  rt_sigtimedwait: sys(128, () => ({
    set: sigset('in'),
    info: ptr('out', siginfo),
    timeout: ptr('in', timespec),
    sigsetsize: size,
  })),
  rt_sigqueueinfo: sys(129, () => ({ tgid: pid, sig: signo, info: ptr('in', siginfo) })),
  rt_sigsuspend: sys(130, () => ({ mask: sigset('in'), sigsetsize: size })),
  sigaltstack: sys(131, () => ({ ss: ptr('in', stack_t), old_ss: ptr('out', stack_t) })),
  tkill: sys(200, () => ({ tid: pid, sig: signo })),
  restart_syscall: sys(219, () => ({})),
  tgkill: sys(234, () => ({ tgid: pid, tid: pid, sig: signo })),
  rt_tgsigqueueinfo: sys(297, () => ({
    tgid: pid,
    tid: pid,
    sig: signo,
    info: ptr('in', siginfo),
  })),
}
