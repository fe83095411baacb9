// Internet protocols: ip(7), ipv6(7), tcp(7), udp(7). (abi, pure)

export const IPPROTO_IP = 0
export const IPPROTO_ICMP = 1
export const IPPROTO_IGMP = 2
export const IPPROTO_IPIP = 4
export const IPPROTO_TCP = 6
export const IPPROTO_EGP = 8
export const IPPROTO_PUP = 12
export const IPPROTO_UDP = 17
export const IPPROTO_IDP = 22
export const IPPROTO_TP = 29
export const IPPROTO_DCCP = 33
export const IPPROTO_IPV6 = 41
export const IPPROTO_RSVP = 46
export const IPPROTO_GRE = 47
export const IPPROTO_ESP = 50
export const IPPROTO_AH = 51
export const IPPROTO_MTP = 92
export const IPPROTO_BEETPH = 94
export const IPPROTO_ENCAP = 98
export const IPPROTO_PIM = 103
export const IPPROTO_COMP = 108
export const IPPROTO_SCTP = 132
export const IPPROTO_UDPLITE = 136
export const IPPROTO_MPLS = 137
export const IPPROTO_ETHERNET = 143
export const IPPROTO_RAW = 255
export const IPPROTO_MPTCP = 262
export const IPPROTO_ICMPV6 = 58
/** Protocols. */
export const ipProtocols = () =>
  ({
    IPPROTO_IP,
    IPPROTO_ICMP,
    IPPROTO_IGMP,
    IPPROTO_IPIP,
    IPPROTO_TCP,
    IPPROTO_EGP,
    IPPROTO_PUP,
    IPPROTO_UDP,
    IPPROTO_IDP,
    IPPROTO_TP,
    IPPROTO_DCCP,
    IPPROTO_IPV6,
    IPPROTO_RSVP,
    IPPROTO_GRE,
    IPPROTO_ESP,
    IPPROTO_AH,
    IPPROTO_MTP,
    IPPROTO_BEETPH,
    IPPROTO_ENCAP,
    IPPROTO_PIM,
    IPPROTO_COMP,
    IPPROTO_SCTP,
    IPPROTO_UDPLITE,
    IPPROTO_MPLS,
    IPPROTO_ETHERNET,
    IPPROTO_RAW,
    IPPROTO_MPTCP,
    IPPROTO_ICMPV6,
  }) as const

