// Reaching the file behind an O_PATH descriptor: /proc/self/fd, the one magic link we follow. (gofer)

import { O_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_PATH } from '@tsvisor/abi'
import { AT_FDCWD, openat } from '@tsvisor/host'

/** A path that leads to the very file of `fd`, a symlink included, and nowhere else. */
export const procPath = (fd: number): string => `/proc/self/fd/${fd}`

/** Opens the file for input and output. The caller has made sure that it is regular or a directory. */
export const reopen = (fd: number, flags: number): number =>
  openat(AT_FDCWD, procPath(fd), flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0)

/** An O_PATH descriptor of the open file. */
export const openPath = (fd: number): number =>
  openat(AT_FDCWD, procPath(fd), O_PATH | O_CLOEXEC, 0)
