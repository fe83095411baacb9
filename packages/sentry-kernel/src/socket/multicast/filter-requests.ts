// Source filters as they are set and told: struct group_filter, struct ip_msfilter. (socket/multicast)
// Linux include/uapi/linux/in.h.

import { EINVAL, ENOBUFS } from '@tsvisor/abi'
import type { Address } from './group-table.ts'
import { type GroupRequest, viewOf } from './request.ts'

export interface FilterRequest<A extends Address> extends GroupRequest<A> {
  /** MCAST_INCLUDE, MCAST_EXCLUDE, or wrong. */
  readonly mode: number
  readonly sources: readonly A[]
}

/** Such a struct, which ends with the mode, the number of sources, and the sources. */
export interface FilterLayout<A extends Address> {
  readonly modeAt: number
  readonly sourceSize: number
  /** The group of a filter that is set, or is asked about. Errors: those of another family. */
  readonly groupOf: (view: DataView, why: 'set' | 'asked') => GroupRequest<A>
  /** Errors: those of another family. */
  readonly sourceAt: (view: DataView, at: number) => A
  readonly putSource: (view: DataView, at: number, source: A) => void
}

type Place = Pick<FilterLayout<Address>, 'modeAt'>
const countAt = ({ modeAt }: Place): number => modeAt + 4
const sourcesAt = ({ modeAt }: Place): number => modeAt + 8

/** With at most `limit` sources. Errors: EINVAL, ENOBUFS, that of another family. */
export function filterRequest<A extends Address>(
  value: Uint8Array,
  layout: FilterLayout<A>,
  limit: number,
): FilterRequest<A> {
  const start = sourcesAt(layout)
  if (value.length < start) throw EINVAL
  const view = viewOf(value)
  const count = view.getUint32(countAt(layout), true)
  if (count > limit) throw ENOBUFS
  if (start + count * layout.sourceSize > value.length) throw EINVAL
  const group = layout.groupOf(view, 'set')
  const sources = Array.from({ length: count }, (_, i) =>
    layout.sourceAt(view, start + i * layout.sourceSize),
  )
  return { ...group, mode: view.getUint32(layout.modeAt, true), sources }
}

/** Which group getsockopt asks about. Errors: EINVAL, that of another family. */
export function filterQuestion<A extends Address>(
  asked: Uint8Array,
  layout: FilterLayout<A>,
): GroupRequest<A> {
  if (asked.length < sourcesAt(layout)) throw EINVAL
  return layout.groupOf(viewOf(asked), 'asked')
}

/** The struct that answers it. Sources that it has no room for are counted only. */
export function filterAnswer<A extends Address>(
  asked: Uint8Array,
  layout: FilterLayout<A>,
  mode: number,
  sources: readonly A[],
): Uint8Array {
  const start = sourcesAt(layout)
  const told = sources.slice(0, viewOf(asked).getUint32(countAt(layout), true))
  const answer = new Uint8Array(start + told.length * layout.sourceSize)
  answer.set(asked.subarray(0, start))
  const view = viewOf(answer)
  view.setUint32(layout.modeAt, mode, true)
  view.setUint32(countAt(layout), sources.length, true)
  told.forEach((source, i) => {
    layout.putSource(view, start + i * layout.sourceSize, source)
  })
  return answer
}
