// The routes and rules that a namespace with lo alone has. (socket/netlink)
// Linux net/ipv4/fib_semantics.c: fib_dump_info; route.c: rt_fill_info; net/ipv6/route.c: rt6_fill_node;
// net/core/fib_rules.c: fib_nl_fill_rule.

import {
  AF_INET,
  AF_INET6,
  EINVAL,
  ENETUNREACH,
  EOPNOTSUPP,
  FR_ACT_TO_TBL,
  FRA_PRIORITY,
  FRA_PROTOCOL,
  FRA_SUPPRESS_PREFIXLEN,
  FRA_TABLE,
  fib_rule_hdr,
  NLM_F_MULTI,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_DEFAULT,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  RTA_CACHEINFO,
  RTA_DST,
  RTA_OIF,
  RTA_PREF,
  RTA_PREFSRC,
  RTA_PRIORITY,
  RTA_SRC,
  RTA_TABLE,
  RTA_UID,
  RTM_F_CLONED,
  RTM_F_FIB_MATCH,
  RTM_NEWROUTE,
  RTM_NEWRULE,
  RTN_BROADCAST,
  RTN_LOCAL,
  RTPROT_KERNEL,
  rtmsg,
} from '@tsvisor/abi'
import { LO_INDEX, type Loopback } from '../loopback.ts'
import {
  type Attribute,
  attributes,
  attributesOf,
  HEADER,
  joined,
  message,
  type RequestId,
  words,
} from './messages.ts'
import type { NetlinkRequest } from './protocol.ts'
import { LOCALHOST } from './route-messages.ts'

const LOCALHOST6 = Uint8Array.of(...new Array<number>(15).fill(0), 1)
const ANY6 = new Uint8Array(16)
const BROADCAST = Uint8Array.of(127, 255, 255, 255)
/** struct rta_cacheinfo: nothing is kept of when a route was used. */
const CACHE_INFO = new Uint8Array(32)

const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

interface Route {
  readonly family: number
  /** Bits of `to` that count. */
  readonly length: number
  readonly to: Uint8Array
  readonly type: number
  readonly scope: number
  readonly protocol: number
}

const four = (to: Uint8Array, length: number, type: number, scope: number): Route => ({
  ...{ family: AF_INET, length, to, type, scope, protocol: RTPROT_KERNEL },
})
const NETWORK = four(Uint8Array.of(127, 0, 0, 0), 8, RTN_LOCAL, RT_SCOPE_HOST)
const HOST = four(LOCALHOST, 32, RTN_LOCAL, RT_SCOPE_HOST)
const TO_ALL = four(BROADCAST, 32, RTN_BROADCAST, RT_SCOPE_LINK)
const HOST6: Route = {
  ...{ family: AF_INET6, length: 128, to: LOCALHOST6, type: RTN_LOCAL },
  ...{ scope: RT_SCOPE_UNIVERSE, protocol: RTPROT_KERNEL },
}

function routes(loopback: Loopback): Route[] {
  const list: Route[] = []
  if (loopback.hasAddress(4)) list.push(NETWORK, HOST)
  if (loopback.up) list.push(TO_ALL)
  if (loopback.hasAddress(6)) list.push(HOST6)
  return list
}

const OIF: Attribute = [RTA_OIF, words(LO_INDEX)]
const IPV6_DETAILS: readonly Attribute[] = [
  [RTA_PRIORITY, words(0)],
  OIF,
  [RTA_CACHEINFO, CACHE_INFO],
  [RTA_PREF, Uint8Array.of(0)],
]

/** RTM_NEWROUTE of an entry of a table. */
function entry(id: RequestId, flags: number, table: number, route: Route): Uint8Array {
  const { family, length, to, type, scope, protocol } = route
  const head = rtmsg.encode({
    ...{ rtm_family: family, rtm_dst_len: length, rtm_src_len: 0, rtm_tos: 0, rtm_table: table },
    ...{ rtm_protocol: protocol, rtm_scope: scope, rtm_type: type, rtm_flags: 0 },
  })
  const own: readonly Attribute[] =
    family === AF_INET ? [[RTA_PREFSRC, LOCALHOST], OIF] : IPV6_DETAILS
  const list: Attribute[] = [[RTA_TABLE, words(table)], [RTA_DST, to], ...own]
  return message(RTM_NEWROUTE, flags, id, joined(head, attributes(list)))
}

/** All routes of a family; of both for AF_UNSPEC. */
export const routeMessages = (id: RequestId, family: number, loopback: Loopback): Uint8Array[] =>
  routes(loopback)
    .filter(route => family === 0 || family === route.family)
    .map(route => entry(id, NLM_F_MULTI, RT_TABLE_LOCAL, route))

/** RTCF_LOCAL, RTCF_BROADCAST: flags of a route that was looked up. */
const LOCAL = 0x8000_0000
const TO_MANY = 0x1000_0000

