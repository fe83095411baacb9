// bpf(2) and the instructions of extended BPF beyond those of the classic one in seccomp.ts. (abi, pure)

export const BPF_MAP_CREATE = 0
export const BPF_MAP_LOOKUP_ELEM = 1
export const BPF_MAP_UPDATE_ELEM = 2
export const BPF_MAP_DELETE_ELEM = 3
export const BPF_MAP_GET_NEXT_KEY = 4
export const BPF_PROG_LOAD = 5
export const BPF_OBJ_PIN = 6
export const BPF_OBJ_GET = 7
export const BPF_PROG_ATTACH = 8
export const BPF_PROG_DETACH = 9
export const BPF_PROG_TEST_RUN = 10
export const BPF_PROG_GET_NEXT_ID = 11
export const BPF_MAP_GET_NEXT_ID = 12
export const BPF_PROG_GET_FD_BY_ID = 13
export const BPF_MAP_GET_FD_BY_ID = 14
export const BPF_OBJ_GET_INFO_BY_FD = 15
export const BPF_PROG_QUERY = 16
export const BPF_RAW_TRACEPOINT_OPEN = 17
export const BPF_BTF_LOAD = 18
export const BPF_BTF_GET_FD_BY_ID = 19
export const BPF_TASK_FD_QUERY = 20
export const BPF_MAP_LOOKUP_AND_DELETE_ELEM = 21
export const BPF_MAP_FREEZE = 22
export const BPF_BTF_GET_NEXT_ID = 23
export const BPF_MAP_LOOKUP_BATCH = 24
export const BPF_MAP_LOOKUP_AND_DELETE_BATCH = 25
export const BPF_MAP_UPDATE_BATCH = 26
export const BPF_MAP_DELETE_BATCH = 27
export const BPF_LINK_CREATE = 28
export const BPF_LINK_UPDATE = 29
export const BPF_LINK_GET_FD_BY_ID = 30
export const BPF_LINK_GET_NEXT_ID = 31
export const BPF_ENABLE_STATS = 32
export const BPF_ITER_CREATE = 33
export const BPF_LINK_DETACH = 34
export const BPF_PROG_BIND_MAP = 35
/** bpf(2). */
export const bpfCommands = () =>
  ({
    BPF_MAP_CREATE,
    BPF_MAP_LOOKUP_ELEM,
    BPF_MAP_UPDATE_ELEM,
    BPF_MAP_DELETE_ELEM,
    BPF_MAP_GET_NEXT_KEY,
    BPF_PROG_LOAD,
    BPF_OBJ_PIN,
    BPF_OBJ_GET,
    BPF_PROG_ATTACH,
    BPF_PROG_DETACH,
    BPF_PROG_TEST_RUN,
    BPF_PROG_GET_NEXT_ID,
    BPF_MAP_GET_NEXT_ID,
    BPF_PROG_GET_FD_BY_ID,
    BPF_MAP_GET_FD_BY_ID,
    BPF_OBJ_GET_INFO_BY_FD,
    BPF_PROG_QUERY,
    BPF_RAW_TRACEPOINT_OPEN,
    BPF_BTF_LOAD,
    BPF_BTF_GET_FD_BY_ID,
    BPF_TASK_FD_QUERY,
    BPF_MAP_LOOKUP_AND_DELETE_ELEM,
    BPF_MAP_FREEZE,
    BPF_BTF_GET_NEXT_ID,
    BPF_MAP_LOOKUP_BATCH,
    BPF_MAP_LOOKUP_AND_DELETE_BATCH,
    BPF_MAP_UPDATE_BATCH,
    BPF_MAP_DELETE_BATCH,
    BPF_LINK_CREATE,
    BPF_LINK_UPDATE,
    BPF_LINK_GET_FD_BY_ID,
    BPF_LINK_GET_NEXT_ID,
    BPF_ENABLE_STATS,
    BPF_ITER_CREATE,
    BPF_LINK_DETACH,
    BPF_PROG_BIND_MAP,
  }) as const

export const BPF_PROG_TYPE_SOCKET_FILTER = 1
export const BPF_PROG_TYPE_CGROUP_SKB = 8
export const BPF_PROG_TYPE_CGROUP_DEVICE = 15

// Attach types.
export const BPF_CGROUP_INET_EGRESS = 1
export const BPF_CGROUP_DEVICE = 6

export const BPF_F_STRICT_ALIGNMENT = 0x1
export const BPF_F_ANY_ALIGNMENT = 0x2
export const BPF_F_TEST_RND_HI32 = 0x4
export const BPF_F_TEST_STATE_FREQ = 0x8
export const BPF_F_SLEEPABLE = 0x10
export const BPF_F_XDP_HAS_FRAGS = 0x20
export const BPF_F_XDP_DEV_BOUND_ONLY = 0x40
export const BPF_F_TEST_REG_INVARIANTS = 0x80

export const BPF_F_ALLOW_OVERRIDE = 0x1
export const BPF_F_ALLOW_MULTI = 0x2
export const BPF_F_REPLACE = 0x4
export const BPF_F_QUERY_EFFECTIVE = 0x1

export const BPF_OBJ_NAME_LEN = 16

// What a device program is asked: struct bpf_cgroup_dev_ctx, access_type: such a device, and above it this.
export const BPF_DEVCG_DEV_BLOCK = 1
export const BPF_DEVCG_DEV_CHAR = 2
export const BPF_DEVCG_ACC_MKNOD = 1
export const BPF_DEVCG_ACC_READ = 2
export const BPF_DEVCG_ACC_WRITE = 4

export const BPF_JMP32 = 0x6
export const BPF_ALU64 = 0x7
export const BPF_DW = 0x18
export const BPF_ATOMIC = 0xc0
export const BPF_MOV = 0xb0
export const BPF_ARSH = 0xc0
export const BPF_END = 0xd0
export const BPF_TO_BE = 0x8
export const BPF_JNE = 0x50
export const BPF_JSGT = 0x60
export const BPF_JSGE = 0x70
export const BPF_CALL = 0x80
export const BPF_EXIT = 0x90
export const BPF_JLT = 0xa0
export const BPF_JLE = 0xb0
export const BPF_JSLT = 0xc0
export const BPF_JSLE = 0xd0

export const BPF_REG_0 = 0
export const BPF_REG_1 = 1
export const BPF_REG_10 = 10
export const BPF_PSEUDO_MAP_FD = 1
