// AF_INET and AF_INET6 without a network: TCP, UDP and ICMP over the loopback. (socket/inet)

import {
  AF_INET6,
  CAP_NET_RAW,
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
import { hasCapabilityIn } from '../../task/credentials.ts'
import type { ProtocolFamily } from '../families.ts'
import { checkPingGroup, PingSocket } from './ping-socket.ts'
import { RawSocket } from './raw-socket.ts'
import { TcpSocket } from './tcp-socket.ts'
import { UdpSocket } from './udp-socket.ts'

/** The family for AF_INET or AF_INET6. */
export const inetFamily = (domain: number): ProtocolFamily => {
  const icmp = domain === AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP
  return {
    create(task, type, protocol, flags) {
      if (type === SOCK_STREAM) {
        if (protocol !== 0 && protocol !== IPPROTO_TCP) throw EPROTONOSUPPORT
        return new TcpSocket(task, domain, flags)
      }
      if (type === SOCK_DGRAM) {
        if (protocol === icmp) {
          checkPingGroup(task)
          return new PingSocket(task, domain, flags)
        }
        if (protocol !== 0 && protocol !== IPPROTO_UDP) throw EPROTONOSUPPORT
        return new UdpSocket(task, domain, flags)
      }
      if (type !== SOCK_RAW) throw ESOCKTNOSUPPORT
      if (protocol === 0) throw EPROTONOSUPPORT
      if (!hasCapabilityIn(task.creds, task.namespaces.net.userNamespace, CAP_NET_RAW)) throw EPERM
      if (protocol !== icmp) throw EPROTONOSUPPORT
      return new RawSocket(task, domain, flags)
    },
  }
}
