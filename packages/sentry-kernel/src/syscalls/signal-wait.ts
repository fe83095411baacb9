// Waiting for signals. (syscalls)

import { type Addr, EAGAIN, EINTR, EINVAL, ERESTARTNOHAND, SIGKILL, SIGSTOP } from '@tsvisor/abi'
import type { Blocking } from '../kernel/blocking.ts'
import { encodeSignalInfo, type SignalInfo } from '../signal/signal-info.ts'
import type { SignalSet } from '../signal/signal-set.ts'
import { dequeueWanted } from '../signal/take.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'
import { readSignalSet, SIGSET_SIZE } from './signal-sets.ts'
import { deadlineIn, readTimespecNs } from './time-out.ts'

export const rt_sigsuspend: Handler<'rt_sigsuspend'> = (task, { mask, sigsetsize }) => {
  if (sigsetsize !== SIGSET_SIZE) throw EINVAL
  const set = readSignalSet(task, mask)
  task.setTemporaryMask(set)
  return sleepForSignal()
}
export const pause: Handler<'pause'> = () => sleepForSignal()

function* sleepForSignal(): Blocking {
  const forever = {
    queues: [],
    events: -1,
    deadlineNs: undefined,
    interruptedBy: 'signal',
  } as const
  while ((yield forever) !== 'signal');
  throw ERESTARTNOHAND
}

export const rt_sigtimedwait: Handler<'rt_sigtimedwait'> = (
  task,
  { set, info, timeout, sigsetsize },
) => {
  if (sigsetsize !== SIGSET_SIZE) throw EINVAL
  const wanted = readSignalSet(task, set)
  wanted.remove(SIGKILL)
  wanted.remove(SIGSTOP)
  const timeoutNs = timeout === 0 ? undefined : readTimespecNs(task, timeout)
  const found = dequeueWanted(task, wanted)
  if (found) return tell(task, found, info)
  if (timeoutNs === 0) throw EAGAIN
  return sigtimedwait(
    task,
    wanted,
    info,
    timeoutNs === undefined ? undefined : deadlineIn(task, timeoutNs),
  )
}

function* sigtimedwait(
  task: Task,
  wanted: SignalSet,
  info: Addr,
  deadlineNs: number | undefined,
): Blocking {
  const { signals } = task
  const real = signals.blocked.copy()
  const open = real.copy()
  open.removeAll(wanted)
  signals.realBlocked = real
  signals.assignBlocked(open)
  let why: string
  try {
    why = yield { queues: [], events: -1, deadlineNs, interruptedBy: 'signal' }
  } finally {
    signals.realBlocked = undefined
    task.setBlocked(real)
  }
  const found = dequeueWanted(task, wanted)
  if (found) return tell(task, found, info)
  throw why === 'timeout' ? EAGAIN : EINTR
}

function tell(task: Task, found: SignalInfo, at: Addr): number {
  if (at !== 0) task.mm.write(at, encodeSignalInfo(found))
  return found.signo
}
