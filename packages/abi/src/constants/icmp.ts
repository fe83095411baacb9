// Types and options of ICMP: linux/icmp.h, linux/icmpv6.h, icmp(7). (abi, pure)

// Options at level SOL_RAW and SOL_ICMPV6.
export const ICMP_FILTER = 1
export const ICMPV6_FILTER = 1

// ICMP types.
export const ICMP_ECHOREPLY = 0
export const ICMP_DEST_UNREACH = 3
export const ICMP_ECHO = 8
export const ICMP_TIME_EXCEEDED = 11
export const ICMPV6_ECHO_REQUEST = 128
export const ICMPV6_ECHO_REPLY = 129
export const ICMPV6_DEST_UNREACH = 1
