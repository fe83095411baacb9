// Options of UDP: linux/udp.h, udp(7). (abi, pure)

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
