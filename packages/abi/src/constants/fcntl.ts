// Descriptor operations: fcntl(2), flock(2), close_range(2). (abi, pure)

export const F_DUPFD = 0
export const F_GETFD = 1
export const F_SETFD = 2
export const F_GETFL = 3
export const F_SETFL = 4
export const F_GETLK = 5
export const F_SETLK = 6
export const F_SETLKW = 7
export const F_SETOWN = 8
export const F_GETOWN = 9
export const F_SETSIG = 10
export const F_GETSIG = 11
export const F_SETOWN_EX = 15
export const F_GETOWN_EX = 16
export const F_GETOWNER_UIDS = 17
export const F_OFD_GETLK = 36
export const F_OFD_SETLK = 37
export const F_OFD_SETLKW = 38
export const F_SETLEASE = 1024
export const F_GETLEASE = 1025
export const F_NOTIFY = 1026
export const F_DUPFD_QUERY = 1027
export const F_CREATED_QUERY = 1028
export const F_CANCELLK = 1029
export const F_DUPFD_CLOEXEC = 1030
export const F_SETPIPE_SZ = 1031
export const F_GETPIPE_SZ = 1032
export const F_ADD_SEALS = 1033
export const F_GET_SEALS = 1034
export const F_GET_RW_HINT = 1035
export const F_SET_RW_HINT = 1036
export const F_GET_FILE_RW_HINT = 1037
export const F_SET_FILE_RW_HINT = 1038
/** fcntl(2) commands. */
export const fcntlCommands = () =>
  ({
    F_DUPFD,
    F_GETFD,
    F_SETFD,
    F_GETFL,
    F_SETFL,
    F_GETLK,
    F_SETLK,
    F_SETLKW,
    F_SETOWN,
    F_GETOWN,
    F_SETSIG,
    F_GETSIG,
    F_SETOWN_EX,
    F_GETOWN_EX,
    F_GETOWNER_UIDS,
    F_OFD_GETLK,
    F_OFD_SETLK,
    F_OFD_SETLKW,
    F_SETLEASE,
    F_GETLEASE,
    F_NOTIFY,
    F_DUPFD_QUERY,
    F_CREATED_QUERY,
    F_CANCELLK,
    F_DUPFD_CLOEXEC,
    F_SETPIPE_SZ,
    F_GETPIPE_SZ,
    F_ADD_SEALS,
    F_GET_SEALS,
    F_GET_RW_HINT,
    F_SET_RW_HINT,
    F_GET_FILE_RW_HINT,
    F_SET_FILE_RW_HINT,
  }) as const

export const FD_CLOEXEC = 1
/** F_GETFD, F_SETFD. */
export const fdFlags = () => ({ FD_CLOEXEC }) as const

export const F_RDLCK = 0
export const F_WRLCK = 1
export const F_UNLCK = 2
/** struct flock l_type; leases. */
export const lockTypes = () => ({ F_RDLCK, F_WRLCK, F_UNLCK }) as const

export const F_OWNER_TID = 0
export const F_OWNER_PID = 1
export const F_OWNER_PGRP = 2
/** struct f_owner_ex type. */
export const ownerTypes = () => ({ F_OWNER_TID, F_OWNER_PID, F_OWNER_PGRP }) as const

export const F_SEAL_SEAL = 0x1
export const F_SEAL_SHRINK = 0x2
export const F_SEAL_GROW = 0x4
export const F_SEAL_WRITE = 0x8
export const F_SEAL_FUTURE_WRITE = 0x10
export const F_SEAL_EXEC = 0x20
/** F_ADD_SEALS. */
export const sealFlags = () =>
  ({
    F_SEAL_SEAL,
    F_SEAL_SHRINK,
    F_SEAL_GROW,
    F_SEAL_WRITE,
    F_SEAL_FUTURE_WRITE,
    F_SEAL_EXEC,
  }) as const

export const RWH_WRITE_LIFE_NOT_SET = 0
export const RWH_WRITE_LIFE_NONE = 1
export const RWH_WRITE_LIFE_SHORT = 2
export const RWH_WRITE_LIFE_MEDIUM = 3
export const RWH_WRITE_LIFE_LONG = 4
export const RWH_WRITE_LIFE_EXTREME = 5
/** F_SET_RW_HINT. */
export const rwHints = () =>
  ({
    RWH_WRITE_LIFE_NOT_SET,
    RWH_WRITE_LIFE_NONE,
    RWH_WRITE_LIFE_SHORT,
    RWH_WRITE_LIFE_MEDIUM,
    RWH_WRITE_LIFE_LONG,
    RWH_WRITE_LIFE_EXTREME,
  }) as const

export const DN_ACCESS = 0x1
export const DN_MODIFY = 0x2
export const DN_CREATE = 0x4
export const DN_DELETE = 0x8
export const DN_RENAME = 0x10
export const DN_ATTRIB = 0x20
export const DN_MULTISHOT = 0x80000000
/** F_NOTIFY. */
export const notifyFlags = () =>
  ({
    DN_ACCESS,
    DN_MODIFY,
    DN_CREATE,
    DN_DELETE,
    DN_RENAME,
    DN_ATTRIB,
    DN_MULTISHOT,
  }) as const

export const LOCK_SH = 1
export const LOCK_EX = 2
export const LOCK_NB = 4
export const LOCK_UN = 8
/** flock(2). */
export const flockOperations = () => ({ LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN }) as const

export const CLOSE_RANGE_UNSHARE = 2
export const CLOSE_RANGE_CLOEXEC = 4
/** close_range(2). */
export const closeRangeFlags = () => ({ CLOSE_RANGE_UNSHARE, CLOSE_RANGE_CLOEXEC }) as const
