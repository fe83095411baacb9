// Readiness bits of poll(2), epoll(7) and WaitQueue. (fs)
// Linux include/uapi/asm-generic/poll.h.

export const POLLIN = 0x001
export const POLLPRI = 0x002
export const POLLOUT = 0x004
export const POLLERR = 0x008
export const POLLHUP = 0x010
export const POLLNVAL = 0x020
export const POLLRDNORM = 0x040
export const POLLRDBAND = 0x080
export const POLLWRNORM = 0x100
export const POLLWRBAND = 0x200
export const POLLMSG = 0x400
export const POLLRDHUP = 0x2000

/** What a readable file reports. */
export const READABLE = POLLIN | POLLRDNORM
/** What a writable file reports. */
export const WRITABLE = POLLOUT | POLLWRNORM
