// /proc/net/{tcp,udp,raw,icmp}, and those of version 6. (fs/proc)
// Linux net/ipv4/tcp_ipv4.c: tcp4_seq_show; udp.c: udp4_format_sock; raw.c; ping.c; net/ipv6/….

import { AF_INET, AF_INET6, TCP_LISTEN } from '@tsvisor/abi'
import { InetSocket } from '../../../socket/inet/inet-socket.ts'
import { PingSocket } from '../../../socket/inet/ping-socket.ts'
import { RawSocket } from '../../../socket/inet/raw-socket.ts'
import { TcpSocket } from '../../../socket/inet/tcp-socket.ts'
import { UdpSocket } from '../../../socket/inet/udp-socket.ts'
import type { NetNamespace } from '../../../socket/net-namespace.ts'

const COLUMNS = 'st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
const HEADER = `  sl  local_address rem_address   ${COLUMNS}`
const HEADER6 = `  sl  local_address                         remote_address                        ${COLUMNS}`
const DATAGRAMS = ' ref pointer drops'

const hex = (value: number, digits: number): string =>
  value.toString(16).toUpperCase().padStart(digits, '0')

/** A sockaddr as words of this machine and a port. */
function endpoint(address: Uint8Array): string {
  const view = new DataView(address.buffer, address.byteOffset)
  const [start, end] = address.length === 16 ? [4, 8] : [8, 24]
  let text = ''
  for (let at = start; at < end; at += 4) text += hex(view.getUint32(at, true), 8)
  return `${text}:${hex(view.getUint16(2), 4)}`
}

/** From the addresses to the inode. No timer ever runs: nothing is lost here. */
function columns(socket: InetSocket): string {
  const { ino, uid } = socket.inode.attr()
  const { attached } = socket
  return (
    `${endpoint(socket.shownLocal)} ${endpoint(socket.shownRemote)} ${hex(socket.connectionState, 2)} ` +
    `${hex(0, 8)}:${hex(socket.receiveQueue, 8)} 00:00000000 00000000 ` +
    `${String(attached ? uid : 0).padStart(5)} ${'0'.padStart(8)} ${attached ? ino : 0}`
  )
}
/** Where a kernel shows an address of its own; nobody gets to see ours. */
const POINTER = '0'.repeat(16)

/** After the inode: references, timeouts in ticks, the window, and from where on it grows slower. */
const asConnection = (socket: InetSocket): string =>
  socket.connectionState === TCP_LISTEN ? `1 ${POINTER} 100 0 0 10 0` : `1 ${POINTER} 20 4 30 10 -1`
const asDatagrams = (): string => `2 ${POINTER} 0`

type Kind = abstract new (...args: never[]) => InetSocket

interface Format {
  readonly header: string
  /** Of the number in front. */
  readonly numberWidth: number
  /** What each line is filled up to. */
  readonly width?: number
  readonly rest: (socket: InetSocket) => string
}

const table =
  (kind: Kind, domain: number, { header, numberWidth, width = 0, rest }: Format) =>
  ({ sockets }: NetNamespace): string => {
    let text = `${header.padEnd(width)}\n`
    let number = 0
    for (const socket of sockets) {
      if (!(socket instanceof InetSocket) || !(socket instanceof kind)) continue
      if (socket.domain !== domain || !socket.isShown) continue
      const line = `${String(number++).padStart(numberWidth)}: ${columns(socket)} ${rest(socket)}`
      text += `${line.padEnd(width)}\n`
    }
    return text
  }

const connections = { numberWidth: 4, rest: asConnection }
export const tcp = table(TcpSocket, AF_INET, { header: HEADER, width: 149, ...connections })
export const tcp6 = table(TcpSocket, AF_INET6, { header: HEADER6, ...connections })

const datagrams = { numberWidth: 5, rest: asDatagrams }
export const udp = table(UdpSocket, AF_INET, {
  header: ` ${HEADER}${DATAGRAMS}`,
  width: 127,
  ...datagrams,
})
export const udp6 = table(UdpSocket, AF_INET6, { header: HEADER6 + DATAGRAMS, ...datagrams })

const PACKETS = HEADER + DATAGRAMS
export const raw = table(RawSocket, AF_INET, { header: PACKETS, numberWidth: 4, rest: asDatagrams })
export const raw6 = table(RawSocket, AF_INET6, { header: HEADER6 + DATAGRAMS, ...datagrams })
export const ping = table(PingSocket, AF_INET, { header: PACKETS, width: 127, ...datagrams })
export const ping6 = table(PingSocket, AF_INET6, { header: HEADER6 + DATAGRAMS, ...datagrams })
