// Being in another namespace for a moment, with the thread that calls. (host)

import { close, openat } from './fs-open.ts'
import { setns } from './process.ts'
import { NAMESPACE } from './spawn.ts'

const AT_FDCWD = -100
const O_RDONLY_CLOEXEC = 0o2000000

/**
 * Runs `action` in the network namespace that a descriptor stands for: what it starts is there too.
 * Throws EPERM without the right to join it, EINVAL for another kind of file.
 */
export const inNetwork = <T>(fd: number, action: () => T): T => {
  const own = openat(AT_FDCWD, '/proc/thread-self/ns/net', O_RDONLY_CLOEXEC, 0)
  try {
    setns(fd, NAMESPACE.net)
    try {
      return action()
    } finally {
      setns(own, NAMESPACE.net)
    }
  } finally {
    close(own)
  }
}
