// select, pselect6. (syscalls)
// Linux fs/select.c: core_sys_select, do_select.

import {
  type Addr,
  EBADF,
  EINTR,
  EINVAL,
  ERESTARTNOHAND,
  POLLERR,
  POLLHUP,
  POLLPRI,
  POLLRDBAND,
  POLLWRBAND,
} from '@tsvisor/abi'
import { READABLE, WRITABLE } from '../fs/poll-events.ts'
import type { Blocking, Result } from '../kernel/blocking.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'
import { tellRemaining } from './poll.ts'
import { type PollEntry, pollOnce, pollUntil } from './poll-loop.ts'
import { withSignalMask } from './signal-mask.ts'
import { deadlineIn, readTimespecNs, readTimevalNs } from './time-out.ts'

const IN = READABLE | POLLRDBAND | POLLHUP | POLLERR
const OUT = WRITABLE | POLLWRBAND | POLLERR
const EX = POLLPRI
const BITS = [IN, OUT, EX] as const

export const select: Handler<'select'> = (task, args) => {
  const { nfds, readfds, writefds, exceptfds, timeout } = args
  const timeoutNs = timeout === 0 ? undefined : readTimevalNs(task, timeout)
  return selectFiles(task, nfds, [readfds, writefds, exceptfds], timeoutNs, timeout, 'timeval')
}

export const pselect6: Handler<'pselect6'> = (task, args) => {
  const { nfds, readfds, writefds, exceptfds, timeout, sig } = args
  const timeoutNs = timeout === 0 ? undefined : readTimespecNs(task, timeout)
  const mask = sig === 0 ? 0 : task.mm.readU64(sig)
  const size = sig === 0 ? 0 : task.mm.readU64((sig + 8) as Addr)
  return withSignalMask(task, mask as Addr, size, () =>
    selectFiles(task, nfds, [readfds, writefds, exceptfds], timeoutNs, timeout, 'timespec'),
  )
}

function selectFiles(
  task: Task,
  nfds: number,
  addrs: readonly Addr[],
  timeoutNs: number | undefined,
  remainder: Addr,
  layout: 'timespec' | 'timeval',
): Result {
  if (nfds < 0) throw EINVAL
  // Beyond the table nothing is open, and Linux does not look there.
  const count = Math.min(nfds, task.fds.capacity)
  const bytes = Math.ceil(count / 64) * 8
  const sets = addrs.map(addr => (addr === 0 ? undefined : task.mm.readBytes(addr, bytes)))
  const entries: PollEntry[] = []
  const fds: number[] = []
  for (let fd = 0; fd < count; fd++) {
    let events = 0
    for (let s = 0; s < 3; s++)
      if (sets[s] && sets[s]![fd >> 3]! & (1 << (fd & 7))) events |= BITS[s]!
    if (events === 0) continue
    const file = task.fds.tryGet(fd)
    if (file === undefined) throw EBADF
    entries.push({ file, events, found: 0 })
    fds.push(fd)
  }
  const deadlineNs = timeoutNs === undefined ? undefined : deadlineIn(task, timeoutNs)

  const finish = (): number => {
    let total = 0
    const wanted = sets.map(set => set?.slice())
    for (const set of sets) set?.fill(0)
    entries.forEach((entry, i) => {
      const fd = fds[i]!
      for (let s = 0; s < 3; s++) {
        const bit = 1 << (fd & 7)
        if (!wanted[s] || !(wanted[s]![fd >> 3]! & bit) || !(entry.found & BITS[s]!)) continue
        sets[s]![fd >> 3]! |= bit
        total++
      }
    })
    sets.forEach((set, s) => {
      if (set) task.mm.write(addrs[s]!, set)
    })
    return total
  }
  /** POLLERR and POLLHUP are found unasked, but select counts only what it asked for. */
  const anything = (): boolean => {
    pollOnce(entries)
    return entries.some(entry => (entry.found & entry.events) !== 0)
  }
  const found = anything()
  if (found || timeoutNs === 0) {
    const told = remainder === 0 || tellRemaining(task, remainder, deadlineNs, layout)
    // A signal ends even a select that would not wait.
    if (!found && task.signalPending) throw told ? ERESTARTNOHAND : EINTR
    return finish()
  }
  return waitForSets(task, entries, deadlineNs, remainder, layout, finish)
}

function* waitForSets(
  task: Task,
  entries: readonly PollEntry[],
  deadlineNs: number | undefined,
  remainder: Addr,
  layout: 'timespec' | 'timeval',
  finish: () => number,
): Blocking {
  let outcome: number | 'signal'
  do outcome = yield* pollUntil(entries, deadlineNs)
  while (outcome !== 'signal' && outcome > 0 && !entries.some(e => (e.found & e.events) !== 0))
  const told = remainder === 0 || tellRemaining(task, remainder, deadlineNs, layout)
  if (outcome === 'signal') throw told ? ERESTARTNOHAND : EINTR
  return finish()
}
