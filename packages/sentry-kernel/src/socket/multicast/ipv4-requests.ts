// What the options about groups of version 4 alone are given. (socket/multicast)
// Linux include/uapi/linux/in.h: struct ip_mreqn, ip_mreq_source, ip_msfilter; ip(7).

import { AF_INET, EADDRNOTAVAIL, EINVAL, ENOBUFS } from '@tsvisor/abi'
import {
  type FilterRequest,
  type GroupRequest,
  type Sockaddr,
  type SourceRequest,
  viewOf,
} from './group-requests.ts'

/** sizeof(struct ip_mreq), (struct ip_mreqn), (struct ip_mreq_source) */
const MREQ = 8
const MREQN = 12
const MREQ_SOURCE = 12
/** struct ip_msfilter: the mode, the number of sources, and where those are. */
const MODE_AT = 8
const COUNT_AT = 12
const MSFILTER = 16

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

/** struct ip_msfilter, with at most `limit` sources. Errors: EINVAL, ENOBUFS. */
export function msfilter(value: Uint8Array, limit: number): FilterRequest<number> {
  if (value.length < MSFILTER) throw EINVAL
  const view = viewOf(value)
  const count = view.getUint32(COUNT_AT, true)
  if (count > limit) throw ENOBUFS
  if (MSFILTER + count * 4 > value.length) throw EINVAL
  const sources = Array.from({ length: count }, (_, i) => view.getUint32(MSFILTER + i * 4))
  return { ...addressed(view), mode: view.getUint32(MODE_AT, true), sources }
}
/** Which group getsockopt asks about, with a struct ip_msfilter. Errors: EINVAL. */
export function msfilterQuestion(asked: Uint8Array): Request {
  if (asked.length < MSFILTER) throw EINVAL
  return addressed(viewOf(asked))
}
/** The struct that answers it. Sources that it has no room for are counted only. */
export function msfilterAnswer(
  asked: Uint8Array,
  mode: number,
  sources: readonly number[],
): Uint8Array {
  const told = sources.slice(0, viewOf(asked).getUint32(COUNT_AT, true))
  const answer = new Uint8Array(MSFILTER + told.length * 4)
  answer.set(asked.subarray(0, MSFILTER))
  const view = viewOf(answer)
  view.setUint32(MODE_AT, mode, true)
  view.setUint32(COUNT_AT, sources.length, true)
  told.forEach((source, i) => {
    view.setUint32(MSFILTER + i * 4, source)
  })
  return answer
}
