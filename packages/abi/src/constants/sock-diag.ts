// sock_diag(7): questions about sockets. (abi, pure)

export const SOCK_DIAG_BY_FAMILY = 20
export const SOCK_DESTROY = 21
/** nlmsg_type of NETLINK_SOCK_DIAG. */
export const sockDiagTypes = () => ({ SOCK_DIAG_BY_FAMILY, SOCK_DESTROY }) as const

export const INET_DIAG_NONE = 0
export const INET_DIAG_MEMINFO = 1
export const INET_DIAG_INFO = 2
export const INET_DIAG_VEGASINFO = 3
export const INET_DIAG_CONG = 4
export const INET_DIAG_TOS = 5
export const INET_DIAG_TCLASS = 6
export const INET_DIAG_SKMEMINFO = 7
export const INET_DIAG_SHUTDOWN = 8
export const INET_DIAG_SKV6ONLY = 11
export const INET_DIAG_MARK = 15
export const INET_DIAG_CLASS_ID = 17
export const INET_DIAG_SOCKOPT = 22
/** Attributes of struct inet_diag_msg; those that are asked for have a bit, their number less one. */
export const inetDiagAttributes = () =>
  ({
    INET_DIAG_NONE,
    INET_DIAG_MEMINFO,
    INET_DIAG_INFO,
    INET_DIAG_VEGASINFO,
    INET_DIAG_CONG,
    INET_DIAG_TOS,
    INET_DIAG_TCLASS,
    INET_DIAG_SKMEMINFO,
    INET_DIAG_SHUTDOWN,
    INET_DIAG_SKV6ONLY,
    INET_DIAG_MARK,
    INET_DIAG_CLASS_ID,
    INET_DIAG_SOCKOPT,
  }) as const

/** The attribute of a request that holds a filter. */
export const INET_DIAG_REQ_BYTECODE = 1
export const INET_DIAG_BC_NOP = 0
export const INET_DIAG_BC_JMP = 1
export const INET_DIAG_BC_S_GE = 2
export const INET_DIAG_BC_S_LE = 3
export const INET_DIAG_BC_D_GE = 4
export const INET_DIAG_BC_D_LE = 5
export const INET_DIAG_BC_AUTO = 6
export const INET_DIAG_BC_S_COND = 7
export const INET_DIAG_BC_D_COND = 8
export const INET_DIAG_BC_DEV_COND = 9
export const INET_DIAG_BC_MARK_COND = 10
export const INET_DIAG_BC_S_EQ = 11
export const INET_DIAG_BC_D_EQ = 12
/** Operations of such a filter: struct inet_diag_bc_op. */
export const inetDiagOperations = () =>
  ({
    INET_DIAG_BC_NOP,
    INET_DIAG_BC_JMP,
    INET_DIAG_BC_S_GE,
    INET_DIAG_BC_S_LE,
    INET_DIAG_BC_D_GE,
    INET_DIAG_BC_D_LE,
    INET_DIAG_BC_AUTO,
    INET_DIAG_BC_S_COND,
    INET_DIAG_BC_D_COND,
    INET_DIAG_BC_DEV_COND,
    INET_DIAG_BC_MARK_COND,
    INET_DIAG_BC_S_EQ,
    INET_DIAG_BC_D_EQ,
  }) as const

export const UDIAG_SHOW_NAME = 0x1
export const UDIAG_SHOW_VFS = 0x2
export const UDIAG_SHOW_PEER = 0x4
export const UDIAG_SHOW_ICONS = 0x8
export const UDIAG_SHOW_RQLEN = 0x10
export const UDIAG_SHOW_MEMINFO = 0x20
export const UDIAG_SHOW_UID = 0x40
/** udiag_show. */
export const unixDiagShow = () =>
  ({
    UDIAG_SHOW_NAME,
    UDIAG_SHOW_VFS,
    UDIAG_SHOW_PEER,
    UDIAG_SHOW_ICONS,
    UDIAG_SHOW_RQLEN,
    UDIAG_SHOW_MEMINFO,
    UDIAG_SHOW_UID,
  }) as const

export const UNIX_DIAG_NAME = 0
export const UNIX_DIAG_VFS = 1
export const UNIX_DIAG_PEER = 2
export const UNIX_DIAG_ICONS = 3
export const UNIX_DIAG_RQLEN = 4
export const UNIX_DIAG_MEMINFO = 5
export const UNIX_DIAG_SHUTDOWN = 6
export const UNIX_DIAG_UID = 7
/** Attributes of struct unix_diag_msg. */
export const unixDiagAttributes = () =>
  ({
    UNIX_DIAG_NAME,
    UNIX_DIAG_VFS,
    UNIX_DIAG_PEER,
    UNIX_DIAG_ICONS,
    UNIX_DIAG_RQLEN,
    UNIX_DIAG_MEMINFO,
    UNIX_DIAG_SHUTDOWN,
    UNIX_DIAG_UID,
  }) as const
