// mount(2), umount(2) and the newer mount calls. (abi, pure)

import { AT_EMPTY_PATH, AT_NO_AUTOMOUNT, AT_RECURSIVE, AT_SYMLINK_NOFOLLOW } from './at.ts'

export const MS_RDONLY = 0x1
export const MS_NOSUID = 0x2
export const MS_NODEV = 0x4
export const MS_NOEXEC = 0x8
export const MS_SYNCHRONOUS = 0x10
export const MS_REMOUNT = 0x20
export const MS_MANDLOCK = 0x40
export const MS_DIRSYNC = 0x80
export const MS_NOSYMFOLLOW = 0x100
export const MS_NOATIME = 0x400
export const MS_NODIRATIME = 0x800
export const MS_BIND = 0x1000
export const MS_MOVE = 0x2000
export const MS_REC = 0x4000
export const MS_SILENT = 0x8000
export const MS_POSIXACL = 0x10000
export const MS_UNBINDABLE = 0x20000
export const MS_PRIVATE = 0x40000
export const MS_SLAVE = 0x80000
export const MS_SHARED = 0x100000
export const MS_RELATIME = 0x200000
export const MS_KERNMOUNT = 0x400000
export const MS_I_VERSION = 0x800000
export const MS_STRICTATIME = 0x1000000
export const MS_LAZYTIME = 0x2000000
/** mount(2). */
export const mountFlags = () =>
  ({
    MS_RDONLY,
    MS_NOSUID,
    MS_NODEV,
    MS_NOEXEC,
    MS_SYNCHRONOUS,
    MS_REMOUNT,
    MS_MANDLOCK,
    MS_DIRSYNC,
    MS_NOSYMFOLLOW,
    MS_NOATIME,
    MS_NODIRATIME,
    MS_BIND,
    MS_MOVE,
    MS_REC,
    MS_SILENT,
    MS_POSIXACL,
    MS_UNBINDABLE,
    MS_PRIVATE,
    MS_SLAVE,
    MS_SHARED,
    MS_RELATIME,
    MS_KERNMOUNT,
    MS_I_VERSION,
    MS_STRICTATIME,
    MS_LAZYTIME,
  }) as const

export const MS_RMT_MASK = 0x2800051
export const MS_MGC_VAL = 0xc0ed0000
export const MS_MGC_MSK = 0xffff0000

export const MNT_FORCE = 1
export const MNT_DETACH = 2
export const MNT_EXPIRE = 4
export const UMOUNT_NOFOLLOW = 8
/** umount2(2). */
export const umountFlags = () => ({ MNT_FORCE, MNT_DETACH, MNT_EXPIRE, UMOUNT_NOFOLLOW }) as const

export const OPEN_TREE_CLONE = 0x1
export const OPEN_TREE_CLOEXEC = 0x80000
/** open_tree(2), mount_setattr(2). */
export const openTreeFlags = () =>
  ({
    OPEN_TREE_CLONE,
    OPEN_TREE_CLOEXEC,
    AT_RECURSIVE,
    AT_EMPTY_PATH,
    AT_NO_AUTOMOUNT,
    AT_SYMLINK_NOFOLLOW,
  }) as const

export const MOVE_MOUNT_F_SYMLINKS = 0x1
export const MOVE_MOUNT_F_AUTOMOUNTS = 0x2
export const MOVE_MOUNT_F_EMPTY_PATH = 0x4
export const MOVE_MOUNT_T_SYMLINKS = 0x10
export const MOVE_MOUNT_T_AUTOMOUNTS = 0x20
export const MOVE_MOUNT_T_EMPTY_PATH = 0x40
export const MOVE_MOUNT_SET_GROUP = 0x100
export const MOVE_MOUNT_BENEATH = 0x200
/** move_mount(2). */
export const moveMountFlags = () =>
  ({
    MOVE_MOUNT_F_SYMLINKS,
    MOVE_MOUNT_F_AUTOMOUNTS,
    MOVE_MOUNT_F_EMPTY_PATH,
    MOVE_MOUNT_T_SYMLINKS,
    MOVE_MOUNT_T_AUTOMOUNTS,
    MOVE_MOUNT_T_EMPTY_PATH,
    MOVE_MOUNT_SET_GROUP,
    MOVE_MOUNT_BENEATH,
  }) as const

