// The answers of rtnetlink: one interface, lo. (socket/netlink)
// Linux net/core/rtnetlink.c, net/ipv4/devinet.c; rtnetlink(7).

import {
  AF_INET,
  AF_INET6,
  ARPHRD_LOOPBACK,
  IF_OPER_DOWN,
  IF_OPER_UNKNOWN,
  IFA_ADDRESS,
  IFA_CACHEINFO,
  IFA_F_PERMANENT,
  IFA_FLAGS,
  IFA_LABEL,
  IFA_LOCAL,
  IFLA_ADDRESS,
  IFLA_BROADCAST,
  IFLA_GROUP,
  IFLA_IFNAME,
  IFLA_LINKMODE,
  IFLA_MTU,
  IFLA_OPERSTATE,
  IFLA_QDISC,
  IFLA_TXQLEN,
  NETNSA_NSID,
  NLM_F_MULTI,
  NLMSG_DONE,
  NLMSG_ERROR,
  RT_SCOPE_HOST,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_NEWNSID,
} from '@tsvisor/abi'
import { LO_INDEX, LO_MTU, LO_NAME, type Loopback } from '../loopback.ts'

const HEADER = 16
const align = (length: number): number => (length + 3) & ~3

/** Who asked: copied into every answer. */
export interface RequestId {
  readonly sequence: number
  readonly port: number
}

function message(type: number, flags: number, id: RequestId, body: Uint8Array): Uint8Array {
  const data = new Uint8Array(align(HEADER + body.length))
  const view = new DataView(data.buffer)
  view.setUint32(0, HEADER + body.length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, flags, true)
  view.setUint32(8, id.sequence, true)
  view.setUint32(12, id.port, true)
  data.set(body, HEADER)
  return data
}

function attributes(list: readonly (readonly [type: number, value: Uint8Array])[]): Uint8Array {
  const total = list.reduce((sum, [, value]) => sum + align(4 + value.length), 0)
  const data = new Uint8Array(total)
  const view = new DataView(data.buffer)
  let at = 0
  for (const [type, value] of list) {
    view.setUint16(at, 4 + value.length, true)
    view.setUint16(at + 2, type, true)
    data.set(value, at + 4)
    at += align(4 + value.length)
  }
  return data
}
const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const data = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return data
}
const u32 = (value: number): Uint8Array => {
  const data = new Uint8Array(4)
  new DataView(data.buffer).setUint32(0, value, true)
  return data
}
const zeroTerminated = (text: string): Uint8Array =>
  Uint8Array.from(`${text}\0`, c => c.charCodeAt(0))
const NAME = zeroTerminated(LO_NAME)
/** struct ifa_cacheinfo: preferred and valid for ever. */
const FOR_EVER = joined(u32(0xffff_ffff), u32(0xffff_ffff), u32(0), u32(0))

/** RTM_NEWLINK for lo: struct ifinfomsg and attributes. */
export function linkMessage(id: RequestId, flags: number, loopback: Loopback): Uint8Array {
  const info = new Uint8Array(16)
  const view = new DataView(info.buffer)
  view.setUint16(2, ARPHRD_LOOPBACK, true)
  view.setInt32(4, LO_INDEX, true)
  view.setUint32(8, loopback.flags, true)
  const body = joined(
    info,
    attributes([
      [IFLA_IFNAME, NAME],
      [IFLA_TXQLEN, u32(1000)],
      [IFLA_OPERSTATE, Uint8Array.of(loopback.up ? IF_OPER_UNKNOWN : IF_OPER_DOWN)],
      [IFLA_LINKMODE, Uint8Array.of(0)],
      [IFLA_MTU, u32(LO_MTU)],
      [IFLA_GROUP, u32(0)],
      [IFLA_QDISC, zeroTerminated(loopback.hasQueue ? 'noqueue' : 'noop')],
      [IFLA_ADDRESS, new Uint8Array(6)],
      [IFLA_BROADCAST, new Uint8Array(6)],
    ]),
  )
  return message(RTM_NEWLINK, flags, id, body)
}

/** RTM_NEWNSID: struct rtgenmsg, and that the namespace asked about has no number. */
export const noNumberMessage = (id: RequestId): Uint8Array =>
  message(RTM_NEWNSID, 0, id, joined(new Uint8Array(4), attributes([[NETNSA_NSID, u32(-1)]])))

export const LOCALHOST = Uint8Array.of(127, 0, 0, 1)

/** RTM_NEWADDR of lo: struct ifaddrmsg and attributes. */
function addressMessage(id: RequestId, family: number): Uint8Array {
  const four = family === AF_INET
  const address = four ? LOCALHOST : new Uint8Array(16)
  if (!four) address[15] = 1
  const head = Uint8Array.of(
    family,
    four ? 8 : 128,
    IFA_F_PERMANENT,
    RT_SCOPE_HOST,
    LO_INDEX,
    0,
    0,
    0,
  )
  const own: (readonly [number, Uint8Array])[] = four
    ? [
        [IFA_ADDRESS, address],
        [IFA_LOCAL, address],
        [IFA_LABEL, NAME],
      ]
    : [[IFA_ADDRESS, address]]
  const body = joined(
    head,
    attributes([...own, [IFA_CACHEINFO, FOR_EVER], [IFA_FLAGS, u32(IFA_F_PERMANENT)]]),
  )
  return message(RTM_NEWADDR, NLM_F_MULTI, id, body)
}
/** All addresses of a family; of both for AF_UNSPEC. */
export const addressMessages = (id: RequestId, family: number, loopback: Loopback): Uint8Array[] =>
  [AF_INET, AF_INET6]
    .filter(one => family === 0 || family === one)
    .filter(one => loopback.hasAddress(one === AF_INET ? 4 : 6))
    .map(one => addressMessage(id, one))

export const doneMessage = (id: RequestId): Uint8Array =>
  message(NLMSG_DONE, NLM_F_MULTI, id, new Uint8Array(4))

/** `code` 0 acknowledges; else a positive errno. `request` is what it answers. */
export function errorMessage(id: RequestId, code: number, request: Uint8Array): Uint8Array {
  const quoted = code === 0 ? request.subarray(0, HEADER) : request
  return message(NLMSG_ERROR, 0, id, joined(u32(-code), quoted))
}
