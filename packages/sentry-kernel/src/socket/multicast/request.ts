// What options about a group name: it, an interface, and perhaps a source. (socket/multicast)

import type { Address } from './group-table.ts'

/** A group, and the interface by number or address; 0 for not told. */
export interface GroupRequest<A extends Address> {
  readonly group: A
  readonly interface: number
  readonly address: Address
}
export interface SourceRequest<A extends Address> extends GroupRequest<A> {
  readonly source: A
}

export const viewOf = (value: Uint8Array): DataView =>
  new DataView(value.buffer, value.byteOffset, value.byteLength)
