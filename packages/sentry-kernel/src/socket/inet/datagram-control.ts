// Control messages of datagrams: what the receiver asks to be told, what the sender says. (socket/inet)
// Linux net/ipv4/ip_sockglue.c: ip_cmsg_recv_offset, ip_cmsg_send; net/ipv6/datagram.c; ip(7), ipv6(7).

import {
  AF_INET,
  AF_INET6,
  EINVAL,
  ENODEV,
  IP_ORIGDSTADDR,
  IP_PKTINFO,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPV6_HOPLIMIT,
  IPV6_ORIGDSTADDR,
  IPV6_PKTINFO,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  SOL_IP,
  SOL_IPV6,
} from '@tsvisor/abi'
import { LO_INDEX } from '../loopback.ts'
import type { ControlMessage } from '../message.ts'
import { int } from '../socket-options.ts'
import {
  decodeEndpoint,
  type Endpoint,
  encodeEndpoint,
  isAny,
  isForMany,
  isHost,
  V4_LOOPBACK,
} from './endpoint.ts'
import type { InetSocket } from './inet-socket.ts'
import { checkSource } from './route-for-many.ts'

/** What is known of a datagram on its way. */
export interface Header {
  readonly from: Endpoint
  readonly to: Endpoint
  /** Its time to live, or hop limit. */
  readonly hops: number
  /** Its type of service, or traffic class: 8 bits. */
  readonly trafficClass: number
}

/** sizeof(struct in_pktinfo), sizeof(struct in6_pktinfo) */
const PKTINFO = 12
const PKTINFO6 = 20
/** Where the address of a sockaddr_in6 lies. */
const ADDRESS6 = 8

/** For a receiver that has asked for it. */
export function headerControl(socket: InetSocket, header: Header): ControlMessage[] {
  const control: ControlMessage[] = []
  const tell = (level: number, type: number, option: number, body: () => Uint8Array): void => {
    if (socket.stored(level, option) !== 0) control.push({ level, type, body: body() })
  }
  const { to, hops, trafficClass } = header
  if (socket.domain === AF_INET6)
    tell(SOL_IPV6, IPV6_PKTINFO, IPV6_RECVPKTINFO, () => packetInfo6(to))
  if (to.version === 4) {
    tell(SOL_IP, IP_PKTINFO, IP_PKTINFO, () => packetInfo(header))
    tell(SOL_IP, IP_TTL, IP_RECVTTL, () => int(hops))
    tell(SOL_IP, IP_TOS, IP_RECVTOS, () => Uint8Array.of(trafficClass))
    tell(SOL_IP, IP_ORIGDSTADDR, IP_ORIGDSTADDR, () => encodeEndpoint(to, AF_INET))
  } else {
    tell(SOL_IPV6, IPV6_HOPLIMIT, IPV6_RECVHOPLIMIT, () => int(hops))
    tell(SOL_IPV6, IPV6_TCLASS, IPV6_RECVTCLASS, () => int(trafficClass))
    tell(SOL_IPV6, IPV6_ORIGDSTADDR, IPV6_ORIGDSTADDR, () => encodeEndpoint(to, AF_INET6))
  }
  return control
}

/** Interface, our address, the address that it was sent to. */
function packetInfo({ from, to }: Header): Uint8Array {
  const body = new Uint8Array(PKTINFO)
  const view = new DataView(body.buffer)
  view.setInt32(0, LO_INDEX, true)
  view.setUint32(4, isForMany(to) ? answeringHost(from) : to.host)
  view.setUint32(8, to.host)
  return body
}
/** Where an answer would come from (fib_compute_spec_dst). */
const answeringHost = (from: Endpoint): number => (isAny(from) ? 0 : V4_LOOPBACK)
function packetInfo6(to: Endpoint): Uint8Array {
  const body = new Uint8Array(PKTINFO6)
  body.set(encodeEndpoint(to, AF_INET6).subarray(ADDRESS6, ADDRESS6 + 16))
  new DataView(body.buffer).setUint32(16, LO_INDEX, true)
  return body
}

/** What a sender says of one datagram; absent: as the socket's options have it. */
export interface Wishes {
  /** As the host of an endpoint; 0 for whatever the route has. */
  readonly source?: number
  /** The interface that it goes out by. */
  readonly index?: number
  readonly hops?: number
  readonly trafficClass?: number
}
export const NO_WISHES: Wishes = {}

/** Errors: EINVAL, ENODEV, ENETUNREACH. */
export function wishesOf(control: readonly ControlMessage[], { version }: Endpoint): Wishes {
  if (control.length === 0) return NO_WISHES
  const wishes = control.map(one => (version === 4 ? wishOf(one) : wishOf6(one)))
  return Object.assign({}, ...wishes)
}

function wishOf({ level, type, body }: ControlMessage): Wishes {
  if (level !== SOL_IP) return NO_WISHES
  switch (type) {
    case IP_PKTINFO: {
      if (body.length !== PKTINFO) throw EINVAL
      const view = viewOf(body)
      const source = view.getUint32(4)
      if (source !== 0) checkSource(source)
      // The route tells whether there is such an interface.
      return { source, index: view.getInt32(0, true) }
    }
    case IP_TTL: {
      const hops = intOf(body)
      if (hops < 1 || hops > 255) throw EINVAL
      return { hops }
    }
    case IP_TOS: {
      const trafficClass = body.length === 1 ? body[0]! : intOf(body)
      if (trafficClass < 0 || trafficClass > 255) throw EINVAL
      return { trafficClass }
    }
    default:
      throw EINVAL
  }
}

function wishOf6({ level, type, body }: ControlMessage): Wishes {
  if (level !== SOL_IPV6) return NO_WISHES
  switch (type) {
    case IPV6_PKTINFO: {
      if (body.length < PKTINFO6) throw EINVAL
      const index = checkedInterface(viewOf(body).getInt32(16, true))
      const address = new Uint8Array(28)
      address[0] = AF_INET6
      address.set(body.subarray(0, 16), ADDRESS6)
      const source = decodeEndpoint(address, AF_INET6)
      if (isAny(source)) return { index }
      if (!isHost(source)) throw EINVAL
      return { source: source.host, index }
    }
    case IPV6_HOPLIMIT: {
      const hops = within(intOf(body))
      return hops === -1 ? NO_WISHES : { hops }
    }
    case IPV6_TCLASS: {
      const trafficClass = within(intOf(body))
      return trafficClass === -1 ? NO_WISHES : { trafficClass }
    }
    default:
      throw EINVAL
  }
}

const viewOf = (body: Uint8Array): DataView =>
  new DataView(body.buffer, body.byteOffset, body.byteLength)
function intOf(body: Uint8Array): number {
  if (body.length !== 4) throw EINVAL
  return viewOf(body).getInt32(0, true)
}
function within(value: number): number {
  if (value < -1 || value > 255) throw EINVAL
  return value
}
function checkedInterface(index: number): number {
  if (index !== 0 && index !== LO_INDEX) throw ENODEV
  return index
}
