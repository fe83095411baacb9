// /proc/net/snmp: counters of the protocols. What the loopback carries is not counted. (fs/proc)
// Linux net/ipv4/proc.c: snmp_seq_show.

import { TCP_CLOSE_WAIT, TCP_ESTABLISHED } from '@tsvisor/abi'
import type { NetNamespace } from '../../../socket/net-namespace.ts'
import { countTcp } from './sockstat.ts'

const DATAGRAMS =
  'InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors'
const COUNTERS = {
  Ip:
    'Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos ' +
    'InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ' +
    'ReasmFails FragOKs FragFails FragCreates OutTransmits',
  Icmp:
    'InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs InRedirects ' +
    'InEchos InEchoReps InTimestamps InTimestampReps InAddrMasks InAddrMaskReps OutMsgs OutErrors ' +
    'OutRateLimitGlobal OutRateLimitHost OutDestUnreachs OutTimeExcds OutParmProbs OutSrcQuenchs ' +
    'OutRedirects OutEchos OutEchoReps OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps',
  Tcp:
    'RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets ' +
    'CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors',
  Udp: DATAGRAMS,
  UdpLite: DATAGRAMS,
}

/** Those that are settings, or say how it is now. */
const values = (net: NetNamespace): Readonly<Record<string, number>> => ({
  Forwarding: net.control('net/ipv4/ip_forward', [0])[0] === 0 ? 2 : 1,
  DefaultTTL: 64,
  RtoAlgorithm: 1,
  RtoMin: 200,
  RtoMax: 120_000,
  MaxConn: -1,
  CurrEstab: countTcp(
    net,
    ({ connectionState: state }) => state === TCP_ESTABLISHED || state === TCP_CLOSE_WAIT,
  ),
})

export const snmp = (net: NetNamespace): string => counterLines(COUNTERS, values(net))

/** Two lines for each protocol: the names, separated by spaces, and the numbers; 0 for those that are not known. */
export function counterLines(
  counters: Readonly<Record<string, string>>,
  known: Readonly<Record<string, number>>,
): string {
  let text = ''
  for (const [protocol, names] of Object.entries(counters)) {
    const numbers = names.split(' ').map(name => known[name] ?? 0)
    text += `${protocol}: ${names}\n${protocol}: ${numbers.join(' ')}\n`
  }
  return text
}
