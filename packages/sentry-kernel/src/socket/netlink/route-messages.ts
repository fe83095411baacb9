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
  RT_SCOPE_HOST,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_NEWNSID,
} from '@tsvisor/abi'
import { LO_INDEX, LO_MTU, LO_NAME, type Loopback } from '../loopback.ts'
import { attributes, joined, message, type RequestId, words, zeroTerminated } from './messages.ts'

const NAME = zeroTerminated(LO_NAME)
/** struct ifa_cacheinfo: preferred and valid for ever. */
const FOR_EVER = words(0xffff_ffff, 0xffff_ffff, 0, 0)

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
      [IFLA_TXQLEN, words(1000)],
      [IFLA_OPERSTATE, Uint8Array.of(loopback.up ? IF_OPER_UNKNOWN : IF_OPER_DOWN)],
      [IFLA_LINKMODE, Uint8Array.of(0)],
      [IFLA_MTU, words(LO_MTU)],
      [IFLA_GROUP, words(0)],
      [IFLA_QDISC, zeroTerminated(loopback.hasQueue ? 'noqueue' : 'noop')],
      [IFLA_ADDRESS, new Uint8Array(6)],
      [IFLA_BROADCAST, new Uint8Array(6)],
    ]),
  )
  return message(RTM_NEWLINK, flags, id, body)
}

/** RTM_NEWNSID: struct rtgenmsg, and that the namespace asked about has no number. */
export const noNumberMessage = (id: RequestId): Uint8Array =>
  message(RTM_NEWNSID, 0, id, joined(new Uint8Array(4), attributes([[NETNSA_NSID, words(-1)]])))

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
    attributes([...own, [IFA_CACHEINFO, FOR_EVER], [IFA_FLAGS, words(IFA_F_PERMANENT)]]),
  )
  return message(RTM_NEWADDR, NLM_F_MULTI, id, body)
}
/** All addresses of a family; of both for AF_UNSPEC. */
export const addressMessages = (id: RequestId, family: number, loopback: Loopback): Uint8Array[] =>
  [AF_INET, AF_INET6]
    .filter(one => family === 0 || family === one)
    .filter(one => loopback.hasAddress(one === AF_INET ? 4 : 6))
    .map(one => addressMessage(id, one))
