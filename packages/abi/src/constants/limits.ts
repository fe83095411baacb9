// Sizes and limits that programs see. (abi, pure)

export const NR_OPEN = 1024
export const NGROUPS_MAX = 65536
export const ARG_MAX = 131072
export const LINK_MAX = 127
export const MAX_CANON = 255
export const MAX_INPUT = 255
export const NAME_MAX = 255
export const PATH_MAX = 4096
export const PIPE_BUF = 4096
export const UIO_MAXIOV = 1024
export const UIO_FASTIOV = 8

/** Most bytes that one read or write moves: INT_MAX rounded down to a page. */
export const MAX_RW_COUNT = 0x7ffff000

/** Longest single argument or environment string, with its NUL (fs/exec.c). */
export const MAX_ARG_STRLEN = 131072
