// Waiting for events: poll(2), epoll(7), eventfd(2), timerfd and inotify flags. (abi, pure)

export const POLLIN = 0x1
export const POLLPRI = 0x2
export const POLLOUT = 0x4
export const POLLERR = 0x8
export const POLLHUP = 0x10
export const POLLNVAL = 0x20
export const POLLRDNORM = 0x40
export const POLLRDBAND = 0x80
export const POLLWRNORM = 0x100
export const POLLWRBAND = 0x200
export const POLLMSG = 0x400
export const POLLREMOVE = 0x1000
export const POLLRDHUP = 0x2000
/** struct pollfd events. */
export const pollEvents = () =>
  ({
    POLLIN,
    POLLPRI,
    POLLOUT,
    POLLERR,
    POLLHUP,
    POLLNVAL,
    POLLRDNORM,
    POLLRDBAND,
    POLLWRNORM,
    POLLWRBAND,
    POLLMSG,
    POLLREMOVE,
    POLLRDHUP,
  }) as const

export const EPOLLIN = 0x1
export const EPOLLPRI = 0x2
export const EPOLLOUT = 0x4
export const EPOLLERR = 0x8
export const EPOLLHUP = 0x10
export const EPOLLNVAL = 0x20
export const EPOLLRDNORM = 0x40
export const EPOLLRDBAND = 0x80
export const EPOLLWRNORM = 0x100
export const EPOLLWRBAND = 0x200
export const EPOLLMSG = 0x400
export const EPOLLRDHUP = 0x2000
export const EPOLLEXCLUSIVE = 0x10000000
export const EPOLLWAKEUP = 0x20000000
export const EPOLLONESHOT = 0x40000000
export const EPOLLET = 0x80000000
/** struct epoll_event events. */
export const epollEvents = () =>
  ({
    EPOLLIN,
    EPOLLPRI,
    EPOLLOUT,
    EPOLLERR,
    EPOLLHUP,
    EPOLLNVAL,
    EPOLLRDNORM,
    EPOLLRDBAND,
    EPOLLWRNORM,
    EPOLLWRBAND,
    EPOLLMSG,
    EPOLLRDHUP,
    EPOLLEXCLUSIVE,
    EPOLLWAKEUP,
    EPOLLONESHOT,
    EPOLLET,
  }) as const

export const EPOLL_CTL_ADD = 1
export const EPOLL_CTL_DEL = 2
export const EPOLL_CTL_MOD = 3
/** epoll_ctl(2). */
export const epollOperations = () => ({ EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD }) as const

export const EPOLL_CLOEXEC = 0o2000000
/** epoll_create1(2). */
export const epollCreateFlags = () => ({ EPOLL_CLOEXEC }) as const

export const EFD_SEMAPHORE = 1
export const EFD_NONBLOCK = 0o4000
export const EFD_CLOEXEC = 0o2000000
/** eventfd2(2). */
export const eventfdFlags = () => ({ EFD_SEMAPHORE, EFD_NONBLOCK, EFD_CLOEXEC }) as const
