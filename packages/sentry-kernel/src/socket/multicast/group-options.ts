// Options about groups of either version: MCAST_*, and source filters. (socket/multicast)
// Linux net/ipv4/ip_sockglue.c, net/ipv6/ipv6_sockglue.c.

import {
  EADDRNOTAVAIL,
  EINVAL,
  MCAST_BLOCK_SOURCE,
  MCAST_EXCLUDE,
  MCAST_INCLUDE,
  MCAST_JOIN_GROUP,
  MCAST_JOIN_SOURCE_GROUP,
  MCAST_LEAVE_GROUP,
  MCAST_LEAVE_SOURCE_GROUP,
  MCAST_MSFILTER,
  MCAST_UNBLOCK_SOURCE,
} from '@tsvisor/abi'
import type { InetSocket } from '../inet/inet-socket.ts'
import { LO_INDEX } from '../loopback.ts'
import {
  type FilterRequest,
  filterAnswer,
  filterQuestion,
  filterRequest,
} from './filter-requests.ts'
import { groupFilter, groupReq, groupSourceReq, type Sockaddr } from './group-requests.ts'
import type { Address, FilterMode } from './group-table.ts'
import type { Memberships } from './memberships.ts'
import type { GroupRequest, SourceRequest } from './request.ts'

/** What sets the versions apart. */
export interface Version<A extends Address> {
  readonly sockaddr: Sockaddr<A>
  readonly isGroup: (address: A) => boolean
  readonly membershipsOf: (socket: InetSocket) => Memberships<A>
  /** How many sources a filter may have. */
  readonly mostSources: (socket: InetSocket) => number
  /** Errors: EINVAL (no group), ENODEV. */
  readonly check: (socket: InetSocket, request: GroupRequest<A>) => void
  readonly join: (socket: InetSocket, request: GroupRequest<A>, mode: FilterMode) => void
  readonly leave: (socket: InetSocket, request: GroupRequest<A>) => void
}

export type Setter = (socket: InetSocket, value: Uint8Array) => void
/** `asked`: what the caller has left in the place of the answer. */
export type Getter = (socket: InetSocket, asked: () => Uint8Array) => Uint8Array

/** One more source, or one less; of a mode, which a new member takes. */
export interface SourceChanges<A extends Address> {
  readonly joinSource: (socket: InetSocket, request: SourceRequest<A>) => void
  readonly leaveSource: (socket: InetSocket, request: SourceRequest<A>) => void
  readonly block: (socket: InetSocket, request: SourceRequest<A>) => void
  readonly unblock: (socket: InetSocket, request: SourceRequest<A>) => void
}
export function sourceChanges<A extends Address>(version: Version<A>): SourceChanges<A> {
  const { check, join, membershipsOf, mostSources } = version
  const add = (mode: FilterMode) => (socket: InetSocket, request: SourceRequest<A>) => {
    check(socket, request)
    const memberships = membershipsOf(socket)
    if (mode === 'include' && !memberships.find(request.group)) join(socket, request, 'include')
    memberships.addSource(request.group, mode, request.source, mostSources(socket))
  }
  const remove = (mode: FilterMode) => (socket: InetSocket, request: SourceRequest<A>) => {
    check(socket, request)
    membershipsOf(socket).removeSource(request.group, mode, request.source)
  }
  return {
    joinSource: add('include'),
    leaveSource: remove('include'),
    block: add('exclude'),
    unblock: remove('exclude'),
  }
}

export function setFilter<A extends Address>(
  version: Version<A>,
  socket: InetSocket,
  request: FilterRequest<A>,
): void {
  const { group, mode, sources } = request
  if (mode !== MCAST_INCLUDE && mode !== MCAST_EXCLUDE) throw EINVAL
  version.check(socket, request)
  const name = mode === MCAST_INCLUDE ? 'include' : 'exclude'
  version.membershipsOf(socket).setFilter(group, name, sources)
}
/** Errors: EINVAL (no group), EADDRNOTAVAIL (no member). */
export function filterOf<A extends Address>(version: Version<A>, socket: InetSocket, group: A) {
  if (!version.isGroup(group)) throw EINVAL
  const membership = version.membershipsOf(socket).find(group)
  if (membership === undefined) throw EADDRNOTAVAIL
  const mode = membership.mode === 'include' ? MCAST_INCLUDE : MCAST_EXCLUDE
  return { mode, sources: membership.sources ?? [] }
}

/** MCAST_*, by number. */
export function groupSetters<A extends Address>(version: Version<A>): [number, Setter][] {
  const { sockaddr, join, leave, mostSources } = version
  const { joinSource, leaveSource, block, unblock } = sourceChanges(version)
  const onSource =
    (change: (socket: InetSocket, request: SourceRequest<A>) => void): Setter =>
    (socket, value) =>
      change(socket, groupSourceReq(value, sockaddr))
  const filter: Setter = (socket, value) =>
    setFilter(version, socket, filterRequest(value, groupFilter(sockaddr), mostSources(socket)))
  return [
    [MCAST_JOIN_GROUP, (socket, value) => join(socket, groupReq(value, sockaddr), 'exclude')],
    [MCAST_LEAVE_GROUP, (socket, value) => leave(socket, groupReq(value, sockaddr))],
    [MCAST_JOIN_SOURCE_GROUP, onSource(joinSource)],
    [MCAST_LEAVE_SOURCE_GROUP, onSource(leaveSource)],
    [MCAST_BLOCK_SOURCE, onSource(block)],
    [MCAST_UNBLOCK_SOURCE, onSource(unblock)],
    [MCAST_MSFILTER, filter],
  ]
}
/** That of MCAST_MSFILTER. */
export const groupFilterGetter =
  <A extends Address>(version: Version<A>): Getter =>
  (socket, asked) => {
    const bytes = asked()
    const layout = groupFilter(version.sockaddr)
    const { group, interface: index } = filterQuestion(bytes, layout)
    if (version.isGroup(group) && index !== LO_INDEX) throw EADDRNOTAVAIL
    const { mode, sources } = filterOf(version, socket, group)
    return filterAnswer(bytes, layout, mode, sources)
  }
