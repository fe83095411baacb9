// Limits and usage: getrlimit(2), getrusage(2), getpriority(2). (abi, pure)

export const RLIMIT_CPU = 0
export const RLIMIT_FSIZE = 1
export const RLIMIT_DATA = 2
export const RLIMIT_STACK = 3
export const RLIMIT_CORE = 4
export const RLIMIT_RSS = 5
export const RLIMIT_NPROC = 6
export const RLIMIT_NOFILE = 7
export const RLIMIT_MEMLOCK = 8
export const RLIMIT_AS = 9
export const RLIMIT_LOCKS = 10
export const RLIMIT_SIGPENDING = 11
export const RLIMIT_MSGQUEUE = 12
export const RLIMIT_NICE = 13
export const RLIMIT_RTPRIO = 14
export const RLIMIT_RTTIME = 15
/** getrlimit(2). */
export const rlimitResources = () =>
  ({
    RLIMIT_CPU,
    RLIMIT_FSIZE,
    RLIMIT_DATA,
    RLIMIT_STACK,
    RLIMIT_CORE,
    RLIMIT_RSS,
    RLIMIT_NPROC,
    RLIMIT_NOFILE,
    RLIMIT_MEMLOCK,
    RLIMIT_AS,
    RLIMIT_LOCKS,
    RLIMIT_SIGPENDING,
    RLIMIT_MSGQUEUE,
    RLIMIT_NICE,
    RLIMIT_RTPRIO,
    RLIMIT_RTTIME,
  }) as const

export const RLIM_NLIMITS = 16

export const RUSAGE_SELF = 0
export const RUSAGE_CHILDREN = -1
export const RUSAGE_BOTH = -2
export const RUSAGE_THREAD = 1
/** getrusage(2). */
export const rusageWho = () =>
  ({ RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_BOTH, RUSAGE_THREAD }) as const

export const PRIO_PROCESS = 0
export const PRIO_PGRP = 1
export const PRIO_USER = 2
/** getpriority(2). */
export const priorityWhich = () => ({ PRIO_PROCESS, PRIO_PGRP, PRIO_USER }) as const

/**
 * No limit. In memory all 64 bits are set; the u64 codec reads that as this double and writes
 * this double as that.
 */
export const RLIM_INFINITY = 2 ** 64
