// Internet addresses as the loopback network knows them. (socket/inet)

import { AF_INET, AF_INET6, AF_UNSPEC, EAFNOSUPPORT, EINVAL, INADDR_BROADCAST } from '@tsvisor/abi'
import { familyOf } from '../address-family.ts'
import { type Address6, address6, bytesOf6, isMulticast6, needsInterface } from './address6.ts'

/** An address and port. `host`: 32 bits for version 4; for version 6 one of those below. */
export interface Endpoint {
  readonly version: 4 | 6
  readonly host: number
  readonly port: number
  /** A multicast address of version 6. */
  readonly group?: Address6
  /** The interface told with an address that means something on one link only; 0 for none. */
  readonly link?: number
}
/** "::" and "::1"; no other version 6 address exists here but groups. */
export const V6_ANY = 0
export const V6_LOOPBACK = 1
export const V6_OTHER = -1
const V6_GROUP = -2
export const V4_LOOPBACK = 0x7f000001

export const isAny = ({ host }: Endpoint): boolean => host === 0
/** 224.0.0.0/4 */
export const isMulticast4 = (host: number): boolean => host >= 0xe0000000 && host < 0xf0000000
/** 127.255.255.255: that of the loopback's network. */
const LOOPBACK_BROADCAST = 0x7fffffff
/** Whether it is a broadcast address of the loopback. */
export const isBroadcast4 = (host: number): boolean =>
  host === INADDR_BROADCAST || host === LOOPBACK_BROADCAST
/** Whether more than one socket may receive what is sent there. */
export const isForMany = ({ version, host }: Endpoint): boolean =>
  version === 4 && host >= LOOPBACK_BROADCAST && (isMulticast4(host) || isBroadcast4(host))
/** Whether a socket may be bound there and still sends from another address: it is for many. */
export const isListenedTo = (endpoint: Endpoint): boolean =>
  isForMany(endpoint) || endpoint.group !== undefined
/** Whether it is an address of the machine that asks, as far as the loopback has them. */
export const isHost = ({ version, host }: Endpoint): boolean =>
  version === 4 ? host >>> 24 === 127 : host === V6_LOOPBACK

/** The address that goes with the route to 127.0.0.0/8; no other route has one (fib_prefsrc). */
export const routedSource4 = (to: Endpoint): number => (isHost(to) ? V4_LOOPBACK : 0)

/** A sockaddr for a socket of `domain`. Errors: EINVAL, EAFNOSUPPORT. */
export function decodeEndpoint(address: Uint8Array, domain: number): Endpoint {
  const family = familyOf(address)
  const view = new DataView(address.buffer, address.byteOffset, address.byteLength)
  if (family === AF_INET) {
    if (address.length < 16) throw EINVAL
    if (domain !== AF_INET && domain !== AF_INET6) throw EAFNOSUPPORT
    return { version: 4, host: view.getUint32(4), port: view.getUint16(2) }
  }
  if (family === AF_UNSPEC && domain === AF_INET && address.length >= 16 && view.getUint32(4) === 0)
    return { version: 4, host: 0, port: view.getUint16(2) }
  if (family !== AF_INET6 || domain !== AF_INET6) throw EAFNOSUPPORT
  if (address.length < 24) throw EINVAL
  const port = view.getUint16(2)
  const words = [0, 4, 8, 12].map(at => view.getUint32(8 + at))
  const [a, b, c, d] = words as [number, number, number, number]
  if (a === 0 && b === 0 && c === 0xffff) return { version: 4, host: d, port }
  if (a === 0 && b === 0 && c === 0 && d <= 1) return { version: 6, host: d, port }
  const bytes = address.subarray(8, 24)
  const group = address6(bytes)
  const named = isMulticast6(group) ? { host: V6_GROUP, group } : { host: V6_OTHER }
  if (!needsInterface(bytes)) return { version: 6, ...named, port }
  const link = address.length >= 28 ? view.getUint32(24, true) : 0
  return { version: 6, ...named, port, link }
}

/** As the sockaddr of a socket's own family: version 4 addresses are mapped for version 6 sockets. */
export function encodeEndpoint(endpoint: Endpoint, domain: number): Uint8Array {
  const { version, host, port, group, link } = endpoint
  const data = new Uint8Array(domain === AF_INET ? 16 : 28)
  const view = new DataView(data.buffer)
  view.setUint16(0, domain, true)
  view.setUint16(2, port)
  if (domain === AF_INET) view.setUint32(4, host)
  else if (version === 4 && host !== 0) {
    view.setUint16(18, 0xffff)
    view.setUint32(20, host)
  } else if (group !== undefined) data.set(bytesOf6(group), 8)
  else view.setUint32(20, version === 6 ? host : 0)
  if (link !== undefined) view.setUint32(24, link, true)
  return data
}
