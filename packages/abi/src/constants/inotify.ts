// Watching files: inotify(7), fanotify(7). (abi, pure)

export const IN_ACCESS = 0x1
export const IN_MODIFY = 0x2
export const IN_ATTRIB = 0x4
export const IN_CLOSE_WRITE = 0x8
export const IN_CLOSE_NOWRITE = 0x10
export const IN_OPEN = 0x20
export const IN_MOVED_FROM = 0x40
export const IN_MOVED_TO = 0x80
export const IN_CREATE = 0x100
export const IN_DELETE = 0x200
export const IN_DELETE_SELF = 0x400
export const IN_MOVE_SELF = 0x800
export const IN_UNMOUNT = 0x2000
export const IN_Q_OVERFLOW = 0x4000
export const IN_IGNORED = 0x8000
export const IN_ONLYDIR = 0x1000000
export const IN_DONT_FOLLOW = 0x2000000
export const IN_EXCL_UNLINK = 0x4000000
export const IN_MASK_CREATE = 0x10000000
export const IN_MASK_ADD = 0x20000000
export const IN_ISDIR = 0x40000000
export const IN_ONESHOT = 0x80000000
/** inotify_add_watch(2) and struct inotify_event mask. */
export const inotifyEvents = () =>
  ({
    IN_ACCESS,
    IN_MODIFY,
    IN_ATTRIB,
    IN_CLOSE_WRITE,
    IN_CLOSE_NOWRITE,
    IN_OPEN,
    IN_MOVED_FROM,
    IN_MOVED_TO,
    IN_CREATE,
    IN_DELETE,
    IN_DELETE_SELF,
    IN_MOVE_SELF,
    IN_UNMOUNT,
    IN_Q_OVERFLOW,
    IN_IGNORED,
    IN_ONLYDIR,
    IN_DONT_FOLLOW,
    IN_EXCL_UNLINK,
    IN_MASK_CREATE,
    IN_MASK_ADD,
    IN_ISDIR,
    IN_ONESHOT,
  }) as const

export const IN_CLOSE = 0x18
export const IN_MOVE = 0xc0
export const IN_ALL_EVENTS = 0xfff

export const IN_CLOEXEC = 0o2000000
export const IN_NONBLOCK = 0o4000
/** inotify_init1(2). */
export const inotifyInitFlags = () => ({ IN_CLOEXEC, IN_NONBLOCK }) as const

export const FAN_CLOEXEC = 0x1
export const FAN_NONBLOCK = 0x2
export const FAN_CLASS_NOTIF = 0x0
export const FAN_CLASS_CONTENT = 0x4
export const FAN_CLASS_PRE_CONTENT = 0x8
export const FAN_UNLIMITED_QUEUE = 0x10
export const FAN_UNLIMITED_MARKS = 0x20
export const FAN_ENABLE_AUDIT = 0x40
export const FAN_REPORT_PIDFD = 0x80
export const FAN_REPORT_TID = 0x100
export const FAN_REPORT_FID = 0x200
export const FAN_REPORT_DIR_FID = 0x400
export const FAN_REPORT_NAME = 0x800
export const FAN_REPORT_TARGET_FID = 0x1000
/** fanotify_init(2). */
export const fanotifyInitFlags = () =>
  ({
    FAN_CLOEXEC,
    FAN_NONBLOCK,
    FAN_CLASS_NOTIF,
    FAN_CLASS_CONTENT,
    FAN_CLASS_PRE_CONTENT,
    FAN_UNLIMITED_QUEUE,
    FAN_UNLIMITED_MARKS,
    FAN_ENABLE_AUDIT,
    FAN_REPORT_PIDFD,
    FAN_REPORT_TID,
    FAN_REPORT_FID,
    FAN_REPORT_DIR_FID,
    FAN_REPORT_NAME,
    FAN_REPORT_TARGET_FID,
  }) as const

export const FAN_MARK_ADD = 0x1
export const FAN_MARK_REMOVE = 0x2
export const FAN_MARK_DONT_FOLLOW = 0x4
export const FAN_MARK_ONLYDIR = 0x8
export const FAN_MARK_MOUNT = 0x10
export const FAN_MARK_IGNORED_MASK = 0x20
export const FAN_MARK_IGNORED_SURV_MODIFY = 0x40
export const FAN_MARK_FLUSH = 0x80
export const FAN_MARK_FILESYSTEM = 0x100
export const FAN_MARK_EVICTABLE = 0x200
export const FAN_MARK_IGNORE = 0x400
/** fanotify_mark(2). */
export const fanotifyMarkFlags = () =>
  ({
    FAN_MARK_ADD,
    FAN_MARK_REMOVE,
    FAN_MARK_DONT_FOLLOW,
    FAN_MARK_ONLYDIR,
    FAN_MARK_MOUNT,
    FAN_MARK_IGNORED_MASK,
    FAN_MARK_IGNORED_SURV_MODIFY,
    FAN_MARK_FLUSH,
    FAN_MARK_FILESYSTEM,
    FAN_MARK_EVICTABLE,
    FAN_MARK_IGNORE,
  }) as const

export const FAN_ACCESS = 0x1
export const FAN_MODIFY = 0x2
export const FAN_ATTRIB = 0x4
export const FAN_CLOSE_WRITE = 0x8
export const FAN_CLOSE_NOWRITE = 0x10
export const FAN_OPEN = 0x20
export const FAN_MOVED_FROM = 0x40
export const FAN_MOVED_TO = 0x80
export const FAN_CREATE = 0x100
export const FAN_DELETE = 0x200
export const FAN_DELETE_SELF = 0x400
export const FAN_MOVE_SELF = 0x800
export const FAN_OPEN_EXEC = 0x1000
export const FAN_Q_OVERFLOW = 0x4000
export const FAN_FS_ERROR = 0x8000
export const FAN_OPEN_PERM = 0x10000
export const FAN_ACCESS_PERM = 0x20000
export const FAN_OPEN_EXEC_PERM = 0x40000
export const FAN_EVENT_ON_CHILD = 0x8000000
export const FAN_RENAME = 0x10000000
export const FAN_ONDIR = 0x40000000
/** fanotify_mark(2) mask. */
export const fanotifyEvents = () =>
  ({
    FAN_ACCESS,
    FAN_MODIFY,
    FAN_ATTRIB,
    FAN_CLOSE_WRITE,
    FAN_CLOSE_NOWRITE,
    FAN_OPEN,
    FAN_MOVED_FROM,
    FAN_MOVED_TO,
    FAN_CREATE,
    FAN_DELETE,
    FAN_DELETE_SELF,
    FAN_MOVE_SELF,
    FAN_OPEN_EXEC,
    FAN_Q_OVERFLOW,
    FAN_FS_ERROR,
    FAN_OPEN_PERM,
    FAN_ACCESS_PERM,
    FAN_OPEN_EXEC_PERM,
    FAN_EVENT_ON_CHILD,
    FAN_RENAME,
    FAN_ONDIR,
  }) as const
