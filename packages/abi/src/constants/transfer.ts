// Moving bytes: splice(2), preadv2(2), fallocate(2), fadvise(2), sync_file_range(2). (abi, pure)

export const FALLOC_FL_KEEP_SIZE = 0x1
export const FALLOC_FL_PUNCH_HOLE = 0x2
export const FALLOC_FL_NO_HIDE_STALE = 0x4
export const FALLOC_FL_COLLAPSE_RANGE = 0x8
export const FALLOC_FL_ZERO_RANGE = 0x10
export const FALLOC_FL_INSERT_RANGE = 0x20
export const FALLOC_FL_UNSHARE_RANGE = 0x40
/** fallocate(2). */
export const fallocateModes = () =>
  ({
    FALLOC_FL_KEEP_SIZE,
    FALLOC_FL_PUNCH_HOLE,
    FALLOC_FL_NO_HIDE_STALE,
    FALLOC_FL_COLLAPSE_RANGE,
    FALLOC_FL_ZERO_RANGE,
    FALLOC_FL_INSERT_RANGE,
    FALLOC_FL_UNSHARE_RANGE,
  }) as const

export const POSIX_FADV_NORMAL = 0
export const POSIX_FADV_RANDOM = 1
export const POSIX_FADV_SEQUENTIAL = 2
export const POSIX_FADV_WILLNEED = 3
export const POSIX_FADV_DONTNEED = 4
export const POSIX_FADV_NOREUSE = 5
/** posix_fadvise(2). */
export const fadviseAdvices = () =>
  ({
    POSIX_FADV_NORMAL,
    POSIX_FADV_RANDOM,
    POSIX_FADV_SEQUENTIAL,
    POSIX_FADV_WILLNEED,
    POSIX_FADV_DONTNEED,
    POSIX_FADV_NOREUSE,
  }) as const

export const RWF_HIPRI = 0x1
export const RWF_DSYNC = 0x2
export const RWF_SYNC = 0x4
export const RWF_NOWAIT = 0x8
export const RWF_APPEND = 0x10
export const RWF_NOAPPEND = 0x20
export const RWF_ATOMIC = 0x40
/** preadv2(2), pwritev2(2). */
export const rwfFlags = () =>
  ({
    RWF_HIPRI,
    RWF_DSYNC,
    RWF_SYNC,
    RWF_NOWAIT,
    RWF_APPEND,
    RWF_NOAPPEND,
    RWF_ATOMIC,
  }) as const

export const RENAME_NOREPLACE = 1
export const RENAME_EXCHANGE = 2
export const RENAME_WHITEOUT = 4
/** renameat2(2). */
export const renameFlags = () => ({ RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT }) as const

export const SYNC_FILE_RANGE_WAIT_BEFORE = 1
export const SYNC_FILE_RANGE_WRITE = 2
export const SYNC_FILE_RANGE_WAIT_AFTER = 4
/** sync_file_range(2). */
export const syncFileRangeFlags = () =>
  ({
    SYNC_FILE_RANGE_WAIT_BEFORE,
    SYNC_FILE_RANGE_WRITE,
    SYNC_FILE_RANGE_WAIT_AFTER,
  }) as const

export const SPLICE_F_MOVE = 1
export const SPLICE_F_NONBLOCK = 2
export const SPLICE_F_MORE = 4
export const SPLICE_F_GIFT = 8
/** splice(2). */
export const spliceFlags = () =>
  ({
    SPLICE_F_MOVE,
    SPLICE_F_NONBLOCK,
    SPLICE_F_MORE,
    SPLICE_F_GIFT,
  }) as const
