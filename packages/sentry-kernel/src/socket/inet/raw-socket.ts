// Raw sockets for ICMP and ICMPv6. (socket/inet)
// Linux net/ipv4/raw.c, net/ipv6/raw.c; raw(7).

import {
  EADDRNOTAVAIL,
  EDESTADDRREQ,
  EINVAL,
  ICMP_FILTER,
  ICMPV6_FILTER,
  IP_HDRINCL,
  IPPROTO_ICMP,
  IPV6_CHECKSUM,
  SOCK_RAW,
  SOL_ICMPV6,
  SOL_IP,
  SOL_RAW,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import type { Outgoing } from '../message.ts'
import { type Endpoint, encodeEndpoint } from './endpoint.ts'
import { type IcmpPacket, receiveIcmp, seal } from './icmp.ts'
import { IcmpSocket, MAX_PACKET } from './icmp-socket.ts'
import type { PortSpace } from './ports.ts'

const IP_HEADER = 20
/** Where ICMPv6 has its checksum. */
const CHECKSUM_AT = 2
/** sizeof(struct icmp6_filter): a bit for each type that does not pass. */
const FILTER6 = 32

export class RawSocket extends IcmpSocket {
  readonly hearsAll = true
  #filter6 = new Uint8Array(FILTER6)

  constructor(task: Task, domain: number, flags: number) {
    super(task, domain, SOCK_RAW, flags)
  }
  /** The protocol stands where others have a port. */
  protected override get ports(): PortSpace {
    const { loopback } = this.net
    return {
      bind: (_task, _socket, wanted) => {
        if (!loopback.isLocal(wanted)) throw EADDRNOTAVAIL
        return { ...wanted, port: this.protocol }
      },
      release: () => undefined,
    }
  }
  override get isShown(): boolean {
    return true
  }
  override get shownLocal(): Uint8Array {
    return encodeEndpoint({ ...(this.local ?? this.any), port: this.protocol }, this.domain)
  }

  override bind(task: Task, address: Uint8Array): void {
    if (this.remote !== undefined) throw EINVAL
    this.local = undefined
    super.bind(task, address)
  }
  protected override checked(address: Uint8Array): Endpoint {
    const to = super.checked(address)
    if (to.version === 6 && to.port !== 0 && to.port !== this.protocol) throw EINVAL
    return to
  }

  override send(task: Task, message: Outgoing): number {
    const to = message.to ? this.checked(message.to) : this.remote
    if (to === undefined) throw EDESTADDRREQ
    const data = this.take(message, MAX_PACKET)
    const header = this.headerFor(task, message, to)
    if (to.version === 6) {
      if (data.length < CHECKSUM_AT + 2) throw EINVAL
      seal(data, header.from, to)
    }
    receiveIcmp(this.net, { data, ...header })
    return data.length
  }

  override hear(packet: IcmpPacket): void {
    const { data, from, to } = packet
    const { local, remote } = this
    if (!this.isOnLoopback || from.version !== this.version || this.#filters(data[0] ?? 0)) return
    if (local !== undefined && local.host !== 0 && local.host !== to.host) return
    if (remote !== undefined && remote.host !== from.host) return
    if (!this.hearsGroup(packet)) return
    const shown = this.version === 4 ? withHeader(packet) : data
    this.deliver({ ...packet, data: shown, from: { ...from, port: 0 } })
  }
  #filters(type: number): boolean {
    if (this.version === 6) return ((this.#filter6[type >> 3]! >> (type & 7)) & 1) !== 0
    return type < 32 && ((this.stored(SOL_RAW, ICMP_FILTER) >>> type) & 1) !== 0
  }

  protected override get protocolLevel(): number {
    return SOL_RAW
  }
  protected override optionValue(level: number, name: number): number | undefined {
    if (this.version === 4) return level === SOL_RAW && name === ICMP_FILTER ? 0 : undefined
    return level === SOL_RAW && name === IPV6_CHECKSUM ? CHECKSUM_AT : undefined
  }
  override getOption(
    task: Task,
    level: number,
    name: number,
    room: number,
    asked?: () => Uint8Array,
  ): Uint8Array | undefined {
    return this.#isFilter6(level, name)
      ? this.#filter6
      : super.getOption(task, level, name, room, asked)
  }
  override setOption(task: Task, level: number, name: number, value: Uint8Array): boolean {
    // Whole packets are not taken.
    if (level === SOL_IP && name === IP_HDRINCL) throw EINVAL
    if (!this.#isFilter6(level, name)) return super.setOption(task, level, name, value)
    this.#filter6.set(value.subarray(0, FILTER6))
    return true
  }
  #isFilter6(level: number, name: number): boolean {
    return this.version === 6 && level === SOL_ICMPV6 && name === ICMPV6_FILTER
  }
}

/** As it was on the wire: with its IP header. */
function withHeader({ data, from, to, hops, trafficClass }: IcmpPacket): Uint8Array {
  const whole = new Uint8Array(IP_HEADER + data.length)
  whole.set(data, IP_HEADER)
  const view = new DataView(whole.buffer)
  whole[0] = 0x45
  whole[1] = trafficClass
  view.setUint16(2, whole.length)
  whole[8] = hops
  whole[9] = IPPROTO_ICMP
  view.setUint32(12, from.host)
  view.setUint32(16, to.host)
  return whole
}
