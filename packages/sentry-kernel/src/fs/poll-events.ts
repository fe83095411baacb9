// What readable and writable files report to poll. (fs)
// The bits themselves are in @tsvisor/abi: constants/poll.

import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '@tsvisor/abi'

/** What a readable file reports. */
export const READABLE = POLLIN | POLLRDNORM
/** What a writable file reports. */
export const WRITABLE = POLLOUT | POLLWRNORM
/** What a file reports of whose host file that was said. */
export const widened = (events: number): number =>
  events | (events & POLLIN ? READABLE : 0) | (events & POLLOUT ? WRITABLE : 0)
