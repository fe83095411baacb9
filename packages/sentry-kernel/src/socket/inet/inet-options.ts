// IP and TCP options: ints that are stored; most mean nothing further on a loopback network. (socket/inet)

import {
  AF_INET6,
  EINVAL,
  ENOPROTOOPT,
  type Errno,
  IP_FREEBIND,
  IP_MTU_DISCOVER,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_ORIGDSTADDR,
  IP_PKTINFO,
  IP_PMTUDISC_OMIT,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_RETOPTS,
  IP_TOS,
  IP_TTL,
  IPV6_MULTICAST_ALL,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_LOOP,
  IPV6_ORIGDSTADDR,
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
} from '@tsvisor/abi'
import type { Socket } from '../socket.ts'
import { exactly, numbered, type Option, switched } from './int-option.ts'
import { CUBIC, congestionControl, TCP_OPTIONS } from './tcp-options.ts'

/** An option that streams do not have. */
const forMessages = ({ initial, check }: Option, refusal: Errno): Option => ({
  initial,
  check(value, current, type) {
    if (type === SOCK_STREAM) throw refusal
    return check(value, current, type)
  },
})
/** The bits that say whether there is congestion: TCP's own. */
const ECN = 3
const trafficClass = (check: Option['check']): Option => ({
  initial: 0,
  check(value, current, type) {
    const checked = check(value, current, type)
    return type === SOCK_STREAM ? (checked & ~ECN) | (current & ECN) : checked
  },
})

const ip = new Map<number, Option>([
  [IP_TOS, trafficClass(value => value & 0xff)],
  [IP_TTL, numbered(1, 255, 64)],
  [IP_PKTINFO, switched(0)],
  [IP_RECVERR, switched(0)],
  [IP_RETOPTS, switched(0)],
  [IP_RECVTTL, switched(0)],
  [IP_RECVTOS, switched(0)],
  [IP_ORIGDSTADDR, switched(0)],
  [IP_MTU_DISCOVER, exactly(0, IP_PMTUDISC_OMIT, 1)],
  [IP_FREEBIND, switched(0)],
  [IP_MULTICAST_TTL, forMessages(numbered(0, 255, 1), EINVAL)],
  [IP_MULTICAST_LOOP, switched(1)],
])
const ipv6 = new Map<number, Option>([
  [IPV6_V6ONLY, switched(0)],
  [IPV6_UNICAST_HOPS, numbered(0, 255, 64)],
  [IPV6_MULTICAST_HOPS, forMessages(numbered(0, 255, 1), ENOPROTOOPT)],
  [IPV6_MULTICAST_ALL, switched(1)],
  [IPV6_MULTICAST_LOOP, exactly(0, 1, 1)],
  [IPV6_RECVERR, switched(0)],
  [IPV6_RECVPKTINFO, switched(0)],
  [IPV6_RECVTCLASS, switched(0)],
  [IPV6_RECVHOPLIMIT, switched(0)],
  [IPV6_ORIGDSTADDR, switched(0)],
  [IPV6_TCLASS, trafficClass(numbered(0, 255, 0).check)],
])
const optionsOf = (level: number): ReadonlyMap<number, Option> | undefined =>
  level === SOL_IP ? ip : level === SOL_IPV6 ? ipv6 : level === SOL_TCP ? TCP_OPTIONS : undefined

/** What was set of them. */
export class StoredOptions {
  readonly #values = new Map<string, number>()
  #congestion: Uint8Array | undefined

  get(level: number, name: number, initial: number): number {
    return this.#values.get(`${level}:${name}`) ?? initial
  }
  /** Returns what is stored. Errors: EINVAL (too short; not a value of this option), ENOPROTOOPT. */
  set(level: number, name: number, value: Uint8Array, type: number): number {
    // IPPROTO_IP options may be given as one byte.
    if (value.length === 0 || (level !== SOL_IP && value.length < 4)) throw EINVAL
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
    const number = value.length >= 4 ? view.getInt32(0, true) : value[0]!
    const option = optionsOf(level)?.get(name)
    const current = this.get(level, name, option?.initial ?? 0)
    const stored = option?.check(number, current, type) ?? number
    this.#values.set(`${level}:${name}`, stored)
    return stored
  }
  /** Of an option that is no int; those but TCP_CONGESTION are only read. */
  getBytes(level: number, name: number, initial: Uint8Array): Uint8Array {
    const isSet = level === SOL_TCP && name === TCP_CONGESTION && this.#congestion !== undefined
    return isSet ? this.#congestion! : initial
  }
  /** Errors: EINVAL (too short), ENOENT (no such congestion control). */
  setBytes(level: number, name: number, value: Uint8Array): void {
    if (level === SOL_TCP && name === TCP_CONGESTION) this.#congestion = congestionControl(value)
  }
}

/** The value an option starts with; bytes for one that is only read; undefined for one unknown. */
export function defaultOption(
  level: number,
  name: number,
  socket: Socket,
): number | Uint8Array | undefined {
  if (level === SOL_IP) return ip.get(name)?.initial
  if (level === SOL_IPV6) return socket.domain === AF_INET6 ? ipv6.get(name)?.initial : undefined
  if (level !== SOL_TCP || socket.socketType !== SOCK_STREAM) return undefined
  return name === TCP_CONGESTION ? CUBIC : TCP_OPTIONS.get(name)?.initial
}
