// netlink(7) and rtnetlink(7). (abi, pure)

export const NETLINK_ROUTE = 0
export const NETLINK_USERSOCK = 2
export const NETLINK_FIREWALL = 3
export const NETLINK_SOCK_DIAG = 4
export const NETLINK_NFLOG = 5
export const NETLINK_XFRM = 6
export const NETLINK_SELINUX = 7
export const NETLINK_ISCSI = 8
export const NETLINK_AUDIT = 9
export const NETLINK_FIB_LOOKUP = 10
export const NETLINK_CONNECTOR = 11
export const NETLINK_NETFILTER = 12
export const NETLINK_IP6_FW = 13
export const NETLINK_DNRTMSG = 14
export const NETLINK_KOBJECT_UEVENT = 15
export const NETLINK_GENERIC = 16
export const NETLINK_SCSITRANSPORT = 18
export const NETLINK_ECRYPTFS = 19
export const NETLINK_RDMA = 20
export const NETLINK_CRYPTO = 21
export const NETLINK_SMC = 22
/** Protocols of AF_NETLINK sockets. */
export const netlinkProtocols = () =>
  ({
    NETLINK_ROUTE,
    NETLINK_USERSOCK,
    NETLINK_FIREWALL,
    NETLINK_SOCK_DIAG,
    NETLINK_NFLOG,
    NETLINK_XFRM,
    NETLINK_SELINUX,
    NETLINK_ISCSI,
    NETLINK_AUDIT,
    NETLINK_FIB_LOOKUP,
    NETLINK_CONNECTOR,
    NETLINK_NETFILTER,
    NETLINK_IP6_FW,
    NETLINK_DNRTMSG,
    NETLINK_KOBJECT_UEVENT,
    NETLINK_GENERIC,
    NETLINK_SCSITRANSPORT,
    NETLINK_ECRYPTFS,
    NETLINK_RDMA,
    NETLINK_CRYPTO,
    NETLINK_SMC,
  }) as const

export const NETLINK_ADD_MEMBERSHIP = 1
export const NETLINK_DROP_MEMBERSHIP = 2
export const NETLINK_PKTINFO = 3
export const NETLINK_BROADCAST_ERROR = 4
export const NETLINK_NO_ENOBUFS = 5
export const NETLINK_LISTEN_ALL_NSID = 8
export const NETLINK_LIST_MEMBERSHIPS = 9
export const NETLINK_CAP_ACK = 10
export const NETLINK_EXT_ACK = 11
export const NETLINK_GET_STRICT_CHK = 12
/** Options at level SOL_NETLINK. */
export const netlinkOptions = () =>
  ({
    NETLINK_ADD_MEMBERSHIP,
    NETLINK_DROP_MEMBERSHIP,
    NETLINK_PKTINFO,
    NETLINK_BROADCAST_ERROR,
    NETLINK_NO_ENOBUFS,
    NETLINK_LISTEN_ALL_NSID,
    NETLINK_LIST_MEMBERSHIPS,
    NETLINK_CAP_ACK,
    NETLINK_EXT_ACK,
    NETLINK_GET_STRICT_CHK,
  }) as const

export const NLM_F_REQUEST = 0x1
export const NLM_F_MULTI = 0x2
export const NLM_F_ACK = 0x4
export const NLM_F_ECHO = 0x8
export const NLM_F_DUMP_INTR = 0x10
export const NLM_F_DUMP_FILTERED = 0x20
export const NLM_F_ROOT = 0x100
export const NLM_F_MATCH = 0x200
export const NLM_F_ATOMIC = 0x400
/** nlmsg_flags. */
export const nlmsgFlags = () =>
  ({
    NLM_F_REQUEST,
    NLM_F_MULTI,
    NLM_F_ACK,
    NLM_F_ECHO,
    NLM_F_DUMP_INTR,
    NLM_F_DUMP_FILTERED,
    NLM_F_ROOT,
    NLM_F_MATCH,
    NLM_F_ATOMIC,
  }) as const

// nlmsg_flags of requests that make new objects, and a dump.
export const NLM_F_DUMP = 0x300
export const NLM_F_REPLACE = 0x100
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
export const NLM_F_APPEND = 0x800

export const NLMSG_NOOP = 1
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3
export const NLMSG_OVERRUN = 4
export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTM_SETLINK = 19
export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
export const RTM_GETADDR = 22
export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
export const RTM_GETROUTE = 26
export const RTM_NEWNEIGH = 28
export const RTM_DELNEIGH = 29
export const RTM_GETNEIGH = 30
export const RTM_NEWRULE = 32
export const RTM_DELRULE = 33
export const RTM_GETRULE = 34
export const RTM_NEWNSID = 88
export const RTM_GETNSID = 90
export const RTM_GETSTATS = 94
/** nlmsg_type. */
export const nlmsgTypes = () =>
  ({
    NLMSG_NOOP,
    NLMSG_ERROR,
    NLMSG_DONE,
    NLMSG_OVERRUN,
    RTM_NEWLINK,
    RTM_DELLINK,
    RTM_GETLINK,
    RTM_SETLINK,
    RTM_NEWADDR,
    RTM_DELADDR,
    RTM_GETADDR,
    RTM_NEWROUTE,
    RTM_DELROUTE,
    RTM_GETROUTE,
    RTM_NEWNEIGH,
    RTM_DELNEIGH,
    RTM_GETNEIGH,
    RTM_NEWRULE,
    RTM_DELRULE,
    RTM_GETRULE,
    RTM_NEWNSID,
    RTM_GETNSID,
    RTM_GETSTATS,
  }) as const

export const NLMSG_ALIGNTO = 4
export const NLMSG_MIN_TYPE = 16

