// syslog(2), reboot(2), personality(2), getrandom(2), uname(2). (abi, pure)

export const SYSLOG_ACTION_CLOSE = 0
export const SYSLOG_ACTION_OPEN = 1
export const SYSLOG_ACTION_READ = 2
export const SYSLOG_ACTION_READ_ALL = 3
export const SYSLOG_ACTION_READ_CLEAR = 4
export const SYSLOG_ACTION_CLEAR = 5
export const SYSLOG_ACTION_CONSOLE_OFF = 6
export const SYSLOG_ACTION_CONSOLE_ON = 7
export const SYSLOG_ACTION_CONSOLE_LEVEL = 8
export const SYSLOG_ACTION_SIZE_UNREAD = 9
export const SYSLOG_ACTION_SIZE_BUFFER = 10
/** syslog(2). */
export const syslogActions = () =>
  ({
    SYSLOG_ACTION_CLOSE,
    SYSLOG_ACTION_OPEN,
    SYSLOG_ACTION_READ,
    SYSLOG_ACTION_READ_ALL,
    SYSLOG_ACTION_READ_CLEAR,
    SYSLOG_ACTION_CLEAR,
    SYSLOG_ACTION_CONSOLE_OFF,
    SYSLOG_ACTION_CONSOLE_ON,
    SYSLOG_ACTION_CONSOLE_LEVEL,
    SYSLOG_ACTION_SIZE_UNREAD,
    SYSLOG_ACTION_SIZE_BUFFER,
  }) as const

export const GRND_NONBLOCK = 1
export const GRND_RANDOM = 2
export const GRND_INSECURE = 4
/** getrandom(2). */
export const getrandomFlags = () => ({ GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE }) as const

// reboot(2) magic numbers.
export const LINUX_REBOOT_MAGIC1 = 0xfee1dead
export const LINUX_REBOOT_MAGIC2 = 0x28121969
export const LINUX_REBOOT_MAGIC2A = 0x5121996
export const LINUX_REBOOT_MAGIC2B = 0x16041998
export const LINUX_REBOOT_MAGIC2C = 0x20112000

export const LINUX_REBOOT_CMD_RESTART = 0x1234567
export const LINUX_REBOOT_CMD_HALT = 0xcdef0123
export const LINUX_REBOOT_CMD_CAD_ON = 0x89abcdef
export const LINUX_REBOOT_CMD_CAD_OFF = 0x0
export const LINUX_REBOOT_CMD_POWER_OFF = 0x4321fedc
export const LINUX_REBOOT_CMD_RESTART2 = 0xa1b2c3d4
export const LINUX_REBOOT_CMD_SW_SUSPEND = 0xd000fce2
export const LINUX_REBOOT_CMD_KEXEC = 0x45584543
/** reboot(2). */
export const rebootCommands = () =>
  ({
    LINUX_REBOOT_CMD_RESTART,
    LINUX_REBOOT_CMD_HALT,
    LINUX_REBOOT_CMD_CAD_ON,
    LINUX_REBOOT_CMD_CAD_OFF,
    LINUX_REBOOT_CMD_POWER_OFF,
    LINUX_REBOOT_CMD_RESTART2,
    LINUX_REBOOT_CMD_SW_SUSPEND,
    LINUX_REBOOT_CMD_KEXEC,
  }) as const

export const UNAME26 = 0x20000
export const ADDR_NO_RANDOMIZE = 0x40000
export const FDPIC_FUNCPTRS = 0x80000
export const MMAP_PAGE_ZERO = 0x100000
export const ADDR_COMPAT_LAYOUT = 0x200000
export const READ_IMPLIES_EXEC = 0x400000
export const ADDR_LIMIT_32BIT = 0x800000
export const SHORT_INODE = 0x1000000
export const WHOLE_SECONDS = 0x2000000
export const STICKY_TIMEOUTS = 0x4000000
export const ADDR_LIMIT_3GB = 0x8000000
/** personality(2); the domain lies under PER_MASK. */
export const personalityFlags = () =>
  ({
    UNAME26,
    ADDR_NO_RANDOMIZE,
    FDPIC_FUNCPTRS,
    MMAP_PAGE_ZERO,
    ADDR_COMPAT_LAYOUT,
    READ_IMPLIES_EXEC,
    ADDR_LIMIT_32BIT,
    SHORT_INODE,
    WHOLE_SECONDS,
    STICKY_TIMEOUTS,
    ADDR_LIMIT_3GB,
  }) as const

export const PER_LINUX = 0x0
export const PER_LINUX32 = 0x8
export const PER_MASK = 0xff

export const __NEW_UTS_LEN = 64
