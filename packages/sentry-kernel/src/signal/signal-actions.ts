// What a process does on each signal: its handlers, and the default actions. (signal)

import {
  SA_RESETHAND,
  SIG_DFL,
  SIG_IGN,
  SIGABRT,
  SIGBUS,
  SIGCHLD,
  SIGCONT,
  SIGFPE,
  SIGILL,
  SIGKILL,
  SIGQUIT,
  SIGSEGV,
  SIGSTOP,
  SIGSYS,
  SIGTRAP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGWINCH,
  SIGXCPU,
  SIGXFSZ,
} from '@tsvisor/abi'
import { SignalSet } from './signal-set.ts'

/** Highest signal number. */
export const SIGNAL_MAX = 64

/** One struct sigaction. Immutable. */
export interface SignalAction {
  /** Handler address, SIG_DFL or SIG_IGN. */
  readonly handler: number
  /** SA_*, unsigned 32 bits (the upper half of sa_flags means nothing on amd64). */
  readonly flags: number
  readonly restorer: number
  readonly mask: SignalSet
}

export const DEFAULT_ACTION: SignalAction = {
  handler: SIG_DFL,
  flags: 0,
  restorer: 0,
  mask: new SignalSet(),
}

/** Handlers, shared with CLONE_SIGHAND, copied by fork (Linux's sighand_struct). */
export class SignalActions {
  readonly #actions: SignalAction[]

  constructor(actions: SignalAction[] = new Array(SIGNAL_MAX + 1).fill(DEFAULT_ACTION)) {
    this.#actions = actions
  }
  get(signo: number): SignalAction {
    return this.#actions[signo]!
  }
  set(signo: number, action: SignalAction): void {
    this.#actions[signo] = action
  }
  /** SA_RESETHAND, after delivery. */
  resetOneShot(signo: number): void {
    const action = this.#actions[signo]!
    if ((action.flags & SA_RESETHAND) !== 0) this.#actions[signo] = { ...action, handler: SIG_DFL }
  }
  fork(): SignalActions {
    return new SignalActions(this.#actions.slice())
  }
  /** execve: handlers go, ignored signals stay ignored. */
  forExec(): SignalActions {
    return new SignalActions(
      this.#actions.map(action =>
        action.handler === SIG_IGN ? { ...DEFAULT_ACTION, handler: SIG_IGN } : DEFAULT_ACTION,
      ),
    )
  }
  /** CLONE_CLEAR_SIGHAND: as forExec. */
  ignored(): SignalSet {
    return this.#matching(action => action.handler === SIG_IGN)
  }
  caught(): SignalSet {
    return this.#matching(action => action.handler !== SIG_IGN && action.handler !== SIG_DFL)
  }
  #matching(test: (action: SignalAction) => boolean): SignalSet {
    const set = new SignalSet()
    for (let signo = 1; signo <= SIGNAL_MAX; signo++)
      if (test(this.#actions[signo]!)) set.add(signo)
    return set
  }
}

/** SIGKILL and SIGSTOP: cannot be caught, blocked or ignored. */
export const UNBLOCKABLE = SignalSet.of(SIGKILL, SIGSTOP)
export const STOP_SIGNALS = SignalSet.of(SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU)
const IGNORED_BY_DEFAULT = SignalSet.of(SIGCHLD, SIGCONT, SIGURG, SIGWINCH)
const CORE_SIGNALS = SignalSet.of(
  SIGQUIT,
  SIGILL,
  SIGTRAP,
  SIGABRT,
  SIGFPE,
  SIGSEGV,
  SIGBUS,
  SIGSYS,
  SIGXCPU,
  SIGXFSZ,
)
/** Caused by the instruction itself: delivered before others (SYNCHRONOUS_MASK). */
export const SYNCHRONOUS = SignalSet.of(SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGSYS)

/** What SIG_DFL does (signal(7)). */
export type DefaultAction = 'terminate' | 'core' | 'ignore' | 'stop'
export const defaultAction = (signo: number): DefaultAction => {
  if (IGNORED_BY_DEFAULT.has(signo)) return 'ignore'
  if (STOP_SIGNALS.has(signo)) return 'stop'
  return CORE_SIGNALS.has(signo) ? 'core' : 'terminate'
}
