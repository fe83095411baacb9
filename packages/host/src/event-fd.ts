// Descriptors that wait: epoll, timerfd, eventfd, memfd. (host)

import { call1, call3, call4 } from './call.ts'
import { NR } from './nr.ts'
import { cString, scratch, scratchView } from './scratch.ts'

export const EPOLLIN = 1
export const EPOLLOUT = 4
export const EPOLLERR = 8
export const EPOLLHUP = 16
export const EPOLLRDHUP = 0x2000
export const EPOLLET = 0x8000_0000

/** epoll_create1(2), close on exec. */
export const epollCreate = (): number => call1(NR.epoll_create1, 0o2000000)

export const EPOLL_CTL_ADD = 1
export const EPOLL_CTL_DEL = 2
export const EPOLL_CTL_MOD = 3

/** epoll_ctl(2); `data` (32 bits) comes back with the events. */
export const epollCtl = (
  epfd: number,
  operation: number,
  fd: number,
  events: number,
  data: number,
): void => {
  scratchView.setUint32(0, events >>> 0, true)
  scratchView.setUint32(4, data, true)
  scratchView.setUint32(8, 0, true)
  call4(NR.epoll_ctl, epfd, operation, fd, scratch.address)
}

/** timerfd_create(2) on CLOCK_MONOTONIC, close on exec, not blocking. */
export const timerfdCreate = (): number => call3(NR.timerfd_create, 1, 0o2004000, 0)

const TWO_32 = 0x1_0000_0000

/** Sets a timerfd to fire once at `deadlineNs` of CLOCK_MONOTONIC; undefined disarms it. */
export const timerfdSet = (fd: number, deadlineNs: number | undefined): void => {
  for (let i = 0; i < 16; i += 4) scratchView.setUint32(i, 0, true)
  // Zero would disarm: a deadline in the past still has to fire.
  const due = deadlineNs === undefined ? 0 : Math.max(1, deadlineNs)
  const sec = Math.floor(due / 1e9)
  scratchView.setUint32(16, sec % TWO_32, true)
  scratchView.setUint32(20, sec / TWO_32, true)
  scratchView.setUint32(24, due - sec * 1e9, true)
  scratchView.setUint32(28, 0, true)
  call4(NR.timerfd_settime, fd, 1, scratch.address, 0)
}

/** eventfd2(2), close on exec, not blocking. */
export const eventfd = (initial: number): number => call3(NR.eventfd2, initial, 0o2004000, 0)

const MFD_CLOEXEC = 1
const MFD_EXEC = 0x10

/** memfd_create(2), close on exec. `label` is for diagnostics. */
export const memfdCreate = (label: string): number =>
  call3(NR.memfd_create, cString(label), MFD_CLOEXEC, 0)

/** A memfd whose pages may be mapped executable, also where vm.memfd_noexec is 1. */
export const memfdCreateExecutable = (label: string): number => {
  try {
    return call3(NR.memfd_create, cString(label), MFD_CLOEXEC | MFD_EXEC, 0)
  } catch {
    // Before Linux 6.3 the flag does not exist, and every memfd is executable.
    return call3(NR.memfd_create, cString(label), MFD_CLOEXEC, 0)
  }
}
