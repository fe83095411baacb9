// Descriptors that came with exec and are not ours to keep. (gofer)

import { readdirSync } from 'node:fs'
import { Errno } from '@tsvisor/abi'
import { close, fcntl } from '@tsvisor/host'

const F_GETFD = 1
const F_SETFD = 2
const FD_CLOEXEC = 1

/**
 * Closes every inherited descriptor but 0, 1, 2 and `kept`, which become close-on-exec. Inherited
 * are those without close-on-exec: Node opens its own with it.
 */
export const keepOnly = (kept: readonly number[]): void => {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name)
    if (fd <= 2) continue
    try {
      if (fcntl(fd, F_GETFD, 0) & FD_CLOEXEC) continue
      if (kept.includes(fd)) fcntl(fd, F_SETFD, FD_CLOEXEC)
      else close(fd)
    } catch (error) {
      // The descriptor of the listing itself is gone by now.
      if (!(error instanceof Errno)) throw error
    }
  }
}
