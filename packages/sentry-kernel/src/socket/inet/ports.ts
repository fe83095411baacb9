// Which ports are taken, and by whom. (socket/inet)
// Linux net/ipv4/inet_connection_sock.c: inet_csk_get_port.

import {
  CAP_NET_BIND_SERVICE,
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  SO_REUSEADDR,
  SO_REUSEPORT,
} from '@tsvisor/abi'
import { hasCapabilityIn } from '../../task/credentials.ts'
import type { Task } from '../../task/task.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { type Endpoint, isAny } from './endpoint.ts'
import type { InetSocket } from './inet-socket.ts'

const EPHEMERAL = [32_768, 60_999] as const
const UNPRIVILEGED = [1024] as const

/** Gives sockets their local ends. */
export interface PortSpace {
  /** Gives `socket` the endpoint, with a free port for 0. Errors: EADDRINUSE, EADDRNOTAVAIL, EACCES. */
  bind(task: Task, socket: InetSocket, wanted: Endpoint): Endpoint
  release(socket: InetSocket, endpoint: Endpoint): void
}

export class PortTable implements PortSpace {
  readonly #bound = new Map<number, Set<InetSocket>>()
  readonly #net: NetNamespace
  #next = 0

  constructor(net: NetNamespace) {
    this.#net = net
  }

  bind(task: Task, socket: InetSocket, wanted: Endpoint): Endpoint {
    if (!this.#net.loopback.isLocal(wanted)) throw EADDRNOTAVAIL
    if (wanted.port !== 0) {
      const [free] = this.#net.control('net/ipv4/ip_unprivileged_port_start', UNPRIVILEGED)
      const { userNamespace } = this.#net
      const may = () => hasCapabilityIn(task.creds, userNamespace, CAP_NET_BIND_SERVICE)
      if (wanted.port < free! && !may()) throw EACCES
      if (this.#conflicts(socket, wanted)) throw EADDRINUSE
      return this.#take(socket, wanted)
    }
    const [first, last] = this.#net.control('net/ipv4/ip_local_port_range', EPHEMERAL)
    for (let tries = first!; tries <= last!; tries++) {
      if (this.#next < first! || this.#next > last!) this.#next = first!
      const port = this.#next++
      if (!this.#bound.has(port)) return this.#take(socket, { ...wanted, port })
    }
    throw EADDRINUSE
  }
  #take(socket: InetSocket, endpoint: Endpoint): Endpoint {
    let sockets = this.#bound.get(endpoint.port)
    if (sockets === undefined) this.#bound.set(endpoint.port, (sockets = new Set()))
    sockets.add(socket)
    return endpoint
  }
  release(socket: InetSocket, { port }: Endpoint): void {
    const sockets = this.#bound.get(port)
    sockets?.delete(socket)
    if (sockets?.size === 0) this.#bound.delete(port)
  }

  #conflicts(socket: InetSocket, wanted: Endpoint): boolean {
    // The newest first: who shares with one by SO_REUSEPORT is not held against the others (udp_lib_lport_inuse).
    for (const other of [...(this.#bound.get(wanted.port) ?? [])].reverse()) {
      if (other === socket || other.local === undefined) continue
      if (!overlaps(socket, wanted, other, other.local)) continue
      const both = (option: number) => socket.options.has(option) && other.options.has(option)
      if (both(SO_REUSEADDR) && !other.listening) continue
      if (both(SO_REUSEPORT) && ownerOf(socket) === ownerOf(other)) return false
      return true
    }
    return false
  }

  /**
   * Who receives what `from` sends to an endpoint: who fits best, and of those the newest. Sockets that share
   * the port with SO_REUSEPORT take turns, by where it comes from.
   */
  find(
    to: Endpoint,
    from: Endpoint,
    accepts: (socket: InetSocket) => boolean,
  ): InetSocket | undefined {
    let best: InetSocket | undefined
    let bestScore = -1
    let equals: InetSocket[] | undefined
    for (const socket of this.#bound.get(to.port) ?? []) {
      const score = scoreOf(socket, to)
      if (score < bestScore || score < 0 || !accepts(socket)) continue
      if (score > bestScore) equals = undefined
      else if (best !== undefined) equals = [...(equals ?? [best]), socket]
      best = socket
      bestScore = score
    }
    if (equals === undefined || !best?.options.has(SO_REUSEPORT)) return best
    const sharing = equals.filter(({ options }) => options.has(SO_REUSEPORT))
    return sharing[hashOf(from) % sharing.length]
  }
  /** All whose local end stands for an endpoint. */
  *among(to: Endpoint): Generator<InetSocket> {
    for (const socket of this.#bound.get(to.port) ?? []) if (scoreOf(socket, to) >= 0) yield socket
  }
}

/** Negative: it does not (compute_score). */
function scoreOf(socket: InetSocket, to: Endpoint): number {
  const { local, remote } = socket
  if (local === undefined || !socket.isOnLoopback) return -1
  const isExact = local.version === to.version && local.host === to.host
  if (!isExact) {
    if (!isAny(local)) return -1
    const dual = local.version === 6 && to.version === 4 && !socket.v6only
    if (local.version !== to.version && !dual) return -1
  }
  const isBound = socket.options.interface !== 0
  return (
    (isExact ? 8 : 0) +
    (remote === undefined ? 0 : 4) +
    (isBound ? 2 : 0) +
    (local.version === to.version ? 1 : 0)
  )
}
const ownerOf = ({ inode }: InetSocket): number => inode.attr().uid
/** Spreads ports that follow each other. */
const hashOf = ({ host, port }: Endpoint): number => Math.imul(port ^ host, 0x9e37_79b1) >>> 16

function overlaps(socket: InetSocket, a: Endpoint, other: InetSocket, b: Endpoint): boolean {
  const [at, otherAt] = [socket.options.interface, other.options.interface]
  if (at !== 0 && otherAt !== 0 && at !== otherAt) return false
  if (a.version === b.version)
    return isAny(a) || isAny(b) || (a.host === b.host && a.group === b.group)
  const [six, owner] = a.version === 6 ? [a, socket] : [b, other]
  return isAny(six) && !owner.v6only
}
