// Futexes and restartable sequences: futex(2), rseq(2). (abi, pure)

/** All but the flags of a futex operation. */
export const FUTEX_CMD_MASK = -385

export const FUTEX_WAIT = 0
export const FUTEX_WAKE = 1
export const FUTEX_FD = 2
export const FUTEX_REQUEUE = 3
export const FUTEX_CMP_REQUEUE = 4
export const FUTEX_WAKE_OP = 5
export const FUTEX_LOCK_PI = 6
export const FUTEX_UNLOCK_PI = 7
export const FUTEX_TRYLOCK_PI = 8
export const FUTEX_WAIT_BITSET = 9
export const FUTEX_WAKE_BITSET = 10
export const FUTEX_WAIT_REQUEUE_PI = 11
export const FUTEX_CMP_REQUEUE_PI = 12
export const FUTEX_LOCK_PI2 = 13
export const FUTEX_PRIVATE_FLAG = 128
export const FUTEX_CLOCK_REALTIME = 256
/** futex(2); the operation lies under 0x7f. */
export const futexOperations = () =>
  ({
    FUTEX_WAIT,
    FUTEX_WAKE,
    FUTEX_FD,
    FUTEX_REQUEUE,
    FUTEX_CMP_REQUEUE,
    FUTEX_WAKE_OP,
    FUTEX_LOCK_PI,
    FUTEX_UNLOCK_PI,
    FUTEX_TRYLOCK_PI,
    FUTEX_WAIT_BITSET,
    FUTEX_WAKE_BITSET,
    FUTEX_WAIT_REQUEUE_PI,
    FUTEX_CMP_REQUEUE_PI,
    FUTEX_LOCK_PI2,
    FUTEX_PRIVATE_FLAG,
    FUTEX_CLOCK_REALTIME,
  }) as const

// Bits of a robust or PI futex word.
export const FUTEX_WAITERS = 0x80000000
export const FUTEX_OWNER_DIED = 0x40000000
export const FUTEX_TID_MASK = 0x3fffffff
export const FUTEX_BITSET_MATCH_ANY = 0xffffffff

export const ROBUST_LIST_LIMIT = 2048
export const FUTEX_WAITV_MAX = 128

export const FUTEX2_SIZE_MASK = 0x3

export const FUTEX2_SIZE_U8 = 0x0
export const FUTEX2_SIZE_U16 = 0x1
export const FUTEX2_SIZE_U32 = 0x2
export const FUTEX2_SIZE_U64 = 0x3
export const FUTEX2_NUMA = 0x4
export const FUTEX2_PRIVATE = 0x80
/** futex_waitv(2), futex_wait(2); the size lies under FUTEX2_SIZE_MASK. */
export const futex2Flags = () =>
  ({
    FUTEX2_SIZE_U8,
    FUTEX2_SIZE_U16,
    FUTEX2_SIZE_U32,
    FUTEX2_SIZE_U64,
    FUTEX2_NUMA,
    FUTEX2_PRIVATE,
  }) as const

export const FUTEX_OP_SET = 0
export const FUTEX_OP_ADD = 1
export const FUTEX_OP_OR = 2
export const FUTEX_OP_ANDN = 3
export const FUTEX_OP_XOR = 4
/** FUTEX_WAKE_OP: what to do. */
export const futexWakeOps = () =>
  ({
    FUTEX_OP_SET,
    FUTEX_OP_ADD,
    FUTEX_OP_OR,
    FUTEX_OP_ANDN,
    FUTEX_OP_XOR,
  }) as const

export const FUTEX_OP_OPARG_SHIFT = 8

export const FUTEX_OP_CMP_EQ = 0
export const FUTEX_OP_CMP_NE = 1
export const FUTEX_OP_CMP_LT = 2
export const FUTEX_OP_CMP_LE = 3
export const FUTEX_OP_CMP_GT = 4
export const FUTEX_OP_CMP_GE = 5
/** FUTEX_WAKE_OP: how to compare. */
export const futexWakeComparisons = () =>
  ({
    FUTEX_OP_CMP_EQ,
    FUTEX_OP_CMP_NE,
    FUTEX_OP_CMP_LT,
    FUTEX_OP_CMP_LE,
    FUTEX_OP_CMP_GT,
    FUTEX_OP_CMP_GE,
  }) as const

export const RSEQ_FLAG_UNREGISTER = 1
/** rseq(2). */
export const rseqFlags = () => ({ RSEQ_FLAG_UNREGISTER }) as const

// rseq cpu_id before registration, and after it failed.
export const RSEQ_CPU_ID_UNINITIALIZED = -1
export const RSEQ_CPU_ID_REGISTRATION_FAILED = -2

export const RSEQ_CS_FLAG_NO_RESTART_ON_PREEMPT = 1
export const RSEQ_CS_FLAG_NO_RESTART_ON_SIGNAL = 2
export const RSEQ_CS_FLAG_NO_RESTART_ON_MIGRATE = 4
export const rseqCsFlags = () =>
  ({
    RSEQ_CS_FLAG_NO_RESTART_ON_PREEMPT,
    RSEQ_CS_FLAG_NO_RESTART_ON_SIGNAL,
    RSEQ_CS_FLAG_NO_RESTART_ON_MIGRATE,
  }) as const
