// Scheduling and clone(2), unshare(2), setns(2). (abi, pure)

export const CSIGNAL = 0xff

export const CLONE_VM = 0x100
export const CLONE_FS = 0x200
export const CLONE_FILES = 0x400
export const CLONE_SIGHAND = 0x800
export const CLONE_PIDFD = 0x1000
export const CLONE_PTRACE = 0x2000
export const CLONE_VFORK = 0x4000
export const CLONE_PARENT = 0x8000
export const CLONE_THREAD = 0x10000
export const CLONE_NEWNS = 0x20000
export const CLONE_SYSVSEM = 0x40000
export const CLONE_SETTLS = 0x80000
export const CLONE_PARENT_SETTID = 0x100000
export const CLONE_CHILD_CLEARTID = 0x200000
export const CLONE_DETACHED = 0x400000
export const CLONE_UNTRACED = 0x800000
export const CLONE_CHILD_SETTID = 0x1000000
export const CLONE_NEWCGROUP = 0x2000000
export const CLONE_NEWUTS = 0x4000000
export const CLONE_NEWIPC = 0x8000000
export const CLONE_NEWUSER = 0x10000000
export const CLONE_NEWPID = 0x20000000
export const CLONE_NEWNET = 0x40000000
export const CLONE_IO = 0x80000000
/** clone(2); the exit signal lies under CSIGNAL. */
export const cloneFlags = () =>
  ({
    CLONE_VM,
    CLONE_FS,
    CLONE_FILES,
    CLONE_SIGHAND,
    CLONE_PIDFD,
    CLONE_PTRACE,
    CLONE_VFORK,
    CLONE_PARENT,
    CLONE_THREAD,
    CLONE_NEWNS,
    CLONE_SYSVSEM,
    CLONE_SETTLS,
    CLONE_PARENT_SETTID,
    CLONE_CHILD_CLEARTID,
    CLONE_DETACHED,
    CLONE_UNTRACED,
    CLONE_CHILD_SETTID,
    CLONE_NEWCGROUP,
    CLONE_NEWUTS,
    CLONE_NEWIPC,
    CLONE_NEWUSER,
    CLONE_NEWPID,
    CLONE_NEWNET,
    CLONE_IO,
  }) as const

/** Lies under CSIGNAL: for unshare(2), setns(2) and clone3(2) only. */
export const CLONE_NEWTIME = 0x80

/** unshare(2), setns(2). */
export const unshareFlags = () =>
  ({
    CLONE_VM,
    CLONE_FS,
    CLONE_FILES,
    CLONE_SIGHAND,
    CLONE_THREAD,
    CLONE_SYSVSEM,
    CLONE_NEWNS,
    CLONE_NEWTIME,
    CLONE_NEWCGROUP,
    CLONE_NEWUTS,
    CLONE_NEWIPC,
    CLONE_NEWUSER,
    CLONE_NEWPID,
    CLONE_NEWNET,
  }) as const

// clone3(2) only.
export const CLONE_CLEAR_SIGHAND = 0x100000000
export const CLONE_INTO_CGROUP = 0x200000000

export const CLONE_ARGS_SIZE_VER0 = 64
export const CLONE_ARGS_SIZE_VER1 = 80
export const CLONE_ARGS_SIZE_VER2 = 88

export const SCHED_NORMAL = 0
export const SCHED_FIFO = 1
export const SCHED_RR = 2
export const SCHED_BATCH = 3
export const SCHED_IDLE = 5
export const SCHED_DEADLINE = 6
export const SCHED_EXT = 7
/** sched_setscheduler(2). */
export const schedPolicies = () =>
  ({
    SCHED_NORMAL,
    SCHED_FIFO,
    SCHED_RR,
    SCHED_BATCH,
    SCHED_IDLE,
    SCHED_DEADLINE,
    SCHED_EXT,
  }) as const

export const SCHED_RESET_ON_FORK = 0x40000000

export const SCHED_FLAG_RESET_ON_FORK = 0x1
export const SCHED_FLAG_RECLAIM = 0x2
export const SCHED_FLAG_DL_OVERRUN = 0x4
export const SCHED_FLAG_KEEP_POLICY = 0x8
export const SCHED_FLAG_KEEP_PARAMS = 0x10
export const SCHED_FLAG_UTIL_CLAMP_MIN = 0x20
export const SCHED_FLAG_UTIL_CLAMP_MAX = 0x40
/** sched_attr sched_flags. */
export const schedFlags = () =>
  ({
    SCHED_FLAG_RESET_ON_FORK,
    SCHED_FLAG_RECLAIM,
    SCHED_FLAG_DL_OVERRUN,
    SCHED_FLAG_KEEP_POLICY,
    SCHED_FLAG_KEEP_PARAMS,
    SCHED_FLAG_UTIL_CLAMP_MIN,
    SCHED_FLAG_UTIL_CLAMP_MAX,
  }) as const

export const IOPRIO_WHO_PROCESS = 1
export const IOPRIO_WHO_PGRP = 2
export const IOPRIO_WHO_USER = 3
/** ioprio_set(2). */
export const ioprioWhich = () => ({ IOPRIO_WHO_PROCESS, IOPRIO_WHO_PGRP, IOPRIO_WHO_USER }) as const

export const IOPRIO_CLASS_NONE = 0
export const IOPRIO_CLASS_RT = 1
export const IOPRIO_CLASS_BE = 2
export const IOPRIO_CLASS_IDLE = 3
export const ioprioClasses = () =>
  ({
    IOPRIO_CLASS_NONE,
    IOPRIO_CLASS_RT,
    IOPRIO_CLASS_BE,
    IOPRIO_CLASS_IDLE,
  }) as const

export const IOPRIO_CLASS_SHIFT = 13
