// All that the sandbox process may ask of the host's kernel once its walls are up. (runsc)

import { PTRACE } from '@tsvisor/host'
import { allow, answer, type CallRule, is, isNull, isOneOf } from './call-rule.ts'
import { runtimeCalls } from './runtime-calls.ts'

const EACCES = 13
const EPERM = 1
const EINVAL = 22
const ENOTTY = 25

const { PEEKUSER, POKEUSER, CONT, GETREGS, SETREGS, SYSEMU, SYSEMU_SINGLESTEP } = PTRACE
const { GETEVENTMSG, GETSIGINFO, GETREGSET, SETREGSET, INTERRUPT, GET_SYSCALL_INFO } = PTRACE

/** Of processes that are traced already: there is no way to get hold of another one. */
const REQUESTS = {
  ...{ PEEKUSER, POKEUSER, CONT, GETREGS, SETREGS, SYSEMU, SYSEMU_SINGLESTEP },
  ...{ GETEVENTMSG, GETSIGINFO, GETREGSET, SETREGSET, INTERRUPT, GET_SYSCALL_INFO },
}
const FCNTLS = {
  ...{ F_DUPFD: 0, F_GETFD: 1, F_SETFD: 2, F_GETFL: 3, F_SETFL: 4 },
  ...{ F_DUPFD_CLOEXEC: 1030, F_SETPIPE_SZ: 1031, F_GETPIPE_SZ: 1032 },
}
/** Settings and sizes. Not TIOCSTI, which types. */
const TERMINAL = {
  ...{ TCGETS: 0x5401, TCSETS: 0x5402, TCSETSW: 0x5403, TCSETSF: 0x5404 },
  ...{ TIOCGWINSZ: 0x5413, TIOCSWINSZ: 0x5414, FIONREAD: 0x541b },
}
const O_RDONLY_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const FACTS = { SO_TYPE: 3, SO_ERROR: 4, SO_ACCEPTCONN: 30, SO_PROTOCOL: 38, SO_DOMAIN: 39 }
const SOL_TCP = 6
const TCP_NODELAY = 1

export interface SandboxFacts {
  /** This process, as it knows itself. */
  readonly pid: number
  /** The descriptor of its own /proc. */
  readonly proc: number
}

/** Most frequent first. What is not here ends the process. */
export const sandboxCalls = ({ pid, proc }: SandboxFacts): readonly CallRule[] => [
  ...allow('ptrace', 'drives the threads of guests', isOneOf(0, 'request', REQUESTS)),
  ...allow('wait4', 'waits for them'),
  ...allow(['process_vm_readv', 'process_vm_writev'], 'memory of guests', is(5, 'flags', 0)),
  ...allow(['pread64', 'pwrite64', 'read', 'write', 'readv', 'writev', 'lseek'], 'open files'),
  ...allow(['fstat', 'fsync', 'fdatasync', 'ftruncate', 'fallocate'], 'open files'),
  ...allow(['recvmsg', 'sendmsg'], 'the gofer and the control socket; descriptors come that way'),
  ...allow('recvfrom', 'sockets that are stdio', isNull(4, 'address')),
  ...allow('sendto', 'sockets that are stdio', isNull(4, 'address')),
  ...allow(['shutdown', 'accept4'], 'control connections, sockets that guests were given'),
  ...allow(['getsockname', 'getpeername'], 'sockets that guests were given'),
  ...allow(
    'getsockopt',
    'sockets that guests were given',
    isOneOf(1, 'level', { SOL_SOCKET }),
    isOneOf(2, 'option', FACTS),
  ),
  ...answer(EINVAL, 'getsockopt', 'no other option'),
  ...allow(
    'setsockopt',
    'sockets that guests were given',
    isOneOf(1, 'level', { SOL_TCP }),
    isOneOf(2, 'option', { TCP_NODELAY }),
  ),
  ...allow(['epoll_create1', 'epoll_ctl', 'epoll_wait', 'epoll_pwait', 'poll'], 'what is ready'),
  ...allow(['timerfd_create', 'timerfd_settime', 'eventfd2'], 'what is due'),
  ...allow('memfd_create', 'memory that guests share'),
  ...allow(['close', 'close_range', 'dup', 'dup3', 'pipe2'], 'descriptors'),
  ...allow('fcntl', 'descriptors', isOneOf(1, 'command', FCNTLS)),
  ...answer(EINVAL, 'fcntl', 'no locks, no owners'),
  ...allow('ioctl', 'terminals that are stdio', isOneOf(1, 'request', TERMINAL)),
  ...answer(ENOTTY, 'ioctl', 'no other device'),
  ...allow('sched_setaffinity', 'guests share its CPU'),
  ...allow('kill', 'ends guests', isOneOf(1, 'signal', { SIGKILL: 9 })),
  ...answer(EPERM, 'kill', 'no other signal'),
  ...allow(
    'openat',
    'statm of guests',
    is(0, 'directory its /proc, descriptor', proc),
    is(2, 'flags O_RDONLY|O_CLOEXEC,', O_RDONLY_CLOEXEC),
  ),
  ...answer(EACCES, 'openat', 'nothing is opened by path'),
  ...answer(
    EACCES,
    ['newfstatat', 'statx', 'readlinkat', 'faccessat'],
    'nothing is looked at by path',
  ),
  ...runtimeCalls(pid),
]
