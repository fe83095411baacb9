// NETLINK_SOCK_DIAG: the sockets of a network namespace, as ss(8) asks for them. (socket/netlink)
// Linux net/core/sock_diag.c: sock_diag_rcv_msg; sock_diag(7).

import {
  AF_INET,
  AF_INET6,
  AF_MAX,
  AF_UNIX,
  EINVAL,
  ENOENT,
  EOPNOTSUPP,
  SOCK_DESTROY,
  SOCK_DIAG_BY_FAMILY,
} from '@tsvisor/abi'
import { inetDiag } from './inet-diag.ts'
import { HEADER } from './messages.ts'
import type { NetlinkProtocol } from './protocol.ts'
import { unixDiag } from './unix-diag.ts'

const FAMILIES: Readonly<Record<number, NetlinkProtocol>> = {
  [AF_UNIX]: unixDiag,
  [AF_INET]: inetDiag,
  [AF_INET6]: inetDiag,
}

/** TCPDIAG_GETSOCK, DCCPDIAG_GETSOCK: from before there were families. */
const OLD = [18, 19]

/** Family and protocol, which all requests begin with. */
const REQUEST = 2

/** Errors: EINVAL, ENOENT (family, socket), ESTALE (cookie), EOPNOTSUPP: it lets nobody close sockets. */
export const sockDiag: NetlinkProtocol = (task, net, request) => {
  const { type, data } = request
  if (OLD.includes(type)) throw EOPNOTSUPP
  if (type !== SOCK_DIAG_BY_FAMILY && type !== SOCK_DESTROY) throw EINVAL
  const family = data[HEADER]
  if (data.length < HEADER + REQUEST || family === undefined || family >= AF_MAX) throw EINVAL
  const answers = FAMILIES[family]
  if (answers === undefined) throw ENOENT
  if (type === SOCK_DESTROY) throw EOPNOTSUPP
  return answers(task, net, request)
}
