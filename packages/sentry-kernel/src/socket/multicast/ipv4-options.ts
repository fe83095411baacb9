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
  MCAST_BLOCK_SOURCE,
  MCAST_EXCLUDE,
  MCAST_INCLUDE,
  MCAST_JOIN_GROUP,
  MCAST_JOIN_SOURCE_GROUP,
  MCAST_LEAVE_GROUP,
  MCAST_LEAVE_SOURCE_GROUP,
  MCAST_MSFILTER,
  MCAST_UNBLOCK_SOURCE,
  SOCK_STREAM,
} from '@tsvisor/abi'
import { isMulticast4 } from '../inet/endpoint.ts'
import type { InetSocket } from '../inet/inet-socket.ts'
import { LO_INDEX } from '../loopback.ts'
import { int } from '../socket-options.ts'
import {
  type FilterRequest,
  type GroupRequest,
  groupFilter,
  groupFilterAnswer,
  groupFilterQuestion,
  groupReq,
  groupSourceReq,
  type SourceRequest,
  viewOf,
} from './group-requests.ts'
import {
  interfaceRequest,
  mreq,
  mreqSource,
  msfilter,
  msfilterAnswer,
  msfilterQuestion,
  SOCKADDR_IN,
} from './ipv4-requests.ts'

const MEMBERSHIPS = [20] as const
const SOURCES = [10] as const
const mostMemberships = ({ net }: InetSocket): number =>
  net.control('net/ipv4/igmp_max_memberships', MEMBERSHIPS)[0]!
const mostSources = ({ net }: InetSocket): number =>
  net.control('net/ipv4/igmp_max_msf', SOURCES)[0]!

type Request = GroupRequest<number>

/** Whether it is about lo (ip_mc_find_dev): no route leads to a group here. */
function findsLoopback({ net }: InetSocket, { interface: index, address }: Request): boolean {
  return index === 0 ? net.loopback.owns(address as number) : index === LO_INDEX
}
/** Errors: EINVAL (no group), ENODEV. */
function checkGroup(socket: InetSocket, request: Request): void {
  if (!isMulticast4(request.group)) throw EINVAL
  if (!findsLoopback(socket, request)) throw ENODEV
}

function join(socket: InetSocket, request: Request): void {
  checkGroup(socket, request)
  const { memberships } = socket.multicast
  memberships.join(request.group, request.address, 'exclude', mostMemberships(socket))
}
/** Errors: EADDRNOTAVAIL, ENODEV (neither told nor found). */
function leave(socket: InetSocket, request: Request): void {
  const { group, interface: index, address } = request
  const found = findsLoopback(socket, request)
  if (index === 0 && address === 0) throw ENODEV
  if (index !== 0 && !found) throw EADDRNOTAVAIL
  socket.multicast.memberships.leave(group, found ? undefined : address)
}

