// /proc/net/dev, if_inet6, ipv6_route: the loopback. (fs/proc)
// Linux net/core/net-procfs.c: dev_seq_printf_stats; net/ipv6/addrconf.c: if6_seq_show; net/ipv6/ip6_fib.c.

import { LO_INDEX, LO_NAME } from '../../../socket/loopback.ts'
import type { NetNamespace } from '../../../socket/net-namespace.ts'

/** Widths of the sixteen counters; what the loopback has carried is not counted. */
const WIDTHS = [7, 7, 4, 4, 4, 5, 10, 9, 8, 7, 4, 4, 4, 5, 7, 10]
const DEVICES =
  'Inter-|   Receive                                                |  Transmit\n' +
  ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop ' +
  'fifo colls carrier compressed\n' +
  `${LO_NAME.padStart(6)}: ${WIDTHS.map(width => '0'.padStart(width)).join(' ')}\n`

export const device = (): string => DEVICES

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
const NAME = LO_NAME.padStart(8)
const NOWHERE = '0'.repeat(32)
const LOCALHOST = hex(1, 32)

/** The length of the prefix, RT_SCOPE_HOST as IPV6_ADDR_LOOPBACK, IFA_F_PERMANENT. */
export const localAddresses = ({ loopback }: NetNamespace): string =>
  loopback.up ? `${LOCALHOST} ${hex(LO_INDEX, 2)} 80 10 80 ${NAME}\n` : ''

const route = (to: string, length: string, rest: string): string =>
  `${to} ${length} ${NOWHERE} 00 ${NOWHERE} ${rest} ${NAME}\n`
const UNREACHABLE = route(NOWHERE, '00', 'ffffffff 00000001 00000000 00200200')
/** Metric, references, uses, RTF_*. */
const LOCAL_ROUTE = route(LOCALHOST, '80', '00000000 00000002 00000000 80200001')

export const localRoutes = ({ loopback }: NetNamespace): string =>
  loopback.up ? UNREACHABLE + LOCAL_ROUTE + UNREACHABLE : UNREACHABLE

const MAIN_ROUTES =
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'
/** That of lo is in the local table; the main one is made with the first address. */
export const mainRoutes = ({ loopback }: NetNamespace): string =>
  loopback.hasAddress(4) ? `${MAIN_ROUTES.padEnd(127)}\n` : ''
