// Options about multicast of version 4. (socket/multicast)
// Linux net/ipv4/ip_sockglue.c: do_ip_setsockopt, do_ip_getsockopt; net/ipv4/igmp.c; ip(7).

import {
  EADDRNOTAVAIL,
  EINVAL,
  ENODEV,
  EPROTO,
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP,
  IP_MSFILTER,
  IP_MULTICAST_ALL,
  IP_MULTICAST_IF,
  IP_UNBLOCK_SOURCE,
  MCAST_MSFILTER,
  SOCK_STREAM,
} from '@tsvisor/abi'
import { isMulticast4 } from '../inet/endpoint.ts'
import type { InetSocket } from '../inet/inet-socket.ts'
import { LO_INDEX } from '../loopback.ts'
import { int } from '../socket-options.ts'
import { filterAnswer, filterQuestion, filterRequest } from './filter-requests.ts'
import {
  filterOf,
  type Getter,
  groupFilterGetter,
  groupSetters,
  type Setter,
  setFilter,
  sourceChanges,
  type Version,
} from './group-options.ts'
import type { FilterMode } from './group-table.ts'
import { interfaceRequest, MSFILTER, mreq, mreqSource, SOCKADDR_IN } from './ipv4-requests.ts'
import { type GroupRequest, viewOf } from './request.ts'

const MEMBERSHIPS = [20] as const
const SOURCES = [10] as const

type Request = GroupRequest<number>

/** Whether it is about lo (ip_mc_find_dev): no route leads to a group here. */
function findsLoopback({ net }: InetSocket, { interface: index, address }: Request): boolean {
  return index === 0 ? net.loopback.owns(address as number) : index === LO_INDEX
}
function check(socket: InetSocket, request: Request): void {
  if (!isMulticast4(request.group)) throw EINVAL
  if (!findsLoopback(socket, request)) throw ENODEV
}
/** Errors: EINVAL, ENODEV, EADDRINUSE, ENOBUFS. */
function join(socket: InetSocket, request: Request, mode: FilterMode): void {
  check(socket, request)
  const [most] = socket.net.control('net/ipv4/igmp_max_memberships', MEMBERSHIPS)
  socket.multicast.memberships.join(request.group, request.address, mode, most!)
}
/** Errors: EADDRNOTAVAIL, ENODEV (neither told nor found). */
function leave(socket: InetSocket, request: Request): void {
  const { group, interface: index, address } = request
  const found = findsLoopback(socket, request)
  // A route leads to what is no group at all.
  if (index === 0 && address === 0) {
    const { loopback } = socket.net
    const isRouted =
      group === 0 || loopback.refusal({ version: 4, host: group, port: 0 }) === undefined
    throw isRouted ? EADDRNOTAVAIL : ENODEV
  }
  if (index !== 0 && !found) throw EADDRNOTAVAIL
  socket.multicast.memberships.leave(group, found ? undefined : address)
}
const VERSION4: Version<number> = {
  sockaddr: SOCKADDR_IN,
  isGroup: isMulticast4,
  membershipsOf: ({ multicast }) => multicast.memberships,
  mostSources: ({ net }) => net.control('net/ipv4/igmp_max_msf', SOURCES)[0]!,
  check,
  join,
  leave,
}

function setInterface(socket: InetSocket, value: Uint8Array): void {
  if (socket.socketType === SOCK_STREAM) throw EINVAL
  const request = interfaceRequest(value)
  const { interface: index, address } = request
  const isNone = index === 0 && address === 0
  if (!isNone && !findsLoopback(socket, request)) throw EADDRNOTAVAIL
  if (!isNone && !socket.isOnLoopback) throw EINVAL
  socket.multicast.interface = isNone ? 0 : LO_INDEX
  socket.multicast.address = address as number
}
function setAll(socket: InetSocket, value: Uint8Array): void {
  if (value.length === 0) throw EINVAL
  const number = value.length >= 4 ? viewOf(value).getInt32(0, true) : value[0]!
  if (number !== 0 && number !== 1) throw EINVAL
  socket.multicast.hearsOthers = number === 1
}
const forDatagrams =
  (change: (socket: InetSocket, request: Request) => void): Setter =>
  (socket, value) => {
    if (socket.socketType === SOCK_STREAM) throw EPROTO
    change(socket, mreq(value))
  }
const { joinSource, leaveSource, block, unblock } = sourceChanges(VERSION4)

/** By number. Errors: EINVAL, ENODEV, EADDRINUSE, EADDRNOTAVAIL, ENOBUFS, EPROTO. */
export const ipv4Setters: ReadonlyMap<number, Setter> = new Map<number, Setter>([
  [IP_MULTICAST_IF, setInterface],
  [IP_MULTICAST_ALL, setAll],
  [IP_ADD_MEMBERSHIP, forDatagrams((socket, request) => join(socket, request, 'exclude'))],
  [IP_DROP_MEMBERSHIP, forDatagrams(leave)],
  [IP_ADD_SOURCE_MEMBERSHIP, (socket, value) => joinSource(socket, mreqSource(value))],
  [IP_DROP_SOURCE_MEMBERSHIP, (socket, value) => leaveSource(socket, mreqSource(value))],
  [IP_BLOCK_SOURCE, (socket, value) => block(socket, mreqSource(value))],
  [IP_UNBLOCK_SOURCE, (socket, value) => unblock(socket, mreqSource(value))],
  [
    IP_MSFILTER,
    (socket, value) =>
      setFilter(VERSION4, socket, filterRequest(value, MSFILTER, VERSION4.mostSources(socket))),
  ],
  ...groupSetters(VERSION4),
])

function interfaceAddress(socket: InetSocket): Uint8Array {
  const { address } = socket.multicast
  return Uint8Array.of(address >>> 24, address >> 16, address >> 8, address)
}
function getFilter(socket: InetSocket, asked: Uint8Array): Uint8Array {
  const question = filterQuestion(asked, MSFILTER)
  check(socket, question)
  const { mode, sources } = filterOf(VERSION4, socket, question.group)
  return filterAnswer(asked, MSFILTER, mode, sources)
}
/** By number. */
export const ipv4Getters: ReadonlyMap<number, Getter> = new Map<number, Getter>([
  [IP_MULTICAST_IF, interfaceAddress],
  [IP_MULTICAST_ALL, socket => int(socket.multicast.hearsOthers ? 1 : 0)],
  [IP_MSFILTER, (socket, asked) => getFilter(socket, asked())],
  [MCAST_MSFILTER, groupFilterGetter(VERSION4)],
])
