// Names of the numbers that memory calls take. (mm)

export const PROT_READ = 1
export const PROT_WRITE = 2
export const PROT_EXEC = 4
export const PROT_SEM = 8
export const PROT_GROWSDOWN = 0x0100_0000
export const PROT_GROWSUP = 0x0200_0000
export const PROT_RWX = 7

export const MAP_SHARED = 0x1
export const MAP_PRIVATE = 0x2
export const MAP_SHARED_VALIDATE = 0x3
export const MAP_TYPE = 0xf
export const MAP_FIXED = 0x10
export const MAP_ANONYMOUS = 0x20
export const MAP_32BIT = 0x40
export const MAP_GROWSDOWN = 0x100
export const MAP_LOCKED = 0x2000
export const MAP_NORESERVE = 0x4000
export const MAP_POPULATE = 0x8000
export const MAP_NONBLOCK = 0x1_0000
export const MAP_HUGETLB = 0x4_0000
export const MAP_SYNC = 0x8_0000
export const MAP_FIXED_NOREPLACE = 0x10_0000

export const RLIMIT_DATA = 2
export const RLIMIT_STACK = 3
export const RLIMIT_MEMLOCK = 8
export const RLIMIT_AS = 9

export const CAP_IPC_LOCK = 14
