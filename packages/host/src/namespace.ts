// Being in another mount namespace for a moment, with the thread that calls. (host)

import { close, openat } from './fs-open.ts'
import { chroot, fchdir, setns, unshare } from './process.ts'
import { NAMESPACE } from './spawn.ts'

const AT_FDCWD = -100
const O_RDONLY = 0
const O_CLOEXEC = 0o2000000
const O_PATH = 0o10000000
const CLONE_FS = 0x200

/**
 * Runs `action` in the mount namespace that a descriptor stands for, with its root as root and directory. Throws EPERM
 * without the right to join it, or to come back. From then on this thread has these two alone.
 * Nothing but synchronous calls: other threads stay where they are.
 */
export const inMounts = <T>(fd: number, action: () => T): T => {
  const opened: number[] = []
  const open = (path: string, flags: number): number => {
    const file = openat(AT_FDCWD, path, flags | O_CLOEXEC, 0)
    opened.push(file)
    return file
  }
  try {
    const own = open('/proc/thread-self/ns/mnt', O_RDONLY)
    const [root, directory] = [open('/', O_PATH), open('.', O_PATH)]
    unshare(CLONE_FS)
    setns(fd, NAMESPACE.mount)
    try {
      return action()
    } finally {
      setns(own, NAMESPACE.mount)
      fchdir(root)
      chroot('.')
      fchdir(directory)
    }
  } finally {
    for (const file of opened) close(file)
  }
}
