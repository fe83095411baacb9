// What sock_diag says of TCP and UDP sockets. (socket/netlink)
// Linux net/ipv4/inet_diag.c: inet_sk_diag_fill; tcp_diag.c, udp_diag.c.

import {
  AF_INET,
  AF_INET6,
  CAP_NET_ADMIN,
  EINVAL,
  ENOENT,
  INET_DIAG_CLASS_ID,
  INET_DIAG_CONG,
  INET_DIAG_INFO,
  INET_DIAG_MARK,
  INET_DIAG_MEMINFO,
  INET_DIAG_REQ_BYTECODE,
  INET_DIAG_SHUTDOWN,
  INET_DIAG_SKMEMINFO,
  INET_DIAG_SKV6ONLY,
  INET_DIAG_SOCKOPT,
  INET_DIAG_TCLASS,
  INET_DIAG_TOS,
  IP_MULTICAST_LOOP,
  IP_RECVERR,
  IP_TOS,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPV6_RECVERR,
  IPV6_TCLASS,
  inet_diag_msg,
  inet_diag_req_v2,
  NLM_F_DUMP,
  NLM_F_MULTI,
  SOCK_DIAG_BY_FAMILY,
  SOL_IP,
  SOL_IPV6,
  SOL_TCP,
  TCP_CLOSE,
  TCP_CONGESTION,
  TCP_INFO,
  TCP_LISTEN,
  type Value,
} from '@tsvisor/abi'
import { hasCapabilityIn } from '../../task/credentials.ts'
import type { Task } from '../../task/task.ts'
import { InetSocket } from '../inet/inet-socket.ts'
import { TcpSocket } from '../inet/tcp-socket.ts'
import { UdpSocket } from '../inet/udp-socket.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { cookieOf, isCookie } from './diag-cookie.ts'
import { type FilterPeer, type FilterSubject, filterOf } from './inet-diag-filter.ts'
import {
  type Attribute,
  attributes,
  attributesOf,
  HEADER,
  joined,
  message,
  type RequestId,
  words,
} from './messages.ts'
import type { NetlinkProtocol } from './protocol.ts'

type Request = Value<typeof inet_diag_req_v2>
type Kind = abstract new (...args: never[]) => InetSocket

const KINDS: Readonly<Record<number, Kind>> = { [IPPROTO_TCP]: TcpSocket, [IPPROTO_UDP]: UdpSocket }

/** A state of its own for TCP sockets that are bound, and nothing else (TCP_BOUND_INACTIVE). */
const BOUND = 13

export const inetDiag: NetlinkProtocol = (task, net, { flags, id, data }) => {
  if (data.length < HEADER + inet_diag_req_v2.size) throw EINVAL
  const request = inet_diag_req_v2.decode(data.subarray(HEADER))
  const isAdmin = hasCapabilityIn(task.creds, net.userNamespace, CAP_NET_ADMIN)
  const kind = KINDS[request.sdiag_protocol]
  const show = (socket: InetSocket, flags: number): Uint8Array =>
    row({ task, id, flags, isAdmin, ext: request.idiag_ext }, socket)
  if ((flags & NLM_F_DUMP) === 0) {
    if (kind === undefined) throw ENOENT
    return { messages: [show(exactly(net, kind, request), 0)] }
  }
  const program = attributesOf(data, HEADER + inet_diag_req_v2.size).get(INET_DIAG_REQ_BYTECODE)
  const filter = program && filterOf(program, isAdmin)
  if (kind === undefined) return { messages: [], dump: ENOENT }
  const messages: Uint8Array[] = []
  for (const socket of socketsOf(net, kind)) {
    if (!isWanted(socket, request)) continue
    if (filter === undefined || filter(subjectOf(socket))) messages.push(show(socket, NLM_F_MULTI))
  }
  return { messages, dump: 'complete' }
}

function* socketsOf({ sockets }: NetNamespace, kind: Kind): Generator<InetSocket> {
  for (const socket of sockets)
    if (socket instanceof InetSocket && socket instanceof kind) yield socket
}

/** Its bit in idiag_states; undefined for one that is in no table. */
function stateBit(socket: InetSocket): number | undefined {
  if (socket.isShown) return socket.connectionState
  return socket instanceof TcpSocket && socket.local !== undefined ? BOUND : undefined
}

function isWanted(socket: InetSocket, { sdiag_family, idiag_states, id }: Request): boolean {
  if (socket.domain !== sdiag_family) return false
  const bit = stateBit(socket)
  if (bit === undefined || (idiag_states & (1 << bit)) === 0) return false
  const { idiag_sport, idiag_dport } = id
  if (idiag_sport !== 0 && idiag_sport !== portOf(socket.shownLocal)) return false
  return idiag_dport === 0 || idiag_dport === portOf(socket.shownRemote)
}

/** The connection between two ends, or who listens at the first. Errors: ENOENT. */
function exactly(net: NetNamespace, kind: Kind, { sdiag_family, id }: Request): InetSocket {
  const length = sdiag_family === AF_INET ? 4 : 16
  const ends = [
    { address: id.idiag_src.subarray(0, length), port: id.idiag_sport },
    { address: id.idiag_dst.subarray(0, length), port: id.idiag_dport },
  ] as const
  // "Swapped for historical reasons" (udp_dump_one).
  const [source, destination] = kind === UdpSocket ? [ends[1], ends[0]] : ends
  let found: InetSocket | undefined
  for (const socket of socketsOf(net, kind)) {
    if (socket.domain !== sdiag_family || !socket.isShown) continue
    const own = subjectOf(socket)
    if (!isSame(own.source, source) && !isAnywhere(own.source, source)) continue
    if (isSame(own.destination, destination)) {
      found = socket
      break
    }
    if (own.destination.port === 0) found ??= socket
  }
  if (found === undefined || !isCookie(id.idiag_cookie, found.inode.attr().ino)) throw ENOENT
  return found
}

