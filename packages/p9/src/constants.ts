// Numbers of 9P2000.L. (p9)
// Source: Linux include/net/9p/9p.h.

export const HEADER_SIZE = 7
export const NOTAG = 0xffff
export const NOFID = 0xffff_ffff
export const NONUNAME = 0xffff_ffff
/** Names in one Twalk at most. */
export const MAX_WALK = 16
/** What Rread and Twrite need beside their data, rounded up: msize - IO_HEADER_SIZE bytes fit. */
export const IO_HEADER_SIZE = 24
/** The smallest msize with which every reply of fixed size fits. */
export const MIN_MSIZE = 512

export const VERSION_L = '9P2000.L'
/** 9P2000.L and the messages from type 200 on. */
export const VERSION_TSVISOR = '9P2000.L.tsvisor.1'
export const VERSION_UNKNOWN = 'unknown'

export const QT_DIR = 0x80
export const QT_SYMLINK = 0x02
export const QT_FILE = 0

export const GETATTR_BASIC = 0x7ff
export const GETATTR_BTIME = 0x800
export const GETATTR_ALL = 0x3fff

export const SETATTR_MODE = 1
export const SETATTR_UID = 2
export const SETATTR_GID = 4
export const SETATTR_SIZE = 8
export const SETATTR_ATIME = 0x10
export const SETATTR_MTIME = 0x20
export const SETATTR_CTIME = 0x40
/** The atime given, not the server's clock. */
export const SETATTR_ATIME_SET = 0x80
export const SETATTR_MTIME_SET = 0x100

/** Leaves an id alone, as chown(2)'s -1. */
export const NO_ID = 0xffff_ffff

export const AT_REMOVEDIR = 0x200

export const S_IFMT = 0o170000
export const S_IFDIR = 0o040000
export const S_IFREG = 0o100000
export const S_IFLNK = 0o120000

/** The qid type of a file with this st_mode. */
export const qidType = (mode: number): number => {
  const type = mode & S_IFMT
  return type === S_IFDIR ? QT_DIR : type === S_IFLNK ? QT_SYMLINK : QT_FILE
}
