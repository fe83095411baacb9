// What may be had of System V objects and message queues: /proc/sys/kernel and fs/mqueue. (ipc)
// Linux include/linux/ipc_namespace.h, ipc/ipc_sysctl.c, ipc/mq_sysctl.c.

/** ULONG_MAX - (1UL << 24) */
const ULONG_LIMIT = 2n ** 64n - 2n ** 24n - 1n

/** Of one namespace; settable. */
export class IpcLimits {
  /** Bytes of a segment, pages of all segments, number of segments. */
  shmmax = ULONG_LIMIT
  shmall = ULONG_LIMIT
  shmmni = 4096
  /** Segments go with their last attachment. */
  shmRmidForced = 0
  /** Bytes of a message, bytes of a new queue, number of queues. */
  msgmax = 8192
  msgmnb = 16_384
  msgmni = 32_000
  /** SEMMSL, SEMMNS, SEMOPM, SEMMNI. */
  sem: readonly [number, number, number, number] = [32_000, 1_024_000_000, 500, 32_000]
  /** POSIX message queues. */
  queuesMax = 256
  msgDefault = 10
  msgMax = 10
  msgsizeDefault = 8192
  msgsizeMax = 8192
}
