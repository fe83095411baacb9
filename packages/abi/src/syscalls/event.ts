// System calls that wait for many files, and files that are events. (abi, pure)

import { epollCreateFlags, epollOperations, eventfdFlags } from '../constants/poll.ts'
import { signalfdFlags } from '../constants/signal.ts'
import { clockIds, timerfdFlags, timerfdSettimeFlags } from '../constants/time.ts'
import { epoll_event, pollfd, sigset_argpack } from '../structs/file.ts'
import { itimerspec, timespec, timeval } from '../structs/time.ts'
import { arrayOf, fd, fdset, flags, int, oneOf, ptr, sigset, size, sys, uint } from '../syscall.ts'

export const eventSyscalls = {
  poll: sys(7, () => ({ fds: arrayOf('inout', pollfd, 'nfds'), nfds: uint, timeout: int })),
  select: sys(23, () => ({
    nfds: int,
    readfds: fdset,
    writefds: fdset,
    exceptfds: fdset,
    timeout: ptr('inout', timeval),
  })),
  epoll_create: sys(213, () => ({ size: int })),
  epoll_ctl_old: sys(214, () => ({})),
  epoll_wait_old: sys(215, () => ({})),
  epoll_wait: sys(232, () => ({
    epfd: fd,
    events: arrayOf('out', epoll_event, 'maxevents'),
    maxevents: int,
    timeout: int,
  })),
  epoll_ctl: sys(233, () => ({
    epfd: fd,
    op: oneOf(epollOperations),
    fd,
    event: ptr('in', epoll_event),
  })),
  pselect6: sys(270, () => ({
    nfds: int,
    readfds: fdset,
    writefds: fdset,
    exceptfds: fdset,
    timeout: ptr('inout', timespec),
    sig: ptr('in', sigset_argpack),
  })),
  ppoll: sys(271, () => ({
    fds: arrayOf('inout', pollfd, 'nfds'),
    nfds: uint,
    tmo_p: ptr('inout', timespec),
    sigmask: sigset('in'),
    sigsetsize: size,
  })),
  epoll_pwait: sys(281, () => ({
    epfd: fd,
    events: arrayOf('out', epoll_event, 'maxevents'),
    maxevents: int,
    timeout: int,
    sigmask: sigset('in'),
    sigsetsize: size,
  })),
  signalfd: sys(282, () => ({ fd, mask: sigset('in'), sizemask: size })),
  timerfd_create: sys(283, () => ({ clockid: oneOf(clockIds), flags: flags(timerfdFlags) })),
  eventfd: sys(284, () => ({ initval: uint })),
  timerfd_settime: sys(286, () => ({
    fd,
    flags: flags(timerfdSettimeFlags),
    new_value: ptr('in', itimerspec),
    old_value: ptr('out', itimerspec),
  })),
  timerfd_gettime: sys(287, () => ({ fd, curr_value: ptr('out', itimerspec) })),
  signalfd4: sys(289, () => ({
    fd,
    mask: sigset('in'),
    sizemask: size,
    flags: flags(signalfdFlags),
  })),
  eventfd2: sys(290, () => ({ initval: uint, flags: flags(eventfdFlags) })),
  epoll_create1: sys(291, () => ({ flags: flags(epollCreateFlags) })),
  epoll_pwait2: sys(441, () => ({
    epfd: fd,
    events: arrayOf('out', epoll_event, 'maxevents'),
    maxevents: int,
    timeout: ptr('in', timespec),
    sigmask: sigset('in'),
    sigsetsize: size,
  })),
}
