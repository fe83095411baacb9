// File types, permissions, statx(2), directory entries, extended attributes. (abi, pure)

export const S_IFMT = 0o170000

export const S_IFSOCK = 0o140000
export const S_IFLNK = 0o120000
export const S_IFREG = 0o100000
export const S_IFBLK = 0o60000
export const S_IFDIR = 0o40000
export const S_IFCHR = 0o20000
export const S_IFIFO = 0o10000
/** The type in st_mode, under S_IFMT. */
export const fileTypes = () =>
  ({ S_IFSOCK, S_IFLNK, S_IFREG, S_IFBLK, S_IFDIR, S_IFCHR, S_IFIFO }) as const

export const S_ISUID = 0o4000
export const S_ISGID = 0o2000
export const S_ISVTX = 0o1000
export const S_IRUSR = 0o400
export const S_IWUSR = 0o200
export const S_IXUSR = 0o100
export const S_IRGRP = 0o40
export const S_IWGRP = 0o20
export const S_IXGRP = 0o10
export const S_IROTH = 4
export const S_IWOTH = 2
export const S_IXOTH = 1
/** The other bits of st_mode. */
export const permissionBits = () =>
  ({
    S_ISUID,
    S_ISGID,
    S_ISVTX,
    S_IRUSR,
    S_IWUSR,
    S_IXUSR,
    S_IRGRP,
    S_IWGRP,
    S_IXGRP,
    S_IROTH,
    S_IWOTH,
    S_IXOTH,
  }) as const

export const S_IRWXU = 0o700
export const S_IRWXG = 0o70
export const S_IRWXO = 7

export const STATX_TYPE = 0x1
export const STATX_MODE = 0x2
export const STATX_NLINK = 0x4
export const STATX_UID = 0x8
export const STATX_GID = 0x10
export const STATX_ATIME = 0x20
export const STATX_MTIME = 0x40
export const STATX_CTIME = 0x80
export const STATX_INO = 0x100
export const STATX_SIZE = 0x200
export const STATX_BLOCKS = 0x400
export const STATX_BTIME = 0x800
export const STATX_MNT_ID = 0x1000
export const STATX_DIOALIGN = 0x2000
export const STATX_MNT_ID_UNIQUE = 0x4000
export const STATX_SUBVOL = 0x8000
export const STATX_WRITE_ATOMIC = 0x10000
/** statx(2) mask. */
export const statxMask = () =>
  ({
    STATX_TYPE,
    STATX_MODE,
    STATX_NLINK,
    STATX_UID,
    STATX_GID,
    STATX_ATIME,
    STATX_MTIME,
    STATX_CTIME,
    STATX_INO,
    STATX_SIZE,
    STATX_BLOCKS,
    STATX_BTIME,
    STATX_MNT_ID,
    STATX_DIOALIGN,
    STATX_MNT_ID_UNIQUE,
    STATX_SUBVOL,
    STATX_WRITE_ATOMIC,
  }) as const

export const STATX_BASIC_STATS = 0x7ff
export const STATX_ALL = 0xfff
export const STATX__RESERVED = 0x80000000

export const STATX_ATTR_COMPRESSED = 0x4
export const STATX_ATTR_IMMUTABLE = 0x10
export const STATX_ATTR_APPEND = 0x20
export const STATX_ATTR_NODUMP = 0x40
export const STATX_ATTR_ENCRYPTED = 0x800
export const STATX_ATTR_AUTOMOUNT = 0x1000
export const STATX_ATTR_MOUNT_ROOT = 0x2000
export const STATX_ATTR_VERITY = 0x100000
export const STATX_ATTR_DAX = 0x200000
/** stx_attributes. */
export const statxAttributes = () =>
  ({
    STATX_ATTR_COMPRESSED,
    STATX_ATTR_IMMUTABLE,
    STATX_ATTR_APPEND,
    STATX_ATTR_NODUMP,
    STATX_ATTR_ENCRYPTED,
    STATX_ATTR_AUTOMOUNT,
    STATX_ATTR_MOUNT_ROOT,
    STATX_ATTR_VERITY,
    STATX_ATTR_DAX,
  }) as const

export const XATTR_CREATE = 1
export const XATTR_REPLACE = 2
/** setxattr(2). */
export const xattrFlags = () => ({ XATTR_CREATE, XATTR_REPLACE }) as const

// Longest attribute name, value and list.
export const XATTR_NAME_MAX = 255
export const XATTR_SIZE_MAX = 65536
export const XATTR_LIST_MAX = 65536

export const DT_UNKNOWN = 0
export const DT_FIFO = 1
export const DT_CHR = 2
export const DT_DIR = 4
export const DT_BLK = 6
export const DT_REG = 8
export const DT_LNK = 10
export const DT_SOCK = 12
export const DT_WHT = 14
/** d_type. */
export const direntTypes = () =>
  ({
    DT_UNKNOWN,
    DT_FIFO,
    DT_CHR,
    DT_DIR,
    DT_BLK,
    DT_REG,
    DT_LNK,
    DT_SOCK,
    DT_WHT,
  }) as const

// tv_nsec values of utimensat(2).
export const UTIME_NOW = 0x3fffffff
export const UTIME_OMIT = 0x3ffffffe