/** The way to an address, for RTM_GETROUTE. Errors: EINVAL, EOPNOTSUPP (family), ENETUNREACH. */
export function lookUp({ id, data }: NetlinkRequest, loopback: Loopback, uid: number): Uint8Array {
  if (data.length < HEADER + rtmsg.size) throw EINVAL
  const { rtm_family: family, rtm_flags: flags } = rtmsg.decode(data.subarray(HEADER))
  if (family !== AF_INET && family !== AF_INET6) throw EOPNOTSUPP
  const size = family === AF_INET ? 4 : 16
  const to = attributesOf(data, HEADER + rtmsg.size).get(RTA_DST) ?? new Uint8Array(size)
  if (to.length < size) throw EINVAL
  const address = to.slice(0, size)
  if (family === AF_INET6) return lookUp6(id, address, loopback)
  const found = match(address, loopback)
  if (found === undefined) throw ENETUNREACH
  if (flags & RTM_F_FIB_MATCH) return entry(id, 0, RT_TABLE_MAIN, found)
  const isBroadcast = found === TO_ALL
  const head = rtmsg.encode({
    ...{ rtm_family: family, rtm_dst_len: 32, rtm_src_len: 0, rtm_tos: 0 },
    ...{ rtm_table: RT_TABLE_MAIN, rtm_protocol: 0, rtm_scope: 0 },
    rtm_type: isBroadcast ? RTN_BROADCAST : RTN_LOCAL,
    rtm_flags: LOCAL + (isBroadcast ? TO_MANY : 0) + RTM_F_CLONED,
  })
  const list: Attribute[] = [
    [RTA_TABLE, words(RT_TABLE_MAIN)],
    [RTA_DST, address],
    OIF,
    [RTA_PREFSRC, LOCALHOST],
    [RTA_UID, words(uid)],
    [RTA_CACHEINFO, CACHE_INFO],
  ]
  return message(RTM_NEWROUTE, 0, id, joined(head, attributes(list)))
}

/** The narrowest entry; 0.0.0.0 is this machine, whatever its addresses are. */
function match(address: Uint8Array, loopback: Loopback): Route | undefined {
  if (address.every(byte => byte === 0)) return HOST
  if (address[0] !== 127 || !loopback.hasAddress(4)) return undefined
  if (equal(address, LOCALHOST)) return HOST
  return equal(address, BROADCAST) && loopback.up ? TO_ALL : NETWORK
}

function lookUp6(id: RequestId, address: Uint8Array, loopback: Loopback): Uint8Array {
  if (!equal(address, LOCALHOST6) || !loopback.hasAddress(6)) throw ENETUNREACH
  const head = rtmsg.encode({
    ...{ rtm_family: AF_INET6, rtm_dst_len: 128, rtm_src_len: 128, rtm_tos: 0 },
    ...{ rtm_table: RT_TABLE_LOCAL, rtm_protocol: RTPROT_KERNEL, rtm_scope: 0 },
    ...{ rtm_type: RTN_LOCAL, rtm_flags: 0 },
  })
  const list: Attribute[] = [
    [RTA_TABLE, words(RT_TABLE_LOCAL)],
    [RTA_DST, address],
    [RTA_SRC, ANY6],
    [RTA_PREFSRC, LOCALHOST6],
    ...IPV6_DETAILS,
  ]
  return message(RTM_NEWROUTE, 0, id, joined(head, attributes(list)))
}

/** Those that a family starts with, and nobody can change here: tables and priorities. */
const RULES: Readonly<Record<number, readonly (readonly [table: number, priority: number])[]>> = {
  [AF_INET]: [
    [RT_TABLE_LOCAL, 0],
    [RT_TABLE_MAIN, 32_766],
    [RT_TABLE_DEFAULT, 32_767],
  ],
  [AF_INET6]: [
    [RT_TABLE_LOCAL, 0],
    [RT_TABLE_MAIN, 32_766],
  ],
}

function rule(id: RequestId, family: number, table: number, priority: number): Uint8Array {
  const head = fib_rule_hdr.encode({
    ...{ family, dst_len: 0, src_len: 0, tos: 0, table, res1: 0, res2: 0 },
    ...{ action: FR_ACT_TO_TBL, flags: 0 },
  })
  const list: Attribute[] = [
    [FRA_TABLE, words(table)],
    [FRA_SUPPRESS_PREFIXLEN, words(-1)],
    [FRA_PROTOCOL, Uint8Array.of(RTPROT_KERNEL)],
  ]
  if (priority !== 0) list.push([FRA_PRIORITY, words(priority)])
  return message(RTM_NEWRULE, NLM_F_MULTI, id, joined(head, attributes(list)))
}

/** All rules of a family; of both for AF_UNSPEC. */
export const ruleMessages = (id: RequestId, family: number): Uint8Array[] =>
  [AF_INET, AF_INET6]
    .filter(one => family === 0 || family === one)
    .flatMap(one => RULES[one]!.map(([table, priority]) => rule(id, one, table, priority)))
