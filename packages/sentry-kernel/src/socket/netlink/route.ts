// NETLINK_ROUTE: enough to ask for interfaces and addresses, and to bring lo up. (socket/netlink)
// Linux net/core/rtnetlink.c: rtnetlink_rcv_msg; rtnetlink(7).

import {
  AF_INET,
  CAP_NET_ADMIN,
  EEXIST,
  EINVAL,
  ENODEV,
  EOPNOTSUPP,
  EPERM,
  IFA_LOCAL,
  IFLA_ALT_IFNAME,
  IFLA_IFNAME,
  ifaddrmsg,
  ifinfomsg,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  RTM_GETADDR,
  RTM_GETLINK,
  RTM_GETNEIGH,
  RTM_GETNSID,
  RTM_GETROUTE,
  RTM_GETRULE,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_SETLINK,
} from '@tsvisor/abi'
import { byteString } from '../../mm/user-memory.ts'
import { hasCapabilityIn } from '../../task/credentials.ts'
import { LO_INDEX, LO_NAME, type Loopback } from '../loopback.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { attributesOf, HEADER } from './messages.ts'
import { type Answer, type NetlinkProtocol, type NetlinkRequest, NOTHING } from './protocol.ts'
import { addressMessages, LOCALHOST, linkMessage, noNumberMessage } from './route-messages.ts'
import { lookUp, routeMessages, ruleMessages } from './routes.ts'

export const route: NetlinkProtocol = (task, net, request) => {
  const { type, flags, id, data } = request
  // Every fourth type asks, the others change things (NEW, DEL, GET, SET).
  const asks = (type & 3) === 2
  if (asks && flags & NLM_F_DUMP) return dump(net, request)
  const { loopback } = net
  if (type === RTM_GETLINK) {
    if (!namesLoopback(data)) throw ENODEV
    return { messages: [linkMessage(id, 0, loopback)] }
  }
  if (type === RTM_GETROUTE) {
    const uid = task.creds.userNamespace.uids.shown(task.creds.uid)
    return { messages: [lookUp(request, loopback, uid)] }
  }
  if (type === RTM_GETNSID) return { messages: [noNumberMessage(id)] }
  if (!asks && !hasCapabilityIn(task.creds, net.userNamespace, CAP_NET_ADMIN)) throw EPERM
  change(loopback, request)
  return NOTHING
}

function dump({ loopback }: NetNamespace, { type, id, data }: NetlinkRequest): Answer {
  const family = data.length > HEADER ? data[HEADER]! : 0
  if (type === RTM_GETLINK) return { messages: [linkMessage(id, 2, loopback)], dump: 'complete' }
  if (type === RTM_GETADDR)
    return { messages: addressMessages(id, family, loopback), dump: 'complete' }
  if (type === RTM_GETROUTE)
    return { messages: routeMessages(id, family, loopback), dump: 'complete' }
  if (type === RTM_GETRULE) return { messages: ruleMessages(id, family), dump: 'complete' }
  if (type !== RTM_GETNEIGH) throw EOPNOTSUPP
  return { messages: [], dump: 'complete' }
}

/** Of links, flags alone, and the one address that lo may have; nothing else can be changed here. */
function change(loopback: Loopback, { type, flags, data }: NetlinkRequest): void {
  if (type === RTM_NEWADDR) {
    addAddress(loopback, flags, data)
    return
  }
  if (type !== RTM_NEWLINK && type !== RTM_SETLINK) throw EOPNOTSUPP
  if (data.length < HEADER + ifinfomsg.size) throw EINVAL
  if (!namesLoopback(data)) throw flags & NLM_F_CREATE && type === RTM_NEWLINK ? EOPNOTSUPP : ENODEV
  const link = ifinfomsg.decode(data.subarray(HEADER))
  const mask = link.ifi_change || (link.ifi_flags === 0 ? 0 : ~0)
  loopback.flags = (loopback.flags & ~mask) | (link.ifi_flags & mask)
}

/** As `ip addr add 127.0.0.1/8 dev lo`. */
function addAddress(loopback: Loopback, flags: number, data: Uint8Array): void {
  if (data.length < HEADER + ifaddrmsg.size) throw EINVAL
  const { ifa_family, ifa_prefixlen, ifa_index } = ifaddrmsg.decode(data.subarray(HEADER))
  if (ifa_index !== LO_INDEX) throw ENODEV
  if (ifa_family !== AF_INET || ifa_prefixlen !== 8) throw EOPNOTSUPP
  const local = attributesOf(data, HEADER + ifaddrmsg.size).get(IFA_LOCAL)
  if (local === undefined) throw EINVAL
  if (!isLocalhost(local)) throw EOPNOTSUPP
  if (!loopback.hasAddress(4)) loopback.assignAddress()
  else if ((flags & NLM_F_EXCL) !== 0 || (flags & NLM_F_REPLACE) === 0) throw EEXIST
}

/** Whether a message about a link is about lo, by its number or its name. */
function namesLoopback(data: Uint8Array): boolean {
  if (data.length < HEADER + ifinfomsg.size) return false
  const { ifi_index: index } = ifinfomsg.decode(data.subarray(HEADER))
  if (index !== 0) return index === LO_INDEX
  const known = attributesOf(data, HEADER + ifinfomsg.size)
  return [IFLA_IFNAME, IFLA_ALT_IFNAME].some(type => {
    const name = known.get(type)
    return name !== undefined && byteString(name).replace(/\0+$/, '') === LO_NAME
  })
}

const isLocalhost = (address: Uint8Array): boolean =>
  address.length === LOCALHOST.length && LOCALHOST.every((byte, i) => address[i] === byte)
