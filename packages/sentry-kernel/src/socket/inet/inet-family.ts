// AF_INET and AF_INET6 without a network: TCP and UDP over the loopback. (socket/inet)

import {
  CAP_NET_RAW,
  EACCES,
  EPERM,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from '@tsvisor/abi'
import { hasCapability } from '../../task/credentials.ts'
import type { ProtocolFamily } from '../families.ts'
import { TcpSocket } from './tcp-socket.ts'
import { UdpSocket } from './udp-socket.ts'

/** The family for AF_INET or AF_INET6. */
export const inetFamily = (domain: number): ProtocolFamily => ({
  create(task, type, protocol, flags) {
    if (type === SOCK_STREAM) {
      if (protocol !== 0 && protocol !== IPPROTO_TCP) throw EPROTONOSUPPORT
      return new TcpSocket(task, domain, flags)
    }
    if (type === SOCK_DGRAM) {
      // Ping sockets: net.ipv4.ping_group_range lets nobody make one.
      if (protocol === IPPROTO_ICMP || protocol === IPPROTO_ICMPV6) throw EACCES
      if (protocol !== 0 && protocol !== IPPROTO_UDP) throw EPROTONOSUPPORT
      return new UdpSocket(task, domain, flags)
    }
    if (type === SOCK_RAW && !hasCapability(task.creds, CAP_NET_RAW)) throw EPERM
    throw type === SOCK_RAW ? EPROTONOSUPPORT : ESOCKTNOSUPPORT
  },
})
