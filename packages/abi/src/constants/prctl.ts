// Process options: prctl(2), arch_prctl(2). (abi, pure)

export const PR_SET_PDEATHSIG = 1
export const PR_GET_PDEATHSIG = 2
export const PR_GET_DUMPABLE = 3
export const PR_SET_DUMPABLE = 4
export const PR_GET_UNALIGN = 5
export const PR_SET_UNALIGN = 6
export const PR_GET_KEEPCAPS = 7
export const PR_SET_KEEPCAPS = 8
export const PR_GET_FPEMU = 9
export const PR_SET_FPEMU = 10
export const PR_GET_FPEXC = 11
export const PR_SET_FPEXC = 12
export const PR_GET_TIMING = 13
export const PR_SET_TIMING = 14
export const PR_SET_NAME = 15
export const PR_GET_NAME = 16
export const PR_GET_ENDIAN = 19
export const PR_SET_ENDIAN = 20
export const PR_GET_SECCOMP = 21
export const PR_SET_SECCOMP = 22
export const PR_CAPBSET_READ = 23
export const PR_CAPBSET_DROP = 24
export const PR_GET_TSC = 25
export const PR_SET_TSC = 26
export const PR_GET_SECUREBITS = 27
export const PR_SET_SECUREBITS = 28
export const PR_SET_TIMERSLACK = 29
export const PR_GET_TIMERSLACK = 30
export const PR_TASK_PERF_EVENTS_DISABLE = 31
export const PR_TASK_PERF_EVENTS_ENABLE = 32
export const PR_MCE_KILL = 33
export const PR_MCE_KILL_GET = 34
export const PR_SET_MM = 35
export const PR_SET_CHILD_SUBREAPER = 36
export const PR_GET_CHILD_SUBREAPER = 37
export const PR_SET_NO_NEW_PRIVS = 38
export const PR_GET_NO_NEW_PRIVS = 39
export const PR_GET_TID_ADDRESS = 40
export const PR_SET_THP_DISABLE = 41
export const PR_GET_THP_DISABLE = 42
export const PR_MPX_ENABLE_MANAGEMENT = 43
export const PR_MPX_DISABLE_MANAGEMENT = 44
export const PR_SET_FP_MODE = 45
export const PR_GET_FP_MODE = 46
export const PR_CAP_AMBIENT = 47
export const PR_SVE_SET_VL = 50
export const PR_SVE_GET_VL = 51
export const PR_GET_SPECULATION_CTRL = 52
export const PR_SET_SPECULATION_CTRL = 53
export const PR_PAC_RESET_KEYS = 54
export const PR_SET_TAGGED_ADDR_CTRL = 55
export const PR_GET_TAGGED_ADDR_CTRL = 56
export const PR_SET_IO_FLUSHER = 57
export const PR_GET_IO_FLUSHER = 58
export const PR_SET_SYSCALL_USER_DISPATCH = 59
export const PR_PAC_SET_ENABLED_KEYS = 60
export const PR_PAC_GET_ENABLED_KEYS = 61
export const PR_SCHED_CORE = 62
export const PR_SET_MDWE = 65
export const PR_GET_MDWE = 66
export const PR_SET_MEMORY_MERGE = 67
export const PR_GET_MEMORY_MERGE = 68
export const PR_SET_PTRACER = 1499557217
export const PR_SET_VMA = 1398164801
/** prctl(2). */
export const prctlOptions = () =>
  ({
    PR_SET_PDEATHSIG,
    PR_GET_PDEATHSIG,
    PR_GET_DUMPABLE,
    PR_SET_DUMPABLE,
    PR_GET_UNALIGN,
    PR_SET_UNALIGN,
    PR_GET_KEEPCAPS,
    PR_SET_KEEPCAPS,
    PR_GET_FPEMU,
    PR_SET_FPEMU,
    PR_GET_FPEXC,
    PR_SET_FPEXC,
    PR_GET_TIMING,
    PR_SET_TIMING,
    PR_SET_NAME,
    PR_GET_NAME,
    PR_GET_ENDIAN,
    PR_SET_ENDIAN,
    PR_GET_SECCOMP,
    PR_SET_SECCOMP,
    PR_CAPBSET_READ,
    PR_CAPBSET_DROP,
    PR_GET_TSC,
    PR_SET_TSC,
    PR_GET_SECUREBITS,
    PR_SET_SECUREBITS,
    PR_SET_TIMERSLACK,
    PR_GET_TIMERSLACK,
    PR_TASK_PERF_EVENTS_DISABLE,
    PR_TASK_PERF_EVENTS_ENABLE,
    PR_MCE_KILL,
    PR_MCE_KILL_GET,
    PR_SET_MM,
    PR_SET_CHILD_SUBREAPER,
    PR_GET_CHILD_SUBREAPER,
    PR_SET_NO_NEW_PRIVS,
    PR_GET_NO_NEW_PRIVS,
    PR_GET_TID_ADDRESS,
    PR_SET_THP_DISABLE,
    PR_GET_THP_DISABLE,
    PR_MPX_ENABLE_MANAGEMENT,
    PR_MPX_DISABLE_MANAGEMENT,
    PR_SET_FP_MODE,
    PR_GET_FP_MODE,
    PR_CAP_AMBIENT,
    PR_SVE_SET_VL,
    PR_SVE_GET_VL,
    PR_GET_SPECULATION_CTRL,
    PR_SET_SPECULATION_CTRL,
    PR_PAC_RESET_KEYS,
    PR_SET_TAGGED_ADDR_CTRL,
    PR_GET_TAGGED_ADDR_CTRL,
    PR_SET_IO_FLUSHER,
    PR_GET_IO_FLUSHER,
    PR_SET_SYSCALL_USER_DISPATCH,
    PR_PAC_SET_ENABLED_KEYS,
    PR_PAC_GET_ENABLED_KEYS,
    PR_SCHED_CORE,
    PR_SET_MDWE,
    PR_GET_MDWE,
    PR_SET_MEMORY_MERGE,
    PR_GET_MEMORY_MERGE,
    PR_SET_PTRACER,
    PR_SET_VMA,
  }) as const

