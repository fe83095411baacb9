// Opening and positioning files: open(2), openat2(2), lseek(2), access(2). (abi, pure)

/** Mask of the access mode in open flags. */
export const O_ACCMODE = 3

export const O_RDONLY = 0
export const O_WRONLY = 1
export const O_RDWR = 2
export const O_CREAT = 0o100
export const O_EXCL = 0o200
export const O_NOCTTY = 0o400
export const O_TRUNC = 0o1000
export const O_APPEND = 0o2000
export const O_NONBLOCK = 0o4000
export const O_SYNC = 0o4010000
export const O_DSYNC = 0o10000
export const FASYNC = 0o20000
export const O_DIRECT = 0o40000
export const O_LARGEFILE = 0o100000
export const O_TMPFILE = 0o20200000
export const O_DIRECTORY = 0o200000
export const O_NOFOLLOW = 0o400000
export const O_NOATIME = 0o1000000
export const O_CLOEXEC = 0o2000000
export const O_PATH = 0o10000000
/** open(2) flags; O_RDONLY, O_WRONLY and O_RDWR are alternatives under O_ACCMODE. */
export const openFlags = () =>
  ({
    O_RDONLY,
    O_WRONLY,
    O_RDWR,
    O_CREAT,
    O_EXCL,
    O_NOCTTY,
    O_TRUNC,
    O_APPEND,
    O_NONBLOCK,
    O_SYNC,
    O_DSYNC,
    FASYNC,
    O_DIRECT,
    O_LARGEFILE,
    O_TMPFILE,
    O_DIRECTORY,
    O_NOFOLLOW,
    O_NOATIME,
    O_CLOEXEC,
    O_PATH,
  }) as const

export const __O_SYNC = 0o4000000
export const __O_TMPFILE = 0o20000000
export const O_NDELAY = 0o4000
export const O_ASYNC = 0o20000

export const RESOLVE_NO_XDEV = 0x1
export const RESOLVE_NO_MAGICLINKS = 0x2
export const RESOLVE_NO_SYMLINKS = 0x4
export const RESOLVE_BENEATH = 0x8
export const RESOLVE_IN_ROOT = 0x10
export const RESOLVE_CACHED = 0x20
/** openat2(2) resolve flags. */
export const resolveFlags = () =>
  ({
    RESOLVE_NO_XDEV,
    RESOLVE_NO_MAGICLINKS,
    RESOLVE_NO_SYMLINKS,
    RESOLVE_BENEATH,
    RESOLVE_IN_ROOT,
    RESOLVE_CACHED,
  }) as const

export const SEEK_SET = 0
export const SEEK_CUR = 1
export const SEEK_END = 2
export const SEEK_DATA = 3
export const SEEK_HOLE = 4
/** lseek(2). */
export const seekWhences = () => ({ SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE }) as const

export const F_OK = 0
export const X_OK = 1
export const W_OK = 2
export const R_OK = 4
/** access(2). */
export const accessModes = () => ({ F_OK, X_OK, W_OK, R_OK }) as const
