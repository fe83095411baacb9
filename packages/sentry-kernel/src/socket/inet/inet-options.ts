// IP and TCP options that are stored and mean nothing further on a loopback network. (socket/inet)

import {
  AF_INET6,
  EINVAL,
  IP_FREEBIND,
  IP_MTU_DISCOVER,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_RETOPTS,
  IP_TOS,
  IP_TTL,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_LOOP,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SOCK_STREAM,
  SOL_IP,
  SOL_IPV6,
  SOL_TCP,
  TCP_CONGESTION,
  TCP_CORK,
  TCP_DEFER_ACCEPT,
  TCP_FASTOPEN,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_NOTSENT_LOWAT,
  TCP_QUICKACK,
  TCP_SYNCNT,
  TCP_USER_TIMEOUT,
  TCP_WINDOW_CLAMP,
} from '@tsvisor/abi'
import type { Socket } from '../socket.ts'

const ip = new Map([
  [IP_TOS, 0],
  [IP_TTL, 64],
  [IP_PKTINFO, 0],
  [IP_RECVERR, 0],
  [IP_RETOPTS, 0],
  [IP_RECVTTL, 0],
  [IP_RECVTOS, 0],
  [IP_MTU_DISCOVER, 1],
  [IP_FREEBIND, 0],
  [IP_MULTICAST_TTL, 1],
  [IP_MULTICAST_LOOP, 1],
])
const ipv6 = new Map([
  [IPV6_V6ONLY, 0],
  [IPV6_UNICAST_HOPS, 64],
  [IPV6_MULTICAST_HOPS, 1],
  [IPV6_MULTICAST_LOOP, 1],
  [IPV6_RECVERR, 0],
  [IPV6_RECVPKTINFO, 0],
  [IPV6_RECVTCLASS, 0],
  [IPV6_RECVHOPLIMIT, 0],
  [IPV6_TCLASS, 0],
])
const tcp = new Map([
  [TCP_NODELAY, 0],
  [TCP_CORK, 0],
  [TCP_MAXSEG, 65483],
  [TCP_KEEPIDLE, 7200],
  [TCP_KEEPINTVL, 75],
  [TCP_KEEPCNT, 9],
  [TCP_SYNCNT, 6],
  [TCP_LINGER2, 60],
  [TCP_DEFER_ACCEPT, 0],
  [TCP_WINDOW_CLAMP, 0],
  [TCP_QUICKACK, 1],
  [TCP_USER_TIMEOUT, 0],
  [TCP_FASTOPEN, 0],
  [TCP_NOTSENT_LOWAT, 0],
])
const CUBIC = Uint8Array.from('cubic\0\0\0\0\0\0\0\0\0\0\0', c => c.charCodeAt(0))

/** What was set of the options that are ints. */
export class StoredOptions {
  readonly #values = new Map<string, number>()

  get(level: number, name: number, initial: number): number {
    return this.#values.get(`${level}:${name}`) ?? initial
  }
  /** Returns the number. Errors: EINVAL (too short). */
  set(level: number, name: number, value: Uint8Array): number {
    // IPPROTO_IP options may be given as one byte.
    if (value.length === 0 || (level !== SOL_IP && value.length < 4)) throw EINVAL
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
    const number = value.length >= 4 ? view.getInt32(0, true) : value[0]!
    this.#values.set(`${level}:${name}`, number)
    return number
  }
}

/** The value an option starts with; bytes for one that is only read; undefined for one unknown. */
export function defaultOption(
  level: number,
  name: number,
  socket: Socket,
): number | Uint8Array | undefined {
  if (level === SOL_IP) return ip.get(name)
  if (level === SOL_IPV6) return socket.domain === AF_INET6 ? ipv6.get(name) : undefined
  if (level !== SOL_TCP || socket.socketType !== SOCK_STREAM) return undefined
  return name === TCP_CONGESTION ? CUBIC : tcp.get(name)
}
