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
    for (const other of this.#bound.get(wanted.port) ?? []) {
      if (other === socket || other.local === undefined) continue
      if (!overlaps(socket, wanted, other, other.local)) continue
      const both = (option: number) => socket.options.has(option) && other.options.has(option)
      if (both(SO_REUSEPORT)) continue
      if (both(SO_REUSEADDR) && !other.listening) continue
      return true
    }
    return false
  }

  /** Who receives what is sent to an endpoint: an exact match before one for any address. */
  find(to: Endpoint, accepts: (socket: InetSocket) => boolean): InetSocket | undefined {
    let best: InetSocket | undefined
    for (const socket of this.#bound.get(to.port) ?? []) {
      const { local } = socket
      if (local === undefined || !accepts(socket)) continue
      if (local.version === to.version && local.host === to.host) return socket
      const dual = local.version === 6 && to.version === 4 && !socket.v6only
      if (isAny(local) && (local.version === to.version || dual)) best ??= socket
    }
    return best
  }
}

function overlaps(socket: InetSocket, a: Endpoint, other: InetSocket, b: Endpoint): boolean {
  if (a.version === b.version) return isAny(a) || isAny(b) || a.host === b.host
  const [six, owner] = a.version === 6 ? [a, socket] : [b, other]
  return isAny(six) && !owner.v6only
}
