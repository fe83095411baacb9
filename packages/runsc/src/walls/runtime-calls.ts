// What Node and V8 themselves need of the host's kernel while JavaScript runs. (runsc)

import { allow, answer, bits, type CallRule, isNull, isOneOf } from './call-rule.ts'

const EPERM = 1
const EACCES = 13
const EINVAL = 22
const ENOSYS = 38

const PROT_EXEC = 4
const MAP_ANONYMOUS = 0x20
/** What pthread_create(3) of glibc asks for. */
const CLONE_PTHREAD = 0x003d_0f00

/** `pid`: this process, as it knows itself. */
export const runtimeCalls = (pid: number): readonly CallRule[] => [
  ...allow(['futex', 'sched_yield', 'membarrier'], 'threads of V8 wait for each other'),
  ...allow('mmap', 'memory', bits(2, 'not executable', PROT_EXEC, 0)),
  ...allow(
    'mmap',
    'V8 keeps compiled code there',
    bits(3, 'anonymous', MAP_ANONYMOUS, MAP_ANONYMOUS),
  ),
  ...answer(EPERM, 'mmap', 'code of files is not loaded any more'),
  ...allow(['munmap', 'mremap', 'madvise', 'brk'], 'memory'),
  ...allow(['mprotect', 'pkey_mprotect'], 'V8 compiles at any time: its pages turn executable'),
  ...allow(['rt_sigaction', 'rt_sigprocmask', 'rt_sigreturn', 'sigaltstack'], 'signal handlers'),
  ...allow(
    [
      'clock_gettime',
      'clock_getres',
      'nanosleep',
      'clock_nanosleep',
      'restart_syscall',
      'getrandom',
    ],
    'time, chance',
  ),
  ...allow(
    [
      'getpid',
      'getppid',
      'gettid',
      'getuid',
      'geteuid',
      'getgid',
      'getegid',
      'getrusage',
      'sysinfo',
      'uname',
    ],
    'who and where it is',
  ),
  ...allow(['getcpu', 'sched_getaffinity'], 'which CPUs there are'),
  ...allow('prlimit64', 'what its limits are', isNull(2, 'new')),
  ...allow('clone', 'a thread', isClone()),
  ...answer(EPERM, 'clone', 'no process'),
  ...answer(ENOSYS, 'clone3', 'glibc uses clone instead, whose flags can be seen'),
  ...allow(['set_robust_list', 'rseq', 'set_tid_address'], 'a thread starts'),
  ...allow('prctl', 'threads have names', isOneOf(0, 'option', { PR_SET_NAME: 15 })),
  ...answer(EINVAL, 'prctl', 'nothing else'),
  ...allow('tgkill', 'abort(3)', { argument: 0, text: 'itself', bits: 0xffff_ffff, values: [pid] }),
  ...allow(['exit', 'exit_group'], 'the end'),
  ...answer(
    EACCES,
    ['open', 'stat', 'lstat', 'access', 'faccessat2', 'readlink', 'getcwd'],
    'Node asks at odd times, and goes on without',
  ),
]

const isClone = () => ({
  argument: 0,
  text: 'flags of pthread_create',
  bits: 0xffff_ffff,
  values: [CLONE_PTHREAD],
})