export const PR_SET_MM_START_CODE = 1
export const PR_SET_MM_END_CODE = 2
export const PR_SET_MM_START_DATA = 3
export const PR_SET_MM_END_DATA = 4
export const PR_SET_MM_START_STACK = 5
export const PR_SET_MM_START_BRK = 6
export const PR_SET_MM_BRK = 7
export const PR_SET_MM_ARG_START = 8
export const PR_SET_MM_ARG_END = 9
export const PR_SET_MM_ENV_START = 10
export const PR_SET_MM_ENV_END = 11
export const PR_SET_MM_AUXV = 12
export const PR_SET_MM_EXE_FILE = 13
export const PR_SET_MM_MAP = 14
export const PR_SET_MM_MAP_SIZE = 15
/** PR_SET_MM. */
export const prSetMmOptions = () =>
  ({
    PR_SET_MM_START_CODE,
    PR_SET_MM_END_CODE,
    PR_SET_MM_START_DATA,
    PR_SET_MM_END_DATA,
    PR_SET_MM_START_STACK,
    PR_SET_MM_START_BRK,
    PR_SET_MM_BRK,
    PR_SET_MM_ARG_START,
    PR_SET_MM_ARG_END,
    PR_SET_MM_ENV_START,
    PR_SET_MM_ENV_END,
    PR_SET_MM_AUXV,
    PR_SET_MM_EXE_FILE,
    PR_SET_MM_MAP,
    PR_SET_MM_MAP_SIZE,
  }) as const

export const PR_CAP_AMBIENT_IS_SET = 1
export const PR_CAP_AMBIENT_RAISE = 2
export const PR_CAP_AMBIENT_LOWER = 3
export const PR_CAP_AMBIENT_CLEAR_ALL = 4
/** PR_CAP_AMBIENT. */
export const prCapAmbientOptions = () =>
  ({
    PR_CAP_AMBIENT_IS_SET,
    PR_CAP_AMBIENT_RAISE,
    PR_CAP_AMBIENT_LOWER,
    PR_CAP_AMBIENT_CLEAR_ALL,
  }) as const

