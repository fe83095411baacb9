// System V IPC and POSIX message queues. (abi, pure)

export const IPC_PRIVATE = 0
export const IPC_64 = 256

export const IPC_RMID = 0
export const IPC_SET = 1
export const IPC_STAT = 2
export const IPC_INFO = 3
export const SHM_LOCK = 11
export const SHM_UNLOCK = 12
export const SHM_STAT = 13
export const SHM_INFO = 14
export const SHM_STAT_ANY = 15
/** shmctl(2). */
export const shmctlCommands = () =>
  ({
    IPC_RMID,
    IPC_SET,
    IPC_STAT,
    IPC_INFO,
    SHM_LOCK,
    SHM_UNLOCK,
    SHM_STAT,
    SHM_INFO,
    SHM_STAT_ANY,
  }) as const

export const GETPID = 11
export const GETVAL = 12
export const GETALL = 13
export const GETNCNT = 14
export const GETZCNT = 15
export const SETVAL = 16
export const SETALL = 17
export const SEM_STAT = 18
export const SEM_INFO = 19
export const SEM_STAT_ANY = 20
/** semctl(2). */
export const semctlCommands = () =>
  ({
    IPC_RMID,
    IPC_SET,
    IPC_STAT,
    IPC_INFO,
    GETPID,
    GETVAL,
    GETALL,
    GETNCNT,
    GETZCNT,
    SETVAL,
    SETALL,
    SEM_STAT,
    SEM_INFO,
    SEM_STAT_ANY,
  }) as const

export const MSG_STAT = 11
export const MSG_INFO = 12
export const MSG_STAT_ANY = 13
/** msgctl(2). */
export const msgctlCommands = () =>
  ({
    IPC_RMID,
    IPC_SET,
    IPC_STAT,
    IPC_INFO,
    MSG_STAT,
    MSG_INFO,
    MSG_STAT_ANY,
  }) as const

export const IPC_CREAT = 0o1000
export const IPC_EXCL = 0o2000
export const IPC_NOWAIT = 0o4000
/** semget(2), msgget(2), with the mode. */
export const ipcFlags = () => ({ IPC_CREAT, IPC_EXCL, IPC_NOWAIT }) as const

export const MSG_NOERROR = 0o10000
export const MSG_EXCEPT = 0o20000
export const MSG_COPY = 0o40000
/** msgrcv(2). */
export const msgrcvFlags = () => ({ IPC_NOWAIT, MSG_NOERROR, MSG_EXCEPT, MSG_COPY }) as const

export const SHM_HUGETLB = 0o4000
export const SHM_NORESERVE = 0o10000
/** shmget(2). */
export const shmgetFlags = () => ({ IPC_CREAT, IPC_EXCL, SHM_HUGETLB, SHM_NORESERVE }) as const

export const SHM_RDONLY = 0o10000
export const SHM_RND = 0o20000
export const SHM_REMAP = 0o40000
export const SHM_EXEC = 0o100000
/** shmat(2). */
export const shmatFlags = () => ({ SHM_RDONLY, SHM_RND, SHM_REMAP, SHM_EXEC }) as const

// shm_perm.mode: removed once detached; locked.
export const SHM_DEST = 0o1000
export const SHM_LOCKED = 0o2000

/** sem_flg. */
export const SEM_UNDO = 0x1000

export const SEMMNI = 32000
export const SEMMSL = 32000
export const SEMMNS = 1024000000
export const SEMOPM = 500
export const SEMVMX = 32767
export const SEMAEM = 32767
export const MSGMNI = 32000
export const MSGMAX = 8192
export const MSGMNB = 16384
export const SHMMIN = 1
export const SHMMNI = 4096

/** Shared memory segments must be a multiple of this (a page on amd64). */
export const SHMLBA = 4096
