// /proc/PID/net: the network as a process sees it. (fs/proc)
// Linux net/core/net-procfs.c and the seq files of each protocol.

import type { NetNamespace } from '../../../socket/net-namespace.ts'
import { directory, file, type Node } from '../../kernfs/node.ts'
import type { Entry } from '../pid/subject.ts'
import { igmp, igmp6, mcfilter, mcfilter6 } from './groups.ts'
import { ping, ping6, raw, raw6, tcp, tcp6, udp, udp6 } from './inet-sockets.ts'
import { device, localAddresses, localRoutes, mainRoutes } from './interfaces.ts'
import { netlinkSockets } from './netlink-sockets.ts'
import { netstat } from './netstat.ts'
import { snmp } from './snmp.ts'
import { sockstat, sockstat6 } from './sockstat.ts'
import { unixSockets } from './unix-sockets.ts'

/** A table with nothing in it. */
const header = (line: string) => (): string => `${line}\n`

const TABLES: Readonly<Record<string, (net: NetNamespace) => string>> = {
  arp: header('IP address       HW type     Flags       HW address            Mask     Device'),
  dev: device,
  // The loopback needs no link-layer addresses.
  dev_mcast: () => '',
  icmp: ping,
  icmp6: ping6,
  if_inet6: localAddresses,
  igmp,
  igmp6,
  ipv6_route: localRoutes,
  mcfilter,
  mcfilter6,
  netlink: netlinkSockets,
  netstat,
  packet: header('sk               RefCnt Type Proto  Iface R Rmem   User   Inode'),
  raw,
  raw6,
  route: mainRoutes,
  snmp,
  sockstat,
  sockstat6,
  tcp,
  tcp6,
  udp,
  udp6,
  unix: unixSockets,
}

export const net: Entry = subject => {
  const entries: Record<string, Node> = {}
  for (const [name, table] of Object.entries(TABLES))
    entries[name] = file(() => table(subject.task.namespaces.net))
  return directory(entries)
}
