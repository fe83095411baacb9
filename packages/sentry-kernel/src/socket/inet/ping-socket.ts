// Ping sockets: echo requests for those who may make no raw sockets. (socket/inet)
// Linux net/ipv4/ping.c; icmp(7).

import {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EDESTADDRREQ,
  EINVAL,
  SO_REUSEADDR,
  SOCK_DGRAM,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import type { Outgoing } from '../message.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { type Endpoint, isForMany } from './endpoint.ts'
import { echoRequest, ICMP_HEADER, type IcmpPacket, receiveIcmp, seal } from './icmp.ts'
import { IcmpSocket, MAX_PACKET } from './icmp-socket.ts'
import type { InetSocket } from './inet-socket.ts'
import type { PortSpace } from './ports.ts'

/** net.ipv4.ping_group_range: nobody. */
const NO_GROUPS = [1, 0] as const

/** Who has which identifier; they stand where others have ports, and several may have the same. */
export class IdentifierTable implements PortSpace {
  /** The newest first. */
  readonly #sockets: InetSocket[] = []
  readonly #net: NetNamespace
  #last = 0

  constructor(net: NetNamespace) {
    this.#net = net
  }
  /** Errors: EADDRNOTAVAIL, EADDRINUSE, EINVAL. */
  bind(_task: Task, socket: InetSocket, wanted: Endpoint): Endpoint {
    if (wanted.group !== undefined) throw EINVAL
    if (isForMany(wanted) || !this.#net.loopback.isLocal(wanted)) throw EADDRNOTAVAIL
    const port = wanted.port || this.#free()
    for (const other of this.#sockets)
      if (other.local?.port === port)
        if (!other.options.has(SO_REUSEADDR) || !socket.options.has(SO_REUSEADDR)) throw EADDRINUSE
    this.#sockets.unshift(socket)
    return { ...wanted, port }
  }
  #free(): number {
    const taken = new Set(this.#sockets.map(({ local }) => local?.port))
    for (let tries = 0; tries < 0xffff; tries++) {
      this.#last = (this.#last % 0xffff) + 1
      if (!taken.has(this.#last)) return this.#last
    }
    throw EADDRINUSE
  }
  release(socket: InetSocket): void {
    const at = this.#sockets.indexOf(socket)
    if (at >= 0) this.#sockets.splice(at, 1)
  }
  /** Who receives what is for an endpoint. */
  find(to: Endpoint): InetSocket | undefined {
    return this.#sockets.find(
      ({ local, isOnLoopback }) =>
        isOnLoopback &&
        local?.port === to.port &&
        local.version === to.version &&
        (local.host === 0 || local.host === to.host),
    )
  }
}

/** Errors: EACCES (in none of the groups of net.ipv4.ping_group_range). */
export function checkPingGroup({ creds, namespaces }: Task): void {
  const [low, high] = namespaces.net.control('net/ipv4/ping_group_range', NO_GROUPS)
  for (const group of [creds.egid, ...creds.groups]) if (group >= low! && group <= high!) return
  throw EACCES
}

export class PingSocket extends IcmpSocket {
  readonly hearsAll = false

  constructor(task: Task, domain: number, flags: number) {
    super(task, domain, SOCK_DGRAM, flags)
  }
  protected override get ports(): IdentifierTable {
    return this.net.pings
  }
  override get isShown(): boolean {
    return this.local !== undefined
  }

  /** An echo request; its identifier and checksum are the kernel's. */
  override send(task: Task, message: Outgoing): number {
    this.autobind(task)
    const data = this.take(message, MAX_PACKET)
    const type = echoRequest(this.version)
    if (data.length < ICMP_HEADER || data[0] !== type || data[1] !== 0) throw EINVAL
    const to = message.to ? this.checked(message.to) : this.remote
    if (to === undefined) throw EDESTADDRREQ
    const header = this.headerFor(task, message, to)
    const { from } = header
    data[4] = from.port >> 8
    data[5] = from.port & 0xff
    seal(data, from, to)
    receiveIcmp(this.net, { data, ...header })
    return data.length
  }
  override hear(packet: IcmpPacket): void {
    this.deliver({ ...packet, from: { ...packet.from, port: 0 } })
  }
}
