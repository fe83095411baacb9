// Waiting for processes: wait4(2), waitid(2), pidfd_open(2), kcmp(2). (abi, pure)

export const WNOHANG = 0x1
export const WUNTRACED = 0x2
export const WEXITED = 0x4
export const WCONTINUED = 0x8
export const WNOWAIT = 0x1000000
export const __WNOTHREAD = 0x20000000
export const __WALL = 0x40000000
export const __WCLONE = 0x80000000
/** wait4(2), waitid(2). */
export const waitOptions = () =>
  ({
    WNOHANG,
    WUNTRACED,
    WEXITED,
    WCONTINUED,
    WNOWAIT,
    __WNOTHREAD,
    __WALL,
    __WCLONE,
  }) as const

export const WSTOPPED = 2

export const P_ALL = 0
export const P_PID = 1
export const P_PGID = 2
export const P_PIDFD = 3
/** waitid(2). */
export const waitIdTypes = () => ({ P_ALL, P_PID, P_PGID, P_PIDFD }) as const

export const PIDFD_NONBLOCK = 0o4000
export const PIDFD_THREAD = 0o200
/** pidfd_open(2). */
export const pidfdFlags = () => ({ PIDFD_NONBLOCK, PIDFD_THREAD }) as const

export const PIDFD_SIGNAL_THREAD = 0x1
export const PIDFD_SIGNAL_THREAD_GROUP = 0x2
export const PIDFD_SIGNAL_PROCESS_GROUP = 0x4
/** pidfd_send_signal(2). */
export const pidfdSignalFlags = () =>
  ({
    PIDFD_SIGNAL_THREAD,
    PIDFD_SIGNAL_THREAD_GROUP,
    PIDFD_SIGNAL_PROCESS_GROUP,
  }) as const

export const KCMP_FILE = 0
export const KCMP_VM = 1
export const KCMP_FILES = 2
export const KCMP_FS = 3
export const KCMP_SIGHAND = 4
export const KCMP_IO = 5
export const KCMP_SYSVSEM = 6
export const KCMP_EPOLL_TFD = 7
/** kcmp(2). */
export const kcmpTypes = () =>
  ({
    KCMP_FILE,
    KCMP_VM,
    KCMP_FILES,
    KCMP_FS,
    KCMP_SIGHAND,
    KCMP_IO,
    KCMP_SYSVSEM,
    KCMP_EPOLL_TFD,
  }) as const