export const IP_TOS = 1
export const IP_TTL = 2
export const IP_HDRINCL = 3
export const IP_OPTIONS = 4
export const IP_ROUTER_ALERT = 5
export const IP_RECVOPTS = 6
export const IP_RETOPTS = 7
export const IP_PKTINFO = 8
export const IP_PKTOPTIONS = 9
export const IP_MTU_DISCOVER = 10
export const IP_RECVERR = 11
export const IP_RECVTTL = 12
export const IP_RECVTOS = 13
export const IP_MTU = 14
export const IP_FREEBIND = 15
export const IP_IPSEC_POLICY = 16
export const IP_XFRM_POLICY = 17
export const IP_PASSSEC = 18
export const IP_TRANSPARENT = 19
export const IP_ORIGDSTADDR = 20
export const IP_MINTTL = 21
export const IP_NODEFRAG = 22
export const IP_CHECKSUM = 23
export const IP_BIND_ADDRESS_NO_PORT = 24
export const IP_RECVFRAGSIZE = 25
export const IP_RECVERR_RFC4884 = 26
export const IP_MULTICAST_IF = 32
export const IP_MULTICAST_TTL = 33
export const IP_MULTICAST_LOOP = 34
export const IP_ADD_MEMBERSHIP = 35
export const IP_DROP_MEMBERSHIP = 36
export const IP_UNBLOCK_SOURCE = 37
export const IP_BLOCK_SOURCE = 38
export const IP_ADD_SOURCE_MEMBERSHIP = 39
export const IP_DROP_SOURCE_MEMBERSHIP = 40
export const IP_MSFILTER = 41
export const MCAST_JOIN_GROUP = 42
export const MCAST_BLOCK_SOURCE = 43
export const MCAST_UNBLOCK_SOURCE = 44
export const MCAST_LEAVE_GROUP = 45
export const MCAST_JOIN_SOURCE_GROUP = 46
export const MCAST_LEAVE_SOURCE_GROUP = 47
export const MCAST_MSFILTER = 48
export const IP_MULTICAST_ALL = 49
export const IP_UNICAST_IF = 50
/** Options at level SOL_IP. */
export const ipOptions = () =>
  ({
    IP_TOS,
    IP_TTL,
    IP_HDRINCL,
    IP_OPTIONS,
    IP_ROUTER_ALERT,
    IP_RECVOPTS,
    IP_RETOPTS,
    IP_PKTINFO,
    IP_PKTOPTIONS,
    IP_MTU_DISCOVER,
    IP_RECVERR,
    IP_RECVTTL,
    IP_RECVTOS,
    IP_MTU,
    IP_FREEBIND,
    IP_IPSEC_POLICY,
    IP_XFRM_POLICY,
    IP_PASSSEC,
    IP_TRANSPARENT,
    IP_ORIGDSTADDR,
    IP_MINTTL,
    IP_NODEFRAG,
    IP_CHECKSUM,
    IP_BIND_ADDRESS_NO_PORT,
    IP_RECVFRAGSIZE,
    IP_RECVERR_RFC4884,
    IP_MULTICAST_IF,
    IP_MULTICAST_TTL,
    IP_MULTICAST_LOOP,
    IP_ADD_MEMBERSHIP,
    IP_DROP_MEMBERSHIP,
    IP_UNBLOCK_SOURCE,
    IP_BLOCK_SOURCE,
    IP_ADD_SOURCE_MEMBERSHIP,
    IP_DROP_SOURCE_MEMBERSHIP,
    IP_MSFILTER,
    MCAST_JOIN_GROUP,
    MCAST_BLOCK_SOURCE,
    MCAST_UNBLOCK_SOURCE,
    MCAST_LEAVE_GROUP,
    MCAST_JOIN_SOURCE_GROUP,
    MCAST_LEAVE_SOURCE_GROUP,
    MCAST_MSFILTER,
    IP_MULTICAST_ALL,
    IP_UNICAST_IF,
  }) as const

// Modes of a source filter: whom a member of a group does not hear, or alone hears.
export const MCAST_EXCLUDE = 0
export const MCAST_INCLUDE = 1

// IP_MTU_DISCOVER values.
export const IP_PMTUDISC_DONT = 0
export const IP_PMTUDISC_WANT = 1
export const IP_PMTUDISC_DO = 2
export const IP_PMTUDISC_PROBE = 3
export const IP_PMTUDISC_INTERFACE = 4
export const IP_PMTUDISC_OMIT = 5