type OnSource = (socket: InetSocket, request: SourceRequest<number>) => void
const joinSource: OnSource = (socket, request) => {
  checkGroup(socket, request)
  const { memberships } = socket.multicast
  const { group, address, source } = request
  if (!memberships.find(group)) memberships.join(group, address, 'include', mostMemberships(socket))
  memberships.addSource(group, 'include', source, mostSources(socket))
}
const leaveSource: OnSource = (socket, request) => {
  checkGroup(socket, request)
  socket.multicast.memberships.removeSource(request.group, 'include', request.source)
}
const block: OnSource = (socket, request) => {
  checkGroup(socket, request)
  const { group, source } = request
  socket.multicast.memberships.addSource(group, 'exclude', source, mostSources(socket))
}
const unblock: OnSource = (socket, request) => {
  checkGroup(socket, request)
  socket.multicast.memberships.removeSource(request.group, 'exclude', request.source)
}
function setFilter(socket: InetSocket, request: FilterRequest<number>): void {
  const { group, mode, sources } = request
  if (!isMulticast4(group)) throw EINVAL
  if (mode !== MCAST_INCLUDE && mode !== MCAST_EXCLUDE) throw EINVAL
  checkGroup(socket, request)
  const { memberships } = socket.multicast
  memberships.setFilter(group, mode === MCAST_INCLUDE ? 'include' : 'exclude', sources)
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
  (change: (socket: InetSocket, request: Request) => void) =>
  (socket: InetSocket, value: Uint8Array): void => {
    if (socket.socketType === SOCK_STREAM) throw EPROTO
    change(socket, mreq(value))
  }
const onSource = (change: OnSource) => (socket: InetSocket, value: Uint8Array) =>
  change(socket, mreqSource(value))
const onGroupSource = (change: OnSource) => (socket: InetSocket, value: Uint8Array) =>
  change(socket, groupSourceReq(value, SOCKADDR_IN))

/** By number. Errors: EINVAL, ENODEV, EADDRINUSE, EADDRNOTAVAIL, ENOBUFS, EPROTO. */
export const ipv4Setters: ReadonlyMap<number, (socket: InetSocket, value: Uint8Array) => void> =
  new Map([
    [IP_MULTICAST_IF, setInterface],
    [IP_MULTICAST_ALL, setAll],
    [IP_ADD_MEMBERSHIP, forDatagrams(join)],
    [IP_DROP_MEMBERSHIP, forDatagrams(leave)],
    [IP_ADD_SOURCE_MEMBERSHIP, onSource(joinSource)],
    [IP_DROP_SOURCE_MEMBERSHIP, onSource(leaveSource)],
    [IP_BLOCK_SOURCE, onSource(block)],
    [IP_UNBLOCK_SOURCE, onSource(unblock)],
    [IP_MSFILTER, (socket, value) => setFilter(socket, msfilter(value, mostSources(socket)))],
    [MCAST_JOIN_GROUP, (socket, value) => join(socket, groupReq(value, SOCKADDR_IN))],
    [MCAST_LEAVE_GROUP, (socket, value) => leave(socket, groupReq(value, SOCKADDR_IN))],
    [MCAST_JOIN_SOURCE_GROUP, onGroupSource(joinSource)],
    [MCAST_LEAVE_SOURCE_GROUP, onGroupSource(leaveSource)],
    [MCAST_BLOCK_SOURCE, onGroupSource(block)],
    [MCAST_UNBLOCK_SOURCE, onGroupSource(unblock)],
    [
      MCAST_MSFILTER,
      (socket, value) => setFilter(socket, groupFilter(value, SOCKADDR_IN, mostSources(socket))),
    ],
  ])

function interfaceAddress(socket: InetSocket): Uint8Array {
  const { address } = socket.multicast
  return Uint8Array.of(address >>> 24, address >> 16, address >> 8, address)
}
/** Errors: EINVAL, EADDRNOTAVAIL (no member). */
function filterOf(socket: InetSocket, { group }: Request) {
  if (!isMulticast4(group)) throw EINVAL
  const membership = socket.multicast.memberships.find(group)
  if (membership === undefined) throw EADDRNOTAVAIL
  const mode = membership.mode === 'include' ? MCAST_INCLUDE : MCAST_EXCLUDE
  return { mode, sources: membership.sources ?? [] }
}
function getFilter(socket: InetSocket, asked: Uint8Array): Uint8Array {
  const question = msfilterQuestion(asked)
  checkGroup(socket, question)
  const { mode, sources } = filterOf(socket, question)
  return msfilterAnswer(asked, mode, sources)
}
function getGroupFilter(socket: InetSocket, asked: Uint8Array): Uint8Array {
  const question = groupFilterQuestion(asked, SOCKADDR_IN)
  if (question.interface !== LO_INDEX) throw EADDRNOTAVAIL
  const { mode, sources } = filterOf(socket, question)
  return groupFilterAnswer(asked, SOCKADDR_IN, mode, sources)
}

/** By number. `asked`: what the caller has left in the place of the answer. */
export const ipv4Getters: ReadonlyMap<
  number,
  (socket: InetSocket, asked: () => Uint8Array) => Uint8Array
> = new Map([
  [IP_MULTICAST_IF, interfaceAddress],
  [IP_MULTICAST_ALL, socket => int(socket.multicast.hearsOthers ? 1 : 0)],
  [IP_MSFILTER, (socket, asked) => getFilter(socket, asked())],
  [MCAST_MSFILTER, (socket, asked) => getGroupFilter(socket, asked())],
])
