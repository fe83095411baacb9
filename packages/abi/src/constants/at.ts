// Flags of the *at system calls. (abi, pure)

/** In place of a directory descriptor: the current directory. */
export const AT_FDCWD = -100

export const AT_SYMLINK_NOFOLLOW = 0x100
export const AT_SYMLINK_FOLLOW = 0x400
export const AT_NO_AUTOMOUNT = 0x800
export const AT_EMPTY_PATH = 0x1000
export const AT_STATX_FORCE_SYNC = 0x2000
export const AT_STATX_DONT_SYNC = 0x4000
export const AT_RECURSIVE = 0x8000
/** fstatat(2), linkat(2), fchownat(2), statx(2), execveat(2) …. */
export const atFlags = () =>
  ({
    AT_SYMLINK_NOFOLLOW,
    AT_SYMLINK_FOLLOW,
    AT_NO_AUTOMOUNT,
    AT_EMPTY_PATH,
    AT_STATX_FORCE_SYNC,
    AT_STATX_DONT_SYNC,
    AT_RECURSIVE,
  }) as const

export const AT_STATX_SYNC_TYPE = 0x6000
export const AT_STATX_SYNC_AS_STAT = 0x0

export const AT_EACCESS = 0x200
/** faccessat2(2). */
export const faccessatFlags = () => ({ AT_EACCESS, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH }) as const

export const AT_REMOVEDIR = 0x200
/** unlinkat(2). */
export const unlinkatFlags = () => ({ AT_REMOVEDIR }) as const