export const IPV6_ADDRFORM = 1
export const IPV6_2292PKTINFO = 2
export const IPV6_2292HOPOPTS = 3
export const IPV6_2292DSTOPTS = 4
export const IPV6_2292RTHDR = 5
export const IPV6_2292PKTOPTIONS = 6
export const IPV6_CHECKSUM = 7
export const IPV6_2292HOPLIMIT = 8
export const IPV6_NEXTHOP = 9
export const IPV6_FLOWINFO = 11
export const IPV6_UNICAST_HOPS = 16
export const IPV6_MULTICAST_IF = 17
export const IPV6_MULTICAST_HOPS = 18
export const IPV6_MULTICAST_LOOP = 19
export const IPV6_ADD_MEMBERSHIP = 20
export const IPV6_DROP_MEMBERSHIP = 21
export const IPV6_ROUTER_ALERT = 22
export const IPV6_MTU_DISCOVER = 23
export const IPV6_MTU = 24
export const IPV6_RECVERR = 25
export const IPV6_V6ONLY = 26
export const IPV6_JOIN_ANYCAST = 27
export const IPV6_LEAVE_ANYCAST = 28
export const IPV6_MULTICAST_ALL = 29
export const IPV6_RECVPKTINFO = 49
export const IPV6_PKTINFO = 50
export const IPV6_RECVHOPLIMIT = 51
export const IPV6_HOPLIMIT = 52
export const IPV6_RECVHOPOPTS = 53
export const IPV6_HOPOPTS = 54
export const IPV6_RTHDRDSTOPTS = 55
export const IPV6_RECVRTHDR = 56
export const IPV6_RTHDR = 57
export const IPV6_RECVDSTOPTS = 58
export const IPV6_DSTOPTS = 59
export const IPV6_RECVPATHMTU = 60
export const IPV6_PATHMTU = 61
export const IPV6_DONTFRAG = 62
export const IPV6_RECVTCLASS = 66
export const IPV6_TCLASS = 67
export const IPV6_AUTOFLOWLABEL = 70
export const IPV6_ADDR_PREFERENCES = 72
export const IPV6_MINHOPCOUNT = 73
export const IPV6_ORIGDSTADDR = 74
export const IPV6_TRANSPARENT = 75
export const IPV6_UNICAST_IF = 76
export const IPV6_RECVFRAGSIZE = 77
export const IPV6_FREEBIND = 78
/** Options at level SOL_IPV6. */
export const ipv6Options = () =>
  ({
    IPV6_ADDRFORM,
    IPV6_2292PKTINFO,
    IPV6_2292HOPOPTS,
    IPV6_2292DSTOPTS,
    IPV6_2292RTHDR,
    IPV6_2292PKTOPTIONS,
    IPV6_CHECKSUM,
    IPV6_2292HOPLIMIT,
    IPV6_NEXTHOP,
    IPV6_FLOWINFO,
    IPV6_UNICAST_HOPS,
    IPV6_MULTICAST_IF,
    IPV6_MULTICAST_HOPS,
    IPV6_MULTICAST_LOOP,
    IPV6_ADD_MEMBERSHIP,
    IPV6_DROP_MEMBERSHIP,
    IPV6_ROUTER_ALERT,
    IPV6_MTU_DISCOVER,
    IPV6_MTU,
    IPV6_RECVERR,
    IPV6_V6ONLY,
    IPV6_JOIN_ANYCAST,
    IPV6_LEAVE_ANYCAST,
    IPV6_MULTICAST_ALL,
    IPV6_RECVPKTINFO,
    IPV6_PKTINFO,
    IPV6_RECVHOPLIMIT,
    IPV6_HOPLIMIT,
    IPV6_RECVHOPOPTS,
    IPV6_HOPOPTS,
    IPV6_RTHDRDSTOPTS,
    IPV6_RECVRTHDR,
    IPV6_RTHDR,
    IPV6_RECVDSTOPTS,
    IPV6_DSTOPTS,
    IPV6_RECVPATHMTU,
    IPV6_PATHMTU,
    IPV6_DONTFRAG,
    IPV6_RECVTCLASS,
    IPV6_TCLASS,
    IPV6_AUTOFLOWLABEL,
    IPV6_ADDR_PREFERENCES,
    IPV6_MINHOPCOUNT,
    IPV6_ORIGDSTADDR,
    IPV6_TRANSPARENT,
    IPV6_UNICAST_IF,
    IPV6_RECVFRAGSIZE,
    IPV6_FREEBIND,
  }) as const

