// Network interfaces: netdevice(7). (abi, pure)

export const IFF_UP = 0x1
export const IFF_BROADCAST = 0x2
export const IFF_DEBUG = 0x4
export const IFF_LOOPBACK = 0x8
export const IFF_POINTOPOINT = 0x10
export const IFF_NOTRAILERS = 0x20
export const IFF_RUNNING = 0x40
export const IFF_NOARP = 0x80
export const IFF_PROMISC = 0x100
export const IFF_ALLMULTI = 0x200
export const IFF_MASTER = 0x400
export const IFF_SLAVE = 0x800
export const IFF_MULTICAST = 0x1000
export const IFF_PORTSEL = 0x2000
export const IFF_AUTOMEDIA = 0x4000
export const IFF_DYNAMIC = 0x8000
export const IFF_LOWER_UP = 0x10000
/** ifr_flags. */
export const interfaceFlags = () =>
  ({
    IFF_UP,
    IFF_BROADCAST,
    IFF_DEBUG,
    IFF_LOOPBACK,
    IFF_POINTOPOINT,
    IFF_NOTRAILERS,
    IFF_RUNNING,
    IFF_NOARP,
    IFF_PROMISC,
    IFF_ALLMULTI,
    IFF_MASTER,
    IFF_SLAVE,
    IFF_MULTICAST,
    IFF_PORTSEL,
    IFF_AUTOMEDIA,
    IFF_DYNAMIC,
    IFF_LOWER_UP,
  }) as const

export const IFNAMSIZ = 16
export const ARPHRD_ETHER = 1
export const ARPHRD_LOOPBACK = 772
export const ARPHRD_NONE = 65534
export const ETH_ALEN = 6

export const ETH_P_ALL = 0x3
export const ETH_P_IP = 0x800
export const ETH_P_IPV6 = 0x86dd
export const ETH_P_ARP = 0x806
