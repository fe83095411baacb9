// What the options about groups of either version are given. (socket/multicast)
// Linux include/uapi/linux/in.h: struct group_req, group_source_req, group_filter.

import { EADDRNOTAVAIL, EINVAL, type Errno } from '@tsvisor/abi'
import type { FilterLayout } from './filter-requests.ts'
import type { Address } from './group-table.ts'
import { type GroupRequest, type SourceRequest, viewOf } from './request.ts'

const SOCKADDR = 128
/** Where the sockaddr_storage of struct group_req lies, and how long that is. */
const GROUP_AT = 8
const GROUP_REQ = GROUP_AT + SOCKADDR
const GROUP_SOURCE_REQ = GROUP_REQ + SOCKADDR

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

/** struct group_filter */
export const groupFilter = <A extends Address>(of: Sockaddr<A>): FilterLayout<A> => ({
  modeAt: GROUP_REQ,
  sourceSize: SOCKADDR,
  groupOf(view, why) {
    if (!hasFamily(view, GROUP_AT, of)) throw why === 'set' ? of.wrongFilter : of.wrongGroup
    return groupAt(view, of)
  },
  sourceAt(view, at) {
    if (!hasFamily(view, at, of)) throw of.wrongFilter
    return of.host(view, at)
  },
  putSource(view, at, source) {
    view.setUint16(at, of.family, true)
    of.put(view, at, source)
  },
})
