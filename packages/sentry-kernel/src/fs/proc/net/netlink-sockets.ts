// /proc/net/netlink. (fs/proc)
// Linux net/netlink/af_netlink.c: netlink_native_seq_show.

import type { NetNamespace } from '../../../socket/net-namespace.ts'
import { NetlinkSocket } from '../../../socket/netlink/netlink-socket.ts'

const COLUMNS = [
  ['sk', 16],
  ['Eth', 3],
  ['Pid', 10],
  ['Groups', 8],
  ['Rmem', 8],
  ['Wmem', 8],
  ['Dump', 5],
  ['Locks', 8],
  ['Drops', 8],
  ['Inode', 8],
] as const

const line = (values: readonly (string | number)[]): string =>
  `${COLUMNS.map(([, width], i) => String(values[i]).padEnd(width)).join(' ')}\n`

export function netlinkSockets({ sockets }: NetNamespace): string {
  let text = line(COLUMNS.map(([name]) => name)).replace(/ +\n/, '\n')
  for (const socket of sockets) {
    if (!(socket instanceof NetlinkSocket)) continue
    const { protocol, port, inode } = socket
    const groups = socket.groups.toString(16).padStart(8, '0')
    text += line(['0'.repeat(16), protocol, port, groups, 0, 0, 0, 2, 0, inode.attr().ino])
  }
  return text
}
