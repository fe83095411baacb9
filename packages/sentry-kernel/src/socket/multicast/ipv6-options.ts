// Options about multicast of version 6. (socket/multicast)
// Linux net/ipv6/ipv6_sockglue.c: do_ipv6_setsockopt, ipv6_getsockopt; net/ipv6/mcast.c; ipv6(7).

import {
  AF_INET6,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EINVAL,
  ENODEV,
  ENOMEM,
  ENOPROTOOPT,
  EPROTO,
  IPV6_ADD_MEMBERSHIP,
  IPV6_DROP_MEMBERSHIP,
  IPV6_MULTICAST_IF,
  MCAST_MSFILTER,
  SOCK_STREAM,
} from '@tsvisor/abi'
import { ADDRESS6_SIZE, type Address6, address6, bytesOf6, isMulticast6 } from '../inet/address6.ts'
import type { InetSocket } from '../inet/inet-socket.ts'
import { LO_INDEX } from '../loopback.ts'
import { int } from '../socket-options.ts'
import {
  type Getter,
  groupFilterGetter,
  groupSetters,
  type Setter,
  type Version,
} from './group-options.ts'
import type { Sockaddr } from './group-requests.ts'
import type { FilterMode } from './group-table.ts'
import { type GroupRequest, viewOf } from './request.ts'

/** net.ipv6.mld_max_msf */
const SOURCES = 64
/** sizeof(struct ipv6_mreq) */
const MREQ = 20

type Request = GroupRequest<Address6>

const addressAt = (view: DataView, at: number): Address6 =>
  address6(new Uint8Array(view.buffer, view.byteOffset + at, ADDRESS6_SIZE))
/** struct sockaddr_in6 */
const SOCKADDR_IN6: Sockaddr<Address6> = {
  family: AF_INET6,
  host: (view, at) => addressAt(view, at + 8),
  put: (view, at, host) =>
    new Uint8Array(view.buffer, view.byteOffset + at + 8, ADDRESS6_SIZE).set(bytesOf6(host)),
  wrongGroup: EADDRNOTAVAIL,
  wrongFilter: EINVAL,
  sourceRequest: 'longer',
}
/** struct ipv6_mreq. Errors: EINVAL. */
function mreq(value: Uint8Array): Request {
  if (value.length < MREQ) throw EINVAL
  const view = viewOf(value)
  return { group: addressAt(view, 0), address: 0, interface: view.getInt32(ADDRESS6_SIZE, true) }
}

function check(_socket: InetSocket, { group, interface: index }: Request): void {
  if (!isMulticast6(group)) throw EINVAL
  if (index !== LO_INDEX) throw ENODEV
}
/** Errors: EINVAL, ENODEV, EADDRINUSE, ENOMEM. */
function join(socket: InetSocket, request: Request, mode: FilterMode): void {
  const { memberships } = socket.multicast6
  const { group, interface: index } = request
  if (index === 0 && isMulticast6(group) && memberships.find(group)) throw EADDRINUSE
  check(socket, request)
  memberships.join(group, 0, mode, Number.POSITIVE_INFINITY, ENOMEM)
}
/** From any interface for 0. Errors: EINVAL (no group), EADDRNOTAVAIL. */
function leave(socket: InetSocket, { group, interface: index }: Request): void {
  if (!isMulticast6(group)) throw EINVAL
  if (index !== 0 && index !== LO_INDEX) throw EADDRNOTAVAIL
  socket.multicast6.memberships.leave(group)
}
const VERSION6: Version<Address6> = {
  sockaddr: SOCKADDR_IN6,
  isGroup: isMulticast6,
  membershipsOf: ({ multicast6 }) => multicast6.memberships,
  mostSources: () => SOURCES,
  check,
  join,
  leave,
}

function setInterface(socket: InetSocket, value: Uint8Array): void {
  if (socket.socketType === SOCK_STREAM) throw ENOPROTOOPT
  if (value.length < 4) throw EINVAL
  const index = viewOf(value).getInt32(0, true)
  if (index !== 0 && index !== LO_INDEX) throw ENODEV
  if (index !== 0 && !socket.isOnLoopback) throw EINVAL
  socket.multicast6.interface = index
}
const forDatagrams =
  (change: (socket: InetSocket, request: Request) => void): Setter =>
  (socket, value) => {
    const request = mreq(value)
    if (socket.socketType === SOCK_STREAM) throw EPROTO
    change(socket, request)
  }

/** By number. Errors: EINVAL, ENODEV, EADDRINUSE, EADDRNOTAVAIL, ENOBUFS, ENOMEM, EPROTO, ENOPROTOOPT. */
export const ipv6Setters: ReadonlyMap<number, Setter> = new Map<number, Setter>([
  [IPV6_MULTICAST_IF, setInterface],
  [IPV6_ADD_MEMBERSHIP, forDatagrams((socket, request) => join(socket, request, 'exclude'))],
  [IPV6_DROP_MEMBERSHIP, forDatagrams(leave)],
  ...groupSetters(VERSION6),
])
/** By number. */
export const ipv6Getters: ReadonlyMap<number, Getter> = new Map<number, Getter>([
  [IPV6_MULTICAST_IF, socket => int(socket.multicast6.interface)],
  [MCAST_MSFILTER, groupFilterGetter(VERSION6)],
])
