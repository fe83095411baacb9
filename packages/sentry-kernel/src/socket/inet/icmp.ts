// ICMP and ICMPv6: echoes, and who hears them. (socket/inet)
// Linux net/ipv4/icmp.c: icmp_echo; net/ipv4/raw.c: raw_v4_input; net/ipv4/ping.c: ping_rcv; net/ipv6/….

import {
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  IPPROTO_ICMPV6,
} from '@tsvisor/abi'
import type { NetNamespace } from '../net-namespace.ts'
import type { Datagram } from './datagram-socket.ts'
import { type Endpoint, isForMany } from './endpoint.ts'
import { IcmpSocket } from './icmp-socket.ts'

/** Bytes of a header: type, code, checksum, identifier, sequence number. */
export const ICMP_HEADER = 8
export const echoRequest = (version: 4 | 6): number =>
  version === 4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST
const echoReply = (version: 4 | 6): number => (version === 4 ? ICMP_ECHOREPLY : ICMPV6_ECHO_REPLY)

/** One's complement of the one's complement sum. `sum`: what counts beside the bytes. */
function checksum(data: Uint8Array, sum: number): number {
  let total = sum
  for (let i = 0; i < data.length; i += 2) total += (data[i]! << 8) | (data[i + 1] ?? 0)
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16)
  return ~total & 0xffff
}
/** Version 6 counts addresses, length and protocol in; of "::1" there is one bit that is set. */
const pseudoSum = (from: Endpoint, to: Endpoint, length: number): number =>
  from.version === 4 ? 0 : from.host + to.host + length + IPPROTO_ICMPV6

/** Fills in the checksum of a packet. */
export function seal(packet: Uint8Array, from: Endpoint, to: Endpoint): void {
  packet[2] = packet[3] = 0
  const sum = checksum(packet, pseudoSum(from, to, packet.length))
  packet[2] = sum >> 8
  packet[3] = sum & 0xff
}
const isIntact = (packet: Uint8Array, from: Endpoint, to: Endpoint): boolean =>
  packet.length >= ICMP_HEADER && checksum(packet, pseudoSum(from, to, packet.length)) === 0

export type IcmpPacket = Datagram

/** What arrives at this machine: raw sockets hear all of it, and an echo request is answered. */
export function receiveIcmp(net: NetNamespace, packet: IcmpPacket): void {
  if (!net.loopback.up || !net.loopback.accepts(packet)) return
  const { data, from, to } = packet
  for (const socket of net.sockets)
    if (socket instanceof IcmpSocket && socket.hearsAll) socket.hear(packet)
  if (!isIntact(data, from, to)) return
  if (data[0] === echoRequest(from.version)) {
    // net.ipv4.icmp_echo_ignore_broadcasts
    if (isForMany(to)) return
    const answer = data.slice()
    answer[0] = echoReply(from.version)
    seal(answer, to, from)
    receiveIcmp(net, { ...packet, data: answer, from: to, to: from, hops: 64 })
  } else if (data[0] === echoReply(from.version)) {
    const socket = net.pings.find({ ...to, port: (data[4]! << 8) | data[5]! })
    if (socket instanceof IcmpSocket) socket.hear(packet)
  }
}
