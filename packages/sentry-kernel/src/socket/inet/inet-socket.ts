// What TCP and UDP sockets share: endpoints and options. (socket/inet)

import {
  type Addr,
  AF_INET,
  AF_INET6,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EINVAL,
  ENETUNREACH,
  ENODEV,
  ENOPROTOOPT,
  ENOTCONN,
  EOPNOTSUPP,
  type Errno,
  IP_MULTICAST_IF,
  IPV6_V6ONLY,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { interfaceIoctl } from '../interface-ioctl.ts'
import { LO_INDEX } from '../loopback.ts'
import { Ipv4Multicast } from '../multicast/ipv4-multicast.ts'
import { Ipv6Multicast } from '../multicast/ipv6-multicast.ts'
import { multicastGetter, multicastSetter } from '../multicast/options.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { OptionMemory } from '../option-memory.ts'
import { stampIoctl } from '../receive-times.ts'
import { Socket } from '../socket.ts'
import { int } from '../socket-options.ts'
import {
  decodeEndpoint,
  type Endpoint,
  encodeEndpoint,
  isListenedTo,
  routedSource4,
  V4_LOOPBACK,
  V6_LOOPBACK,
} from './endpoint.ts'
import { defaultOption, StoredOptions } from './inet-options.ts'
import type { PortSpace } from './ports.ts'

const nothing = (): Uint8Array => new Uint8Array(0)

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
  /** What a connect took to send from, for a socket that is bound to an address of many; or 0 (inet_saddr). */
  protected chosenSource = 0
  readonly #stored = new StoredOptions()
  readonly #optionMemory = new OptionMemory()
  #multicast: Ipv4Multicast | undefined
  #multicast6: Ipv6Multicast | undefined

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
  /** The value of an option that is an int, or what it starts with. */
  stored(level: number, name: number, initial = 0): number {
    return this.#stored.get(level, name, initial)
  }
  get multicast(): Ipv4Multicast {
    if (this.#multicast === undefined) {
      const state = new Ipv4Multicast(
        this.net.loopback.groups,
        this.#optionMemory,
        this.domain === AF_INET,
      )
      this.onClose(() => state.memberships.leaveAll())
      this.#multicast = state
    }
    return this.#multicast
  }
  get multicast6(): Ipv6Multicast {
    if (this.#multicast6 === undefined) {
      const state = new Ipv6Multicast(this.net.loopback.groups6, this.#optionMemory)
      this.onClose(() => state.memberships.leaveAll())
      this.#multicast6 = state
    }
    return this.#multicast6
  }
  protected get any(): Endpoint {
    return { version: this.domain === AF_INET6 ? 6 : 4, host: 0, port: 0 }
  }

  override bind(task: Task, address: Uint8Array): void {
    const wanted = decodeEndpoint(address, this.domain)
    if (this.#isOnly6(wanted)) throw EINVAL
    if (this.local) throw this.net.loopback.isLocal(wanted) ? EINVAL : EADDRNOTAVAIL
    if (wanted.group !== undefined && this.socketType === SOCK_STREAM) throw EINVAL
    if (wanted.link) this.options.interface = wanted.link
    const { interface: link } = this.options
    if (wanted.link === 0 && link === 0) throw EINVAL
    if (wanted.version === 6 && wanted.host !== 0 && !this.isOnLoopback) throw ENODEV
    this.local = this.ports.bind(task, this, wanted.link === 0 ? { ...wanted, link } : wanted)
    this.isPortNamed = wanted.port !== 0
    // An address of version 6 settles it (__inet6_bind).
    if (wanted.version === 6 && wanted.host !== 0)
      this.#stored.set(SOL_IPV6, IPV6_V6ONLY, int(1), this.socketType)
  }
  protected autobind(task: Task): Endpoint {
    this.local ??= this.ports.bind(task, this, this.any)
    return this.local
  }
  /** Whether it may send by the loopback, and hear what comes there. */
  get isOnLoopback(): boolean {
    const { interface: index } = this.options
    return index === 0 || index === LO_INDEX
  }
  /** An address of one link chooses the interface (__ip6_datagram_connect). Errors: EINVAL (there is none, or another). */
  protected chooseInterface({ link, group }: Endpoint): void {
    if (link === undefined) return
    const { options } = this
    if (link !== 0 && options.interface !== 0 && options.interface !== link) throw EINVAL
    options.interface ||= link
    if (group !== undefined) options.interface ||= this.multicast6.interface
    if (options.interface === 0) throw EINVAL
  }
  /**
   * Why nothing can be sent there. `index`: the interface, 0 for any. Whoever chooses the loopback reaches
   * all (ip_route_output_key_hash_rcu).
   */
  protected refusal(to: Endpoint, index = this.options.interface): Errno | undefined {
    const { loopback } = this.net
    if (index === 0) return loopback.refusal(to)
    if (index !== LO_INDEX) return to.version === 4 ? ENODEV : ENETUNREACH
    if (to.version === 6) return loopback.refusal(to)
    return loopback.up ? undefined : ENETUNREACH
  }
  /** The address that packets to `to` come from; 0 for none. */
  protected sourceFor(task: Task, to: Endpoint): Endpoint {
    const local = this.autobind(task)
    if (local.host !== 0 && !isListenedTo(local)) return local
    const from4 = this.own4 || routedSource4(to)
    const host = to.version === 4 ? from4 : V6_LOOPBACK
    return { version: to.version, host, port: local.port }
  }
  /**
   * A destination; the unspecified address means the socket's own one, or this machine.
   * Errors: ENETUNREACH, EAFNOSUPPORT (of the other version, from an address of this one).
   */
  protected destination(address: Uint8Array): Endpoint {
    const to = decodeEndpoint(address, this.domain)
    if (this.#isOnly6(to)) throw ENETUNREACH
    if (to.host !== 0) {
      if (to.version === 6 && this.local?.version === 4) throw EAFNOSUPPORT
      return to
    }
    if (to.version === 6 && this.local?.version !== 4) return { ...to, host: V6_LOOPBACK }
    return { ...to, version: 4, host: this.own4 || V4_LOOPBACK }
  }
  /** The address of version 4 that it sends from, 0 for none: one of many is only listened to. */
  protected get own4(): number {
    const { local } = this
    if (local === undefined || local.version === 6) return 0
    return isListenedTo(local) ? this.chosenSource : local.host
  }
  /** Whether that is an address of version 4, and the socket takes none. */
  #isOnly6({ version }: Endpoint): boolean {
    return version === 4 && this.domain === AF_INET6 && this.v6only
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

  override getOption(
    _task: Task,
    level: number,
    name: number,
    room = 0,
    asked: () => Uint8Array = nothing,
  ): Uint8Array | undefined {
    if (level === SOL_SOCKET) return undefined
    const isKnown = level === SOL_IP || level === this.protocolLevel
    if (this.domain === AF_INET && !isKnown) throw EOPNOTSUPP
    if (level === SOL_IP && this.#isRaw6) throw ENOPROTOOPT
    const getter = multicastGetter(this, level, name)
    if (getter !== undefined) return shortened(level, name, room, getter(this, asked))
    const fallback = this.#defaultFor(level, name)
    if (typeof fallback !== 'number') return this.#stored.getBytes(level, name, fallback)
    return shortened(level, name, room, int(this.#stored.get(level, name, fallback)))
  }
  override setOption(_task: Task, level: number, name: number, value: Uint8Array): boolean {
    if (level === SOL_SOCKET) return false
    if (level === SOL_IP && this.#isRaw6) throw ENOPROTOOPT
    const setter = multicastSetter(this, level, name)
    if (setter !== undefined) {
      setter(this, value)
      return true
    }
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
  /** The level of the protocol's own options. */
  protected get protocolLevel(): number {
    return this.protocol
  }
  /** Raw sockets of version 6 have no options of version 4. */
  get #isRaw6(): boolean {
    return this.domain === AF_INET6 && this.socketType === SOCK_RAW
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

/** An int of level SOL_IP that fits in a byte is one where there is no room for an int (do_ip_getsockopt). */
function shortened(level: number, name: number, room: number, value: Uint8Array): Uint8Array {
  if (level !== SOL_IP || name === IP_MULTICAST_IF || room >= 4) return value
  return value.length === 4 && value.subarray(1).every(byte => byte === 0)
    ? value.subarray(0, 1)
    : value
}