export const PR_TSC_ENABLE = 1
export const PR_TSC_SIGSEGV = 2
export const PR_SET_VMA_ANON_NAME = 0
export const PR_MCE_KILL_CLEAR = 0
export const PR_MCE_KILL_SET = 1
export const PR_MCE_KILL_LATE = 0
export const PR_MCE_KILL_EARLY = 1
export const PR_MCE_KILL_DEFAULT = 2
export const PR_SPEC_STORE_BYPASS = 0
export const PR_SPEC_INDIRECT_BRANCH = 1
export const PR_SPEC_NOT_AFFECTED = 0
export const PR_SPEC_PRCTL = 1
export const PR_SPEC_ENABLE = 2
export const PR_SPEC_DISABLE = 4
export const PR_SPEC_FORCE_DISABLE = 8

export const SECBIT_NOROOT = 0x1
export const SECBIT_NOROOT_LOCKED = 0x2
export const SECBIT_NO_SETUID_FIXUP = 0x4
export const SECBIT_NO_SETUID_FIXUP_LOCKED = 0x8
export const SECBIT_KEEP_CAPS = 0x10
export const SECBIT_KEEP_CAPS_LOCKED = 0x20
export const SECBIT_NO_CAP_AMBIENT_RAISE = 0x40
export const SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED = 0x80
/** PR_SET_SECUREBITS. */
export const securebits = () =>
  ({
    SECBIT_NOROOT,
    SECBIT_NOROOT_LOCKED,
    SECBIT_NO_SETUID_FIXUP,
    SECBIT_NO_SETUID_FIXUP_LOCKED,
    SECBIT_KEEP_CAPS,
    SECBIT_KEEP_CAPS_LOCKED,
    SECBIT_NO_CAP_AMBIENT_RAISE,
    SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
  }) as const

export const ARCH_SET_GS = 0x1001
export const ARCH_SET_FS = 0x1002
export const ARCH_GET_FS = 0x1003
export const ARCH_GET_GS = 0x1004
export const ARCH_GET_CPUID = 0x1011
export const ARCH_SET_CPUID = 0x1012
export const ARCH_GET_XCOMP_SUPP = 0x1021
export const ARCH_GET_XCOMP_PERM = 0x1022
export const ARCH_REQ_XCOMP_PERM = 0x1023
export const ARCH_GET_XCOMP_GUEST_PERM = 0x1024
export const ARCH_REQ_XCOMP_GUEST_PERM = 0x1025
export const ARCH_MAP_VDSO_X32 = 0x2001
export const ARCH_MAP_VDSO_32 = 0x2002
export const ARCH_MAP_VDSO_64 = 0x2003
export const ARCH_GET_UNTAG_MASK = 0x4001
export const ARCH_ENABLE_TAGGED_ADDR = 0x4002
export const ARCH_GET_MAX_TAG_BITS = 0x4003
export const ARCH_SHSTK_ENABLE = 0x5001
export const ARCH_SHSTK_DISABLE = 0x5002
export const ARCH_SHSTK_LOCK = 0x5003
export const ARCH_SHSTK_UNLOCK = 0x5004
export const ARCH_SHSTK_STATUS = 0x5005
/** arch_prctl(2). */
export const archPrctlCodes = () =>
  ({
    ARCH_SET_GS,
    ARCH_SET_FS,
    ARCH_GET_FS,
    ARCH_GET_GS,
    ARCH_GET_CPUID,
    ARCH_SET_CPUID,
    ARCH_GET_XCOMP_SUPP,
    ARCH_GET_XCOMP_PERM,
    ARCH_REQ_XCOMP_PERM,
    ARCH_GET_XCOMP_GUEST_PERM,
    ARCH_REQ_XCOMP_GUEST_PERM,
    ARCH_MAP_VDSO_X32,
    ARCH_MAP_VDSO_32,
    ARCH_MAP_VDSO_64,
    ARCH_GET_UNTAG_MASK,
    ARCH_ENABLE_TAGGED_ADDR,
    ARCH_GET_MAX_TAG_BITS,
    ARCH_SHSTK_ENABLE,
    ARCH_SHSTK_DISABLE,
    ARCH_SHSTK_LOCK,
    ARCH_SHSTK_UNLOCK,
    ARCH_SHSTK_STATUS,
  }) as const
