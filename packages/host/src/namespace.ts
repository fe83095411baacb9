// Being in another namespace for a moment, with the thread that calls. (host)

import { close, openat } from './fs-open.ts'
import { chroot, fchdir, setns, unshare } from './process.ts'
import { NAMESPACE } from './spawn.ts'

const AT_FDCWD = -100
const O_RDONLY = 0
const O_CLOEXEC = 0o2000000
const O_PATH = 0o10000000
const CLONE_FS = 0x200

/**
 * Runs `action` in the network namespace that a descriptor stands for: what it starts is there too.
 * Throws EPERM without the right to join it, EINVAL for another kind of file.
 */
export const inNetwork = <T>(fd: number, action: () => T): T => {
  const own = openat(AT_FDCWD, '/proc/thread-self/ns/net', O_RDONLY | O_CLOEXEC, 0)
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

/**
 * Likewise in a mount namespace, with its root as root and directory. From then on this thread has these two alone.
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
