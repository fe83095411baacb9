// /proc/net/sockstat, sockstat6: how many sockets there are. (fs/proc)
// Linux net/ipv4/proc.c: sockstat_seq_show; net/ipv6/proc.c.

import { AF_INET, AF_INET6 } from '@tsvisor/abi'
import type { InetSocket } from '../../../socket/inet/inet-socket.ts'
import { RawSocket } from '../../../socket/inet/raw-socket.ts'
import { TcpSocket } from '../../../socket/inet/tcp-socket.ts'
import { UdpSocket } from '../../../socket/inet/udp-socket.ts'
import type { NetNamespace } from '../../../socket/net-namespace.ts'

type Kind<T> = abstract new (...args: never[]) => T

function count<T extends InetSocket>(
  { sockets }: NetNamespace,
  kind: Kind<T>,
  accepts: (socket: T) => boolean,
): number {
  let found = 0
  for (const socket of sockets) if (socket instanceof kind && accepts(socket)) found++
  return found
}
export const countTcp = (net: NetNamespace, accepts: (socket: TcpSocket) => boolean): number =>
  count(net, TcpSocket, accepts)

const inUse = (net: NetNamespace, kind: Kind<InetSocket>, domain: number): number =>
  count(net, kind, socket => socket.domain === domain && socket.isShown)

export function sockstat(net: NetNamespace): string {
  let used = 0
  for (const { attached } of net.sockets) if (attached) used++
  const allocated = countTcp(net, () => true)
  return (
    `sockets: used ${used}\n` +
    `TCP: inuse ${inUse(net, TcpSocket, AF_INET)} orphan 0 tw 0 alloc ${allocated} mem 0\n` +
    `UDP: inuse ${inUse(net, UdpSocket, AF_INET)} mem 0\n` +
    `UDPLITE: inuse 0\nRAW: inuse ${inUse(net, RawSocket, AF_INET)}\nFRAG: inuse 0 memory 0\n`
  )
}

export const sockstat6 = (net: NetNamespace): string =>
  `TCP6: inuse ${inUse(net, TcpSocket, AF_INET6)}\nUDP6: inuse ${inUse(net, UdpSocket, AF_INET6)}\n` +
  `UDPLITE6: inuse 0\nRAW6: inuse ${inUse(net, RawSocket, AF_INET6)}\nFRAG6: inuse 0 memory 0\n`
