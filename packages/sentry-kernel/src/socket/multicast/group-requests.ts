// What the options about groups of either version are given. (socket/multicast)
// Linux include/uapi/linux/in.h: struct group_req, group_source_req, group_filter.

import { EADDRNOTAVAIL, EINVAL, ENOBUFS, type Errno } from '@tsvisor/abi'
import type { Address } from './group-table.ts'

const SOCKADDR = 128
/** Where the sockaddr_storage of struct group_req lies, and how long that is. */
const GROUP_AT = 8
const GROUP_REQ = GROUP_AT + SOCKADDR
const GROUP_SOURCE_REQ = GROUP_REQ + SOCKADDR
/** struct group_filter: the mode, the number of sources, and where those are. */
const MODE_AT = GROUP_REQ
const COUNT_AT = MODE_AT + 4
const GROUP_FILTER = COUNT_AT + 4

/** A group, and the interface by number or address; 0 for not told. */
export interface GroupRequest<A extends Address> {
  readonly group: A
  readonly interface: number
  readonly address: Address
}
export interface SourceRequest<A extends Address> extends GroupRequest<A> {
  readonly source: A
}
export interface FilterRequest<A extends Address> extends GroupRequest<A> {
  /** MCAST_INCLUDE, MCAST_EXCLUDE, or wrong. */
  readonly mode: number
  readonly sources: readonly A[]
}

/** The sockaddr of one family. */
export interface Sockaddr<A extends Address> {
  readonly family: number
  readonly host: (view: DataView, at: number) => A
  readonly put: (view: DataView, at: number, host: A) => void
  /** What a group of another family is in a group_req, and in a question about a filter. */
  readonly wrongGroup: Errno
  /** And what it is in a filter. */
  readonly wrongFilter: Errno
  /** Whether a group_source_req may be longer than it is. */
  readonly sourceRequest: 'longer' | 'no longer'
}

export const viewOf = (value: Uint8Array): DataView =>
  new DataView(value.buffer, value.byteOffset, value.byteLength)

const hasFamily = <A extends Address>(view: DataView, at: number, { family }: Sockaddr<A>) =>
  view.getUint16(at, true) === family
const groupAt = <A extends Address>(view: DataView, { host }: Sockaddr<A>): GroupRequest<A> => ({
  group: host(view, GROUP_AT),
  address: 0,
  interface: view.getInt32(0, true),
})

/** struct group_req. Errors: EINVAL, that of another family. */
export function groupReq<A extends Address>(value: Uint8Array, of: Sockaddr<A>): GroupRequest<A> {
  if (value.length < GROUP_REQ) throw EINVAL
  const view = viewOf(value)
  if (!hasFamily(view, GROUP_AT, of)) throw of.wrongGroup
  return groupAt(view, of)
}
/** struct group_source_req. Errors: EINVAL, EADDRNOTAVAIL (another family). */
export function groupSourceReq<A extends Address>(
  value: Uint8Array,
  of: Sockaddr<A>,
): SourceRequest<A> {
  if (value.length < GROUP_SOURCE_REQ) throw EINVAL
  if (of.sourceRequest === 'no longer' && value.length > GROUP_SOURCE_REQ) throw EINVAL
  const view = viewOf(value)
  if (!hasFamily(view, GROUP_AT, of) || !hasFamily(view, GROUP_REQ, of)) throw EADDRNOTAVAIL
  return { ...groupAt(view, of), source: of.host(view, GROUP_REQ) }
}
/** struct group_filter, with at most `limit` sources. Errors: EINVAL, ENOBUFS, that of another family. */
export function groupFilter<A extends Address>(
  value: Uint8Array,
  of: Sockaddr<A>,
  limit: number,
): FilterRequest<A> {
  if (value.length < GROUP_FILTER) throw EINVAL
  const view = viewOf(value)
  const count = view.getUint32(COUNT_AT, true)
  if (count > limit) throw ENOBUFS
  if (GROUP_FILTER + count * SOCKADDR > value.length) throw EINVAL
  const places = Array.from({ length: count }, (_, i) => GROUP_FILTER + i * SOCKADDR)
  if (![GROUP_AT, ...places].every(at => hasFamily(view, at, of))) throw of.wrongFilter
  const sources = places.map(at => of.host(view, at))
  return { ...groupAt(view, of), mode: view.getUint32(MODE_AT, true), sources }
}

/** Which group getsockopt asks about, with a struct group_filter. Errors: EINVAL, that of another family. */
export function groupFilterQuestion<A extends Address>(
  asked: Uint8Array,
  of: Sockaddr<A>,
): GroupRequest<A> {
  if (asked.length < GROUP_FILTER) throw EINVAL
  const view = viewOf(asked)
  if (!hasFamily(view, GROUP_AT, of)) throw of.wrongGroup
  return groupAt(view, of)
}
/** The struct that answers it. Sources that it has no room for are counted only. */
export function groupFilterAnswer<A extends Address>(
  asked: Uint8Array,
  of: Sockaddr<A>,
  mode: number,
  sources: readonly A[],
): Uint8Array {
  const told = sources.slice(0, viewOf(asked).getUint32(COUNT_AT, true))
  const answer = new Uint8Array(GROUP_FILTER + told.length * SOCKADDR)
  answer.set(asked.subarray(0, GROUP_FILTER))
  const view = viewOf(answer)
  view.setUint32(MODE_AT, mode, true)
  view.setUint32(COUNT_AT, sources.length, true)
  told.forEach((source, i) => {
    view.setUint16(GROUP_FILTER + i * SOCKADDR, of.family, true)
    of.put(view, GROUP_FILTER + i * SOCKADDR, source)
  })
  return answer
}
