// Asynchronous I/O: io_submit(2). (abi, pure)

export const IOCB_CMD_PREAD = 0
export const IOCB_CMD_PWRITE = 1
export const IOCB_CMD_FSYNC = 2
export const IOCB_CMD_FDSYNC = 3
export const IOCB_CMD_POLL = 5
export const IOCB_CMD_NOOP = 6
export const IOCB_CMD_PREADV = 7
export const IOCB_CMD_PWRITEV = 8

/** iocb.aio_flags */
export const IOCB_FLAG_RESFD = 0x1
export const IOCB_FLAG_IOPRIO = 0x2
