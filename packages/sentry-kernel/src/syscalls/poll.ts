// poll, ppoll. (syscalls)
// Linux fs/select.c: do_sys_poll.

import {
  type Addr,
  EINTR,
  EINVAL,
  ERESTART_RESTARTBLOCK,
  ERESTARTNOHAND,
  POLLNVAL,
  RLIMIT_NOFILE,
} from '@tsvisor/abi'
import type { Blocking, Result } from '../kernel/blocking.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'
import { type PollEntry, pollOnce, pollUntil } from './poll-loop.ts'
import { withSignalMask } from './signal-mask.ts'
import { deadlineIn, readTimespecNs, remainingNs, writeNs } from './time-out.ts'

const POLLFD_SIZE = 8

export const poll: Handler<'poll'> = (task, { fds, nfds, timeout }) => {
  const deadlineNs = timeout < 0 ? undefined : deadlineIn(task, timeout * 1e6)
  return pollFiles(task, fds, nfds, deadlineNs, 'restartable')
}

export const ppoll: Handler<'ppoll'> = (task, { fds, nfds, tmo_p, sigmask, sigsetsize }) => {
  const deadlineNs = tmo_p === 0 ? undefined : deadlineIn(task, readTimespecNs(task, tmo_p))
  return withSignalMask(task, sigmask, sigsetsize, () =>
    pollFiles(task, fds, nfds, deadlineNs, tmo_p),
  )
}

/** Where what is left of the time-out goes (0: nowhere), or poll's way of starting again. */
type Remainder = Addr | 'restartable'

function pollFiles(
  task: Task,
  fds: Addr,
  nfds: number,
  deadlineNs: number | undefined,
  remainder: Remainder,
): Result {
  if (nfds > task.group.limits.soft(RLIMIT_NOFILE)) throw EINVAL
  const data = task.mm.readBytes(fds, nfds * POLLFD_SIZE)
  const view = new DataView(data.buffer)
  const entries: PollEntry[] = []
  for (let i = 0; i < nfds; i++) {
    const fd = view.getInt32(i * POLLFD_SIZE, true)
    const events = view.getUint16(i * POLLFD_SIZE + 4, true)
    const file = fd < 0 ? undefined : task.fds.tryGet(fd)
    entries.push({ file, events, found: fd >= 0 && file === undefined ? POLLNVAL : 0 })
  }
  const finish = (count: number): number => {
    for (let i = 0; i < nfds; i++) {
      view.setUint16(i * POLLFD_SIZE + 6, entries[i]!.found, true)
    }
    task.mm.write(fds, data)
    return count
  }
  const count = pollOnce(entries)
  // A signal ends even a poll that would not wait.
  if (
    count === 0 &&
    task.signalPending &&
    deadlineNs !== undefined &&
    remainder !== 'restartable'
  ) {
    throw tellRemaining(task, remainder, deadlineNs, 'timespec') ? ERESTARTNOHAND : EINTR
  }
  if (count > 0 || (deadlineNs !== undefined && remainingNs(task, deadlineNs) === 0)) {
    if (typeof remainder === 'number') tellRemaining(task, remainder, deadlineNs, 'timespec')
    return finish(count)
  }
  return waitForFiles(task, entries, deadlineNs, remainder, finish, () =>
    pollFiles(task, fds, nfds, deadlineNs, remainder),
  )
}

function* waitForFiles(
  task: Task,
  entries: readonly PollEntry[],
  deadlineNs: number | undefined,
  remainder: Remainder,
  finish: (count: number) => number,
  again: () => Result,
): Blocking {
  const count = yield* pollUntil(entries, deadlineNs)
  const told = remainder === 'restartable' || tellRemaining(task, remainder, deadlineNs, 'timespec')
  if (count !== 'signal') return finish(count)
  if (remainder === 'restartable') {
    task.restartBlock = again
    throw ERESTART_RESTARTBLOCK
  }
  throw told ? ERESTARTNOHAND : EINTR
}

/** Stores what is left of a time-out; whether that succeeded (a failure is no error of the call). */
export function tellRemaining(
  task: Task,
  addr: Addr,
  deadlineNs: number | undefined,
  layout: 'timespec' | 'timeval',
): boolean {
  if (deadlineNs === undefined || addr === 0) return true
  try {
    writeNs(task, addr, remainingNs(task, deadlineNs), layout)
    return true
  } catch {
    return false
  }
}
