// What the options about groups of version 4 alone are given. (socket/multicast)
// Linux include/uapi/linux/in.h: struct ip_mreqn, ip_mreq_source, ip_msfilter; ip(7).

import { AF_INET, EADDRNOTAVAIL, EINVAL } from '@tsvisor/abi'
import type { FilterLayout } from './filter-requests.ts'
import type { Sockaddr } from './group-requests.ts'
import { type GroupRequest, type SourceRequest, viewOf } from './request.ts'

/** sizeof(struct ip_mreq), (struct ip_mreqn), (struct ip_mreq_source) */
const MREQ = 8
const MREQN = 12
const MREQ_SOURCE = 12

type Request = GroupRequest<number>

/** struct sockaddr_in */
export const SOCKADDR_IN: Sockaddr<number> = {
  family: AF_INET,
  host: (view, at) => view.getUint32(at + 4),
  put: (view, at, host) => view.setUint32(at + 4, host),
  wrongGroup: EINVAL,
  wrongFilter: EADDRNOTAVAIL,
  sourceRequest: 'no longer',
}

const addressed = (view: DataView): Request => ({
  group: view.getUint32(0),
  address: view.getUint32(4),
  interface: 0,
})

/** struct ip_mreqn or ip_mreq. Errors: EINVAL. */
export function mreq(value: Uint8Array): Request {
  if (value.length < MREQ) throw EINVAL
  const view = viewOf(value)
  const request = addressed(view)
  return value.length < MREQN ? request : { ...request, interface: view.getInt32(8, true) }
}
/** That of IP_MULTICAST_IF: a lone address will do. Errors: EINVAL. */
export function interfaceRequest(value: Uint8Array): Request {
  if (value.length >= MREQ) return mreq(value)
  if (value.length < 4) throw EINVAL
  return { group: 0, address: viewOf(value).getUint32(0), interface: 0 }
}
/** struct ip_mreq_source. Errors: EINVAL. */
export function mreqSource(value: Uint8Array): SourceRequest<number> {
  if (value.length !== MREQ_SOURCE) throw EINVAL
  const view = viewOf(value)
  return { ...addressed(view), source: view.getUint32(8) }
}

/** struct ip_msfilter */
export const MSFILTER: FilterLayout<number> = {
  modeAt: 8,
  sourceSize: 4,
  groupOf: addressed,
  sourceAt: (view, at) => view.getUint32(at),
  putSource: (view, at, source) => view.setUint32(at, source),
}