export const FSOPEN_CLOEXEC = 0x1
/** fsopen(2). */
export const fsopenFlags = () => ({ FSOPEN_CLOEXEC }) as const

export const FSPICK_CLOEXEC = 0x1
export const FSPICK_SYMLINK_NOFOLLOW = 0x2
export const FSPICK_NO_AUTOMOUNT = 0x4
export const FSPICK_EMPTY_PATH = 0x8
/** fspick(2). */
export const fspickFlags = () =>
  ({
    FSPICK_CLOEXEC,
    FSPICK_SYMLINK_NOFOLLOW,
    FSPICK_NO_AUTOMOUNT,
    FSPICK_EMPTY_PATH,
  }) as const

export const FSCONFIG_SET_FLAG = 0
export const FSCONFIG_SET_STRING = 1
export const FSCONFIG_SET_BINARY = 2
export const FSCONFIG_SET_PATH = 3
export const FSCONFIG_SET_PATH_EMPTY = 4
export const FSCONFIG_SET_FD = 5
export const FSCONFIG_CMD_CREATE = 6
export const FSCONFIG_CMD_RECONFIGURE = 7
export const FSCONFIG_CMD_CREATE_EXCL = 8
/** fsconfig(2). */
export const fsconfigCommands = () =>
  ({
    FSCONFIG_SET_FLAG,
    FSCONFIG_SET_STRING,
    FSCONFIG_SET_BINARY,
    FSCONFIG_SET_PATH,
    FSCONFIG_SET_PATH_EMPTY,
    FSCONFIG_SET_FD,
    FSCONFIG_CMD_CREATE,
    FSCONFIG_CMD_RECONFIGURE,
    FSCONFIG_CMD_CREATE_EXCL,
  }) as const

export const FSMOUNT_CLOEXEC = 0x1
/** fsmount(2). */
export const fsmountFlags = () => ({ FSMOUNT_CLOEXEC }) as const

export const MOUNT_ATTR_RDONLY = 0x1
export const MOUNT_ATTR_NOSUID = 0x2
export const MOUNT_ATTR_NODEV = 0x4
export const MOUNT_ATTR_NOEXEC = 0x8
export const MOUNT_ATTR_NOATIME = 0x10
export const MOUNT_ATTR_STRICTATIME = 0x20
export const MOUNT_ATTR_NODIRATIME = 0x80
export const MOUNT_ATTR_IDMAP = 0x100000
export const MOUNT_ATTR_NOSYMFOLLOW = 0x200000
/** fsmount(2), mount_setattr(2). */
export const mountAttributes = () =>
  ({
    MOUNT_ATTR_RDONLY,
    MOUNT_ATTR_NOSUID,
    MOUNT_ATTR_NODEV,
    MOUNT_ATTR_NOEXEC,
    MOUNT_ATTR_NOATIME,
    MOUNT_ATTR_STRICTATIME,
    MOUNT_ATTR_NODIRATIME,
    MOUNT_ATTR_IDMAP,
    MOUNT_ATTR_NOSYMFOLLOW,
  }) as const

export const MOUNT_ATTR__ATIME = 0x70
export const MOUNT_ATTR_RELATIME = 0x0

export const LISTMOUNT_REVERSE = 1
/** listmount(2). */
export const listmountFlags = () => ({ LISTMOUNT_REVERSE }) as const

/** statmount(2): what is asked for. */
export const STATMOUNT_SB_BASIC = 0x1
export const STATMOUNT_MNT_BASIC = 0x2
export const STATMOUNT_PROPAGATE_FROM = 0x4
export const STATMOUNT_MNT_ROOT = 0x8
export const STATMOUNT_MNT_POINT = 0x10
export const STATMOUNT_FS_TYPE = 0x20
export const STATMOUNT_MNT_NS_ID = 0x40
export const STATMOUNT_MNT_OPTS = 0x80
export const STATMOUNT_FS_SUBTYPE = 0x100
export const STATMOUNT_SB_SOURCE = 0x200
export const STATMOUNT_OPT_ARRAY = 0x400
export const STATMOUNT_OPT_SEC_ARRAY = 0x800
export const STATMOUNT_SUPPORTED_MASK = 0x1000
export const STATMOUNT_MNT_UIDMAP = 0x2000
export const STATMOUNT_MNT_GIDMAP = 0x4000
/** listmount(2): from the caller's root on. */
export const LSMT_ROOT = 0xffff_ffff_ffff_ffffn
