// Starting a guest's signal handler. (signal)

import { SA_NODEFER, SA_ONSTACK, SA_RESTORER, SIGSEGV, SS_AUTODISARM } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import { pushFrame } from './frame.ts'
import { forceSignal, kernelSignal } from './send.ts'
import type { TakenSignal } from './take.ts'
import { NO_ALT_STACK } from './task-signals.ts'

/** Builds the frame and masks signals (handle_signal, signal_setup_done). */
export function deliverSignal(task: Task, { info, action }: TakenSignal): void {
  const { signals } = task
  const pushed =
    (action.flags & SA_RESTORER) !== 0 &&
    pushFrame(task, {
      info,
      handler: action.handler,
      restorer: action.restorer,
      mask: signals.saved ?? signals.blocked,
      stack: (action.flags & SA_ONSTACK) !== 0 ? 'alternate' : 'current',
    })
  if (!pushed) {
    const segv = kernelSignal(SIGSEGV)
    forceSignal(task, segv, info.signo === SIGSEGV ? 'default' : undefined)
    return
  }
  if ((signals.altStack.flags & SS_AUTODISARM) !== 0) signals.altStack = NO_ALT_STACK
  signals.saved = undefined
  const blocked = signals.blocked.copy()
  blocked.addAll(action.mask)
  if ((action.flags & SA_NODEFER) === 0) blocked.add(info.signo)
  signals.assignBlocked(blocked)
}
