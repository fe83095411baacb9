// A task's own signal state: mask, pending queue, alternate stack. (signal)

import { SS_DISABLE } from '@tsvisor/abi'
import { PendingSignals } from './pending-signals.ts'
import { UNBLOCKABLE } from './signal-actions.ts'
import { SignalSet } from './signal-set.ts'

export interface AltStack {
  readonly sp: number
  /** SS_DISABLE and SS_AUTODISARM, unsigned. */
  readonly flags: number
  readonly size: number
}

export const NO_ALT_STACK: AltStack = { sp: 0, flags: SS_DISABLE, size: 0 }

export class TaskSignals {
  /** The mask. Change it through `setBlocked` of the task, which looks at pending signals again. */
  readonly blocked = new SignalSet()
  /** The mask to put back on return to user mode (sigsuspend, ppoll, pselect, epoll_pwait). */
  saved: SignalSet | undefined
  readonly pending = new PendingSignals()
  /** The real mask while sigtimedwait lets its signals through: those do not kill at once. */
  realBlocked: SignalSet | undefined
  altStack: AltStack = NO_ALT_STACK

  assignBlocked(set: SignalSet): void {
    this.blocked.assign(set)
    this.blocked.removeAll(UNBLOCKABLE)
  }
}