export const IFLA_UNSPEC = 0
export const IFLA_ADDRESS = 1
export const IFLA_BROADCAST = 2
export const IFLA_IFNAME = 3
export const IFLA_MTU = 4
export const IFLA_LINK = 5
export const IFLA_QDISC = 6
export const IFLA_STATS = 7
export const IFLA_MASTER = 10
export const IFLA_TXQLEN = 13
export const IFLA_OPERSTATE = 16
export const IFLA_LINKMODE = 17
export const IFLA_LINKINFO = 18
export const IFLA_NET_NS_PID = 19
export const IFLA_IFALIAS = 20
export const IFLA_STATS64 = 23
export const IFLA_AF_SPEC = 26
export const IFLA_GROUP = 27
export const IFLA_NET_NS_FD = 28
export const IFLA_EXT_MASK = 29
export const IFLA_PROMISCUITY = 30
export const IFLA_NUM_TX_QUEUES = 31
export const IFLA_NUM_RX_QUEUES = 32
export const IFLA_CARRIER = 33
export const IFLA_GSO_MAX_SEGS = 40
export const IFLA_GSO_MAX_SIZE = 41
export const IFLA_ALT_IFNAME = 53
/** Attributes of RTM_NEWLINK. */
export const linkAttributes = () =>
  ({
    IFLA_UNSPEC,
    IFLA_ADDRESS,
    IFLA_BROADCAST,
    IFLA_IFNAME,
    IFLA_MTU,
    IFLA_LINK,
    IFLA_QDISC,
    IFLA_STATS,
    IFLA_MASTER,
    IFLA_TXQLEN,
    IFLA_OPERSTATE,
    IFLA_LINKMODE,
    IFLA_LINKINFO,
    IFLA_NET_NS_PID,
    IFLA_IFALIAS,
    IFLA_STATS64,
    IFLA_AF_SPEC,
    IFLA_GROUP,
    IFLA_NET_NS_FD,
    IFLA_EXT_MASK,
    IFLA_PROMISCUITY,
    IFLA_NUM_TX_QUEUES,
    IFLA_NUM_RX_QUEUES,
    IFLA_CARRIER,
    IFLA_GSO_MAX_SEGS,
    IFLA_GSO_MAX_SIZE,
    IFLA_ALT_IFNAME,
  }) as const

export const IFA_UNSPEC = 0
export const IFA_ADDRESS = 1
export const IFA_LOCAL = 2
export const IFA_LABEL = 3
export const IFA_BROADCAST = 4
export const IFA_ANYCAST = 5
export const IFA_CACHEINFO = 6
export const IFA_MULTICAST = 7
export const IFA_FLAGS = 8
/** Attributes of RTM_NEWADDR. */
export const addressAttributes = () =>
  ({
    IFA_UNSPEC,
    IFA_ADDRESS,
    IFA_LOCAL,
    IFA_LABEL,
    IFA_BROADCAST,
    IFA_ANYCAST,
    IFA_CACHEINFO,
    IFA_MULTICAST,
    IFA_FLAGS,
  }) as const

export const RTA_UNSPEC = 0
export const RTA_DST = 1
export const RTA_SRC = 2
export const RTA_IIF = 3
export const RTA_OIF = 4
export const RTA_GATEWAY = 5
export const RTA_PRIORITY = 6
export const RTA_PREFSRC = 7
export const RTA_METRICS = 8
export const RTA_MULTIPATH = 9
export const RTA_FLOW = 11
export const RTA_CACHEINFO = 12
export const RTA_TABLE = 15
export const RTA_MARK = 16
export const RTA_PREF = 20
export const RTA_UID = 25
/** Attributes of RTM_NEWROUTE. */
export const routeAttributes = () =>
  ({
    RTA_UNSPEC,
    RTA_DST,
    RTA_SRC,
    RTA_IIF,
    RTA_OIF,
    RTA_GATEWAY,
    RTA_PRIORITY,
    RTA_PREFSRC,
    RTA_METRICS,
    RTA_MULTIPATH,
    RTA_FLOW,
    RTA_CACHEINFO,
    RTA_TABLE,
    RTA_MARK,
    RTA_PREF,
    RTA_UID,
  }) as const

/** Attribute of RTM_NEWNSID. */
export const NETNSA_NSID = 1

export const RTA_ALIGNTO = 4
export const RTN_UNSPEC = 0
export const RTN_UNICAST = 1
export const RTN_LOCAL = 2
export const RTN_BROADCAST = 3
export const RT_SCOPE_UNIVERSE = 0
export const RT_SCOPE_LINK = 253
export const RT_SCOPE_HOST = 254
export const RT_SCOPE_NOWHERE = 255
export const RT_TABLE_UNSPEC = 0
export const RT_TABLE_DEFAULT = 253
export const RT_TABLE_MAIN = 254
export const RT_TABLE_LOCAL = 255
export const RTPROT_UNSPEC = 0
export const RTPROT_KERNEL = 2
export const RTPROT_BOOT = 3
export const RTPROT_STATIC = 4
export const RTM_F_CLONED = 0x200
export const RTM_F_FIB_MATCH = 0x2000
export const FR_ACT_TO_TBL = 1
export const FRA_PRIORITY = 6
export const FRA_SUPPRESS_PREFIXLEN = 14
export const FRA_TABLE = 15
export const FRA_PROTOCOL = 21
export const IFA_F_PERMANENT = 128
export const IF_OPER_UNKNOWN = 0
export const IF_OPER_DOWN = 2
export const IF_OPER_UP = 6
export const RTMGRP_LINK = 1
export const RTMGRP_IPV4_IFADDR = 16
export const RTMGRP_IPV4_ROUTE = 64
export const RTMGRP_IPV6_IFADDR = 256
export const RTMGRP_IPV6_ROUTE = 1024
