// All that the gofer may ask of the host's kernel once it serves. (runsc)
// Paths cannot be seen by a filter: where they lead is the affair of its root, or of Landlock.

import { allow, answer, type CallRule, isOneOf } from './call-rule.ts'
import { runtimeCalls } from './runtime-calls.ts'

const EINVAL = 22
const ENOTTY = 25
const EPERM = 1

const FCNTLS = {
  ...{ F_DUPFD: 0, F_GETFD: 1, F_SETFD: 2, F_GETFL: 3, F_SETFL: 4, F_GETLK: 5, F_SETLK: 6 },
  ...{ F_OFD_GETLK: 36, F_OFD_SETLK: 37, F_DUPFD_CLOEXEC: 1030 },
}
const TIOCGWINSZ = 0x5413
const S_IFMT = 0o170000
const NO_DEVICE = {
  argument: 2,
  text: 'type regular, FIFO or socket',
  bits: S_IFMT,
  values: [0, 0o100000, 0o010000, 0o140000],
}

/** `pid`: this process, as it knows itself. */
export const goferCalls = (pid: number): readonly CallRule[] => [
  ...allow(['recvmsg', 'sendmsg', 'poll'], 'the sandbox; descriptors go that way'),
  ...allow(['openat', 'close', 'fstat', 'newfstatat', 'statx', 'readlinkat'], 'finds files'),
  ...allow(['fstatfs', 'getdents64', 'lseek'], 'lists files'),
  ...allow(['read', 'write', 'pread64', 'pwrite64', 'fsync', 'fdatasync'], 'contents'),
  ...allow(['ftruncate', 'fallocate', 'copy_file_range'], 'contents'),
  ...allow(['mkdirat', 'symlinkat', 'linkat', 'unlinkat', 'renameat2'], 'names'),
  ...allow('mknodat', 'names', NO_DEVICE),
  ...answer(EPERM, 'mknodat', 'no devices'),
  ...allow(['fchmod', 'fchmodat', 'fchown', 'fchownat', 'utimensat', 'umask'], 'attributes'),
  ...allow(['getxattr', 'lgetxattr', 'fgetxattr', 'listxattr', 'llistxattr'], 'attributes'),
  ...allow(['flistxattr', 'setxattr', 'lsetxattr', 'fsetxattr'], 'attributes'),
  ...allow(['removexattr', 'lremovexattr', 'fremovexattr', 'faccessat'], 'attributes'),
  ...allow('flock', 'locks'),
  ...allow('fcntl', 'locks, descriptors', isOneOf(1, 'command', FCNTLS)),
  ...answer(EINVAL, 'fcntl', 'nothing else'),
  ...allow('ioctl', "the size of its container's terminal", isOneOf(1, 'request', { TIOCGWINSZ })),
  ...answer(ENOTTY, 'ioctl', 'no device'),
  ...answer(EPERM, 'kill', 'no process'),
  ...runtimeCalls(pid),
  ...allow(['epoll_ctl', 'epoll_wait', 'epoll_pwait', 'close_range', 'dup3'], 'the end of Node'),
]