const isSame = (a: FilterPeer, b: FilterPeer): boolean =>
  a.port === b.port && a.address.every((byte, i) => byte === b.address[i])
const isAnywhere = (a: FilterPeer, b: FilterPeer): boolean =>
  a.port === b.port && a.address.every(byte => byte === 0)

const portOf = (sockaddr: Uint8Array): number => (sockaddr[2]! << 8) | sockaddr[3]!

function peerOf(sockaddr: Uint8Array): FilterPeer {
  const isFour = sockaddr.length === 16
  const address = isFour ? sockaddr.subarray(4, 8) : sockaddr.subarray(8, 24)
  return { address, port: portOf(sockaddr) }
}

const subjectOf = (socket: InetSocket): FilterSubject => ({
  family: socket.domain,
  source: peerOf(socket.shownLocal),
  destination: peerOf(socket.shownRemote),
  mark: socket.options.mark,
  isPortChosen: !socket.isPortNamed,
})

interface Answering {
  readonly task: Task
  readonly id: RequestId
  readonly flags: number
  readonly isAdmin: boolean
  /** idiag_ext */
  readonly ext: number
}

function row(answering: Answering, socket: InetSocket): Uint8Array {
  const { task, id, flags } = answering
  const { source, destination, family } = subjectOf(socket)
  const { ino, uid } = socket.inode.attr()
  const { attached } = socket
  const body = inet_diag_msg.encode({
    ...{ idiag_family: family, idiag_state: socket.connectionState },
    // No timer ever runs: nothing is lost here.
    ...{ idiag_timer: 0, idiag_retrans: 0, idiag_expires: 0 },
    id: {
      ...{ idiag_sport: source.port, idiag_dport: destination.port },
      ...{ idiag_src: source.address, idiag_dst: destination.address },
      ...{ idiag_if: socket.options.interface, idiag_cookie: cookieOf(ino) },
    },
    idiag_rqueue: socket.receiveQueue,
    idiag_wqueue: socket instanceof TcpSocket ? socket.backlog : 0,
    idiag_uid: attached ? task.creds.userNamespace.uids.shown(uid) : 0,
    idiag_inode: attached ? ino : 0,
  })
  const details = joined(body, attributes(attributesFor(answering, socket)))
  return message(SOCK_DIAG_BY_FAMILY, flags, id, details)
}

function attributesFor({ task, isAdmin, ext }: Answering, socket: InetSocket): Attribute[] {
  const asked = (type: number): boolean => (ext & (1 << (type - 1))) !== 0
  const { connectionState: state, options } = socket
  const isSix = socket.domain === AF_INET6
  const list: Attribute[] = [[INET_DIAG_SHUTDOWN, Uint8Array.of(socket.shutdownMask)]]
  if (asked(INET_DIAG_TOS)) list.push([INET_DIAG_TOS, byteOf(socket.stored(SOL_IP, IP_TOS))])
  if (isSix && asked(INET_DIAG_TCLASS))
    list.push([INET_DIAG_TCLASS, byteOf(Math.max(0, socket.stored(SOL_IPV6, IPV6_TCLASS)))])
  if (isSix && (state === TCP_LISTEN || state === TCP_CLOSE))
    list.push([INET_DIAG_SKV6ONLY, byteOf(socket.v6only ? 1 : 0)])
  if (isAdmin) list.push([INET_DIAG_MARK, words(options.mark)])
  if (asked(INET_DIAG_TCLASS)) list.push([INET_DIAG_CLASS_ID, words(options.priority)])
  list.push([INET_DIAG_SOCKOPT, optionBits(socket)])
  if (asked(INET_DIAG_MEMINFO)) list.push([INET_DIAG_MEMINFO, words(socket.receiveQueue, 0, 0, 0)])
  if (asked(INET_DIAG_SKMEMINFO)) list.push([INET_DIAG_SKMEMINFO, memoryOf(socket)])
  if (!(socket instanceof TcpSocket)) return list
  for (const [type, option] of TCP_DETAILS)
    if (asked(type)) list.push([type, socket.getOption(task, SOL_TCP, option)!])
  return list
}
const TCP_DETAILS = [
  [INET_DIAG_INFO, TCP_INFO],
  [INET_DIAG_CONG, TCP_CONGESTION],
] as const

const byteOf = (value: number): Uint8Array => Uint8Array.of(value)

/** SK_MEMINFO_*: what is received, its limit, what is to be sent, its limit; of the rest nothing is kept. */
const memoryOf = ({ receiveQueue, options }: InetSocket): Uint8Array =>
  words(receiveQueue, options.receiveBuffer, 0, options.sendBuffer, 0, 0, 0, 0, 0)

/** struct inet_diag_sockopt, a bit each: errors are received, it is a connection's, multicasts come back … */
function optionBits(socket: InetSocket): Uint8Array {
  const isFour = socket.domain === AF_INET
  const hears = isFour ? socket.stored(SOL_IP, IP_RECVERR) : socket.stored(SOL_IPV6, IPV6_RECVERR)
  let bits = socket.stored(SOL_IP, IP_MULTICAST_LOOP, 1) === 0 ? 0 : MC_LOOP
  if (hears !== 0) bits |= RECVERR
  if (socket instanceof TcpSocket) bits |= IS_ICSK
  if (socket.multicast.hearsOthers) bits |= MC_ALL
  return Uint8Array.of(bits, 0)
}
const RECVERR = 1 << 0
const IS_ICSK = 1 << 1
const MC_LOOP = 1 << 4
const MC_ALL = 1 << 6