export const TCP_NODELAY = 1
export const TCP_MAXSEG = 2
export const TCP_CORK = 3
export const TCP_KEEPIDLE = 4
export const TCP_KEEPINTVL = 5
export const TCP_KEEPCNT = 6
export const TCP_SYNCNT = 7
export const TCP_LINGER2 = 8
export const TCP_DEFER_ACCEPT = 9
export const TCP_WINDOW_CLAMP = 10
export const TCP_INFO = 11
export const TCP_QUICKACK = 12
export const TCP_CONGESTION = 13
export const TCP_MD5SIG = 14
export const TCP_THIN_LINEAR_TIMEOUTS = 16
export const TCP_THIN_DUPACK = 17
export const TCP_USER_TIMEOUT = 18
export const TCP_REPAIR = 19
export const TCP_REPAIR_QUEUE = 20
export const TCP_QUEUE_SEQ = 21
export const TCP_REPAIR_OPTIONS = 22
export const TCP_FASTOPEN = 23
export const TCP_TIMESTAMP = 24
export const TCP_NOTSENT_LOWAT = 25
export const TCP_CC_INFO = 26
export const TCP_SAVE_SYN = 27
export const TCP_SAVED_SYN = 28
export const TCP_REPAIR_WINDOW = 29
export const TCP_FASTOPEN_CONNECT = 30
export const TCP_ULP = 31
export const TCP_MD5SIG_EXT = 32
export const TCP_FASTOPEN_KEY = 33
export const TCP_FASTOPEN_NO_COOKIE = 34
export const TCP_ZEROCOPY_RECEIVE = 35
export const TCP_INQ = 36
export const TCP_TX_DELAY = 37
/** Options at level SOL_TCP. */
export const tcpOptions = () =>
  ({
    TCP_NODELAY,
    TCP_MAXSEG,
    TCP_CORK,
    TCP_KEEPIDLE,
    TCP_KEEPINTVL,
    TCP_KEEPCNT,
    TCP_SYNCNT,
    TCP_LINGER2,
    TCP_DEFER_ACCEPT,
    TCP_WINDOW_CLAMP,
    TCP_INFO,
    TCP_QUICKACK,
    TCP_CONGESTION,
    TCP_MD5SIG,
    TCP_THIN_LINEAR_TIMEOUTS,
    TCP_THIN_DUPACK,
    TCP_USER_TIMEOUT,
    TCP_REPAIR,
    TCP_REPAIR_QUEUE,
    TCP_QUEUE_SEQ,
    TCP_REPAIR_OPTIONS,
    TCP_FASTOPEN,
    TCP_TIMESTAMP,
    TCP_NOTSENT_LOWAT,
    TCP_CC_INFO,
    TCP_SAVE_SYN,
    TCP_SAVED_SYN,
    TCP_REPAIR_WINDOW,
    TCP_FASTOPEN_CONNECT,
    TCP_ULP,
    TCP_MD5SIG_EXT,
    TCP_FASTOPEN_KEY,
    TCP_FASTOPEN_NO_COOKIE,
    TCP_ZEROCOPY_RECEIVE,
    TCP_INQ,
    TCP_TX_DELAY,
  }) as const

export const TCP_ESTABLISHED = 1
export const TCP_SYN_SENT = 2
export const TCP_SYN_RECV = 3
export const TCP_FIN_WAIT1 = 4
export const TCP_FIN_WAIT2 = 5
export const TCP_TIME_WAIT = 6
export const TCP_CLOSE = 7
export const TCP_CLOSE_WAIT = 8
export const TCP_LAST_ACK = 9
export const TCP_LISTEN = 10
export const TCP_CLOSING = 11
/** tcpi_state and /proc/net/tcp (include/net/tcp_states.h). */
export const tcpStates = () =>
  ({
    TCP_ESTABLISHED,
    TCP_SYN_SENT,
    TCP_SYN_RECV,
    TCP_FIN_WAIT1,
    TCP_FIN_WAIT2,
    TCP_TIME_WAIT,
    TCP_CLOSE,
    TCP_CLOSE_WAIT,
    TCP_LAST_ACK,
    TCP_LISTEN,
    TCP_CLOSING,
  }) as const

export const UDP_CORK = 1
export const UDP_ENCAP = 100
export const UDP_NO_CHECK6_TX = 101
export const UDP_NO_CHECK6_RX = 102
export const UDP_SEGMENT = 103
export const UDP_GRO = 104
/** Options at level SOL_UDP. */
export const udpOptions = () =>
  ({
    UDP_CORK,
    UDP_ENCAP,
    UDP_NO_CHECK6_TX,
    UDP_NO_CHECK6_RX,
    UDP_SEGMENT,
    UDP_GRO,
  }) as const

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

export const INADDR_ANY = 0x0
export const INADDR_BROADCAST = 0xffffffff
export const INADDR_LOOPBACK = 0x7f000001
