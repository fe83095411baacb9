// What TCP and UDP sockets share: endpoints and options. (socket/inet)

import {
  type Addr,
  AF_INET6,
  EINVAL,
  ENOPROTOOPT,
  ENOTCONN,
  IPV6_V6ONLY,
  SOL_IPV6,
  SOL_SOCKET,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { interfaceIoctl } from '../interface-ioctl.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { stampIoctl } from '../receive-times.ts'
import { Socket } from '../socket.ts'
import { int } from '../socket-options.ts'
import {
  decodeEndpoint,
  type Endpoint,
  encodeEndpoint,
  V4_LOOPBACK,
  V6_LOOPBACK,
} from './endpoint.ts'
import { defaultOption, StoredOptions } from './inet-options.ts'
import type { PortSpace } from './ports.ts'

export interface InetIdentity {
  readonly domain: number
  readonly type: number
  readonly protocol: number
}

export abstract class InetSocket extends Socket {
  local: Endpoint | undefined
  remote: Endpoint | undefined
  /** bind(2) has named its port (SOCK_BINDPORT_LOCK). */
  isPortNamed = false
  readonly #stored = new StoredOptions()

  constructor(task: Task, identity: InetIdentity, flags: number, net?: NetNamespace) {
    super(task, identity, flags, net)
  }
  protected abstract get ports(): PortSpace
  /** TCP_*, which other protocols use too. */
  abstract get connectionState(): number
  /** Bytes that wait to be read, or connections to be accepted. */
  abstract get receiveQueue(): number
  /** Whether /proc/net has it. */
  abstract get isShown(): boolean

  get v6only(): boolean {
    return this.stored(SOL_IPV6, IPV6_V6ONLY) !== 0
  }
  /** The value of an option that is an int; 0 when it has none. */
  stored(level: number, name: number): number {
    return this.#stored.get(level, name, 0)
  }
  protected get any(): Endpoint {
    return { version: this.domain === AF_INET6 ? 6 : 4, host: 0, port: 0 }
  }

  override bind(task: Task, address: Uint8Array): void {
    if (this.local) throw EINVAL
    const wanted = decodeEndpoint(address, this.domain)
    this.local = this.ports.bind(task, this, wanted)
    this.isPortNamed = wanted.port !== 0
    // An address of version 6 settles it (__inet6_bind).
    if (wanted.version === 6 && wanted.host !== 0)
      this.#stored.set(SOL_IPV6, IPV6_V6ONLY, int(1), this.socketType)
  }
  protected autobind(task: Task): Endpoint {
    this.local ??= this.ports.bind(task, this, this.any)
    return this.local
  }
  /** The address that packets to `to` come from. */
  protected sourceFor(task: Task, to: Endpoint): Endpoint {
    const local = this.autobind(task)
    if (local.host !== 0) return local
    // What comes with the route to 127.0.0.0/8 (fib_prefsrc).
    const host = to.version === 4 ? V4_LOOPBACK : V6_LOOPBACK
    return { version: to.version, host, port: local.port }
  }
  /** A destination; the unspecified address means the socket's own one, or this machine. */
  protected destination(address: Uint8Array): Endpoint {
    const to = decodeEndpoint(address, this.domain)
    if (to.host !== 0) return to
    const { local } = this
    if (local?.version === to.version && local.host !== 0) return { ...to, host: local.host }
    return { ...to, host: to.version === 6 ? V6_LOOPBACK : V4_LOOPBACK }
  }
  protected unbind(): void {
    if (this.local) this.ports.release(this, this.local)
  }

  override localAddress(_task: Task): Uint8Array {
    return this.shownLocal
  }
  override peerAddress(_task: Task): Uint8Array {
    if (this.remote === undefined || this.remote.port === 0) throw ENOTCONN
    return encodeEndpoint(this.remote, this.domain)
  }

  /** As /proc/net has them. */
  get shownLocal(): Uint8Array {
    return encodeEndpoint(this.local ?? this.any, this.domain)
  }
  get shownRemote(): Uint8Array {
    return encodeEndpoint(this.remote ?? this.any, this.domain)
  }

  override getOption(_task: Task, level: number, name: number): Uint8Array | undefined {
    if (level === SOL_SOCKET) return undefined
    const fallback = this.#defaultFor(level, name)
    if (typeof fallback !== 'number') return this.#stored.getBytes(level, name, fallback)
    return int(this.#stored.get(level, name, fallback))
  }
  override setOption(_task: Task, level: number, name: number, value: Uint8Array): boolean {
    if (level === SOL_SOCKET) return false
    const fallback = this.#defaultFor(level, name)
    if (typeof fallback !== 'number') {
      this.#stored.setBytes(level, name, value)
      return true
    }
    if (level === SOL_IPV6 && name === IPV6_V6ONLY && this.local) throw EINVAL
    this.#stored.set(level, name, value, this.socketType)
    return true
  }
  #defaultFor(level: number, name: number): number | Uint8Array {
    const known = this.optionValue(level, name) ?? defaultOption(level, name, this)
    if (known === undefined) throw ENOPROTOOPT
    return known
  }
  /** A protocol's own options: a default to store over, or bytes that are only read. */
  protected optionValue(_level: number, _name: number): number | Uint8Array | undefined {
    return undefined
  }

  override ioctl(task: Task, request: number, arg: number): number {
    return (
      stampIoctl(task, this.options.times, request, arg as Addr) ??
      interfaceIoctl(this.net, task, request, arg)
    )
  }
}
