// /proc/PID/net: the network as a process sees it. (fs/proc)
// Linux net/core/net-procfs.c and the seq files of each protocol.

import { type DirectoryNode, directory, file, type Node } from '../kernfs/node.ts'
import { tableText } from './tables.ts'

const SOCKETS =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
const SOCKETS6 =
  '  sl  local_address                         remote_address                        ' +
  'st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'

/** Header lines by file. */
const HEADERS: Readonly<Record<string, string>> = {
  arp: 'IP address       HW type     Flags       HW address            Mask     Device\n',
  dev:
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop ' +
    'fifo colls carrier compressed\n',
  if_inet6: '',
  ipv6_route: '',
  netlink:
    'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n',
  packet: 'sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n',
  raw: `${SOCKETS} ref pointer drops\n`,
  raw6: `${SOCKETS6} ref pointer drops\n`,
  route: `${'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'.padEnd(127)}\n`,
  tcp: `${SOCKETS.padEnd(149)}\n`,
  tcp6: `${SOCKETS6}\n`,
  udp: `${` ${SOCKETS} ref pointer drops`.padEnd(127)}\n`,
  udp6: `${SOCKETS6} ref pointer drops\n`,
  unix: 'Num       RefCount Protocol Flags    Type St Inode Path\n',
}

/** dev_seq_printf_stats: widths of the sixteen counters. */
const WIDTHS = [7, 7, 4, 4, 4, 5, 10, 9, 8, 7, 4, 4, 4, 5, 7, 10]
/** A container's loopback, which has carried nothing unless the network says otherwise. */
const LOOPBACK = `    lo: ${WIDTHS.map(width => '0'.padStart(width)).join(' ')}\n`

export function net(): DirectoryNode {
  const entries: Record<string, Node> = {}
  for (const [name, header] of Object.entries(HEADERS))
    entries[name] = file(reader => tableText(reader, `net/${name}`, header))
  const dev = HEADERS['dev']!
  entries['dev'] = file(reader => {
    const text = tableText(reader, 'net/dev', dev)
    return text === dev ? dev + LOOPBACK : text
  })
  return directory(entries)
}
