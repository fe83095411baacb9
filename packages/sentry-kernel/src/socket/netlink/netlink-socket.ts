// AF_NETLINK, NETLINK_ROUTE: enough to ask for interfaces and addresses. (socket/netlink)
// Linux net/netlink/af_netlink.c; netlink(7).

import {
  type Addr,
  AF_INET,
  AF_NETLINK,
  CAP_NET_ADMIN,
  ECONNREFUSED,
  EEXIST,
  EINVAL,
  ENODEV,
  ENOTTY,
  EOPNOTSUPP,
  EPERM,
  EPROTONOSUPPORT,
  type Errno,
  ESOCKTNOSUPPORT,
  FIONREAD,
  IFA_LOCAL,
  IFLA_ALT_IFNAME,
  IFLA_IFNAME,
  MSG_PEEK,
  MSG_TRUNC,
  NETLINK_ROUTE,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  NLMSG_MIN_TYPE,
  RTM_GETADDR,
  RTM_GETLINK,
  RTM_GETNEIGH,
  RTM_GETNSID,
  RTM_GETROUTE,
  RTM_GETRULE,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_SETLINK,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_NETLINK,
} from '@tsvisor/abi'
import { READABLE, WRITABLE } from '../../fs/poll-events.ts'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import { byteString } from '../../mm/user-memory.ts'
import { hasCapabilityIn } from '../../task/credentials.ts'
import type { Task } from '../../task/task.ts'
import type { ProtocolFamily } from '../families.ts'
import { LO_INDEX, LO_NAME } from '../loopback.ts'
import { type Incoming, NOBODY, type Outgoing } from '../message.ts'
import { familyOf, Socket } from '../socket.ts'
import { int } from '../socket-options.ts'
import {
  addressMessages,
  doneMessage,
  errorMessage,
  LOCALHOST,
  linkMessage,
  noNumberMessage,
  type RequestId,
} from './route-messages.ts'

const HEADER = 16
/** sizeof(struct ifinfomsg), sizeof(struct ifaddrmsg), sizeof(struct rtattr) */
const IFINFOMSG = 16
const IFADDRMSG = 8
const ATTRIBUTE = 4
/** sizeof(struct sockaddr_nl) */
const ADDRESS = 12
/** One datagram of a dump holds about this much. */
const DUMP_SIZE = 8192

export class NetlinkSocket extends Socket {
  port = 0
  /** The first 32, as bits. */
  groups = 0
  #inbox: Uint8Array[] = []

  constructor(task: Task, type: number, protocol: number, flags: number) {
    super(task, { domain: AF_NETLINK, type, protocol }, flags)
  }
  protected override close(): void {
    this.net.netlinkPorts.delete(this.port)
    this.#inbox = []
  }

  override bind(task: Task, address: Uint8Array): void {
    const view = parse(address)
    this.#takePort(task, view.getUint32(4, true))
    this.groups = view.getUint32(8, true)
  }
  #takePort(task: Task, wanted: number): void {
    if (this.port !== 0) {
      if (wanted !== 0 && wanted !== this.port) throw EINVAL
      return
    }
    let port = wanted || task.group.leader.pid.in(task.pidNamespace)
    while (this.net.netlinkPorts.has(port)) port = (port - 1) >>> 0 || 0xffff_ffff
    this.net.netlinkPorts.add(port)
    this.port = port
  }
  override connect(task: Task, address: Uint8Array): number {
    parse(address)
    this.#takePort(task, 0)
    return 0
  }
  override localAddress(_task: Task): Uint8Array {
    return encode(this.port, this.groups)
  }
  override peerAddress(_task: Task): Uint8Array {
    return encode(0, 0)
  }
  override shutdown(): void {
    throw EOPNOTSUPP
  }

  /** Requests to the kernel; its answers are queued at once. */
  override send(task: Task, message: Outgoing): number {
    if (message.to) {
      const view = parse(message.to)
      if (view.getUint32(4, true) !== 0) throw ECONNREFUSED
    }
    this.#takePort(task, 0)
    const data = new Uint8Array(message.source.remaining)
    const taken = data.length === 0 ? 0 : message.source.take(data)
    const view = new DataView(data.buffer)
    for (let at = 0; at + HEADER <= taken; ) {
      const length = view.getUint32(at, true)
      if (length < HEADER || at + length > taken) break
      this.#request(task, data.subarray(at, at + length))
      at += (length + 3) & ~3
    }
    return taken
  }
  #request(task: Task, data: Uint8Array): void {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
    const type = view.getUint16(4, true)
    const flags = view.getUint16(6, true)
    const id = { sequence: view.getUint32(8, true), port: this.port }
    if (!(flags & NLM_F_REQUEST) || type < NLMSG_MIN_TYPE) {
      if (flags & NLM_F_ACK) this.#answer([errorMessage(id, 0, data)])
      return
    }
    const dump = (flags & NLM_F_DUMP) === NLM_F_DUMP
    const family = data.length > HEADER ? data[HEADER]! : 0
    if (dump) {
      this.#dump(type, family, id, data)
      return
    }
    const { loopback } = this.net
    if (type === RTM_GETLINK) {
      const message = namesLoopback(data) ? linkMessage(id, 0, loopback) : undefined
      this.#answer([message ?? errorMessage(id, ENODEV.code, data)])
      return
    }
    if (type === RTM_GETNSID) {
      this.#answer([noNumberMessage(id)])
      return
    }
    // Every fourth type asks, the others change things (NEW, DEL, GET, SET).
    const asks = (type & 3) === 2
    const may = asks || hasCapabilityIn(task.creds, this.net.userNamespace, CAP_NET_ADMIN)
    const error = may ? this.#change(data) : EPERM
    if (error !== undefined || flags & NLM_F_ACK)
      this.#answer([errorMessage(id, error?.code ?? 0, data)])
  }
  /** Of links, flags alone, and the one address that lo may have; nothing else can be changed here. */
  #change(data: Uint8Array): Errno | undefined {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
    const type = view.getUint16(4, true)
    if (type === RTM_NEWADDR) return this.#addAddress(view)
    if (type !== RTM_NEWLINK && type !== RTM_SETLINK) return EOPNOTSUPP
    if (data.length < HEADER + IFINFOMSG) return EINVAL
    if (!namesLoopback(data))
      return view.getUint16(6, true) & NLM_F_CREATE && type === RTM_NEWLINK ? EOPNOTSUPP : ENODEV
    const { loopback } = this.net
    const flags = view.getUint32(HEADER + 8, true)
    const mask = view.getUint32(HEADER + 12, true) || (flags === 0 ? 0 : ~0)
    loopback.flags = (loopback.flags & ~mask) | (flags & mask)
    return undefined
  }
  /** As `ip addr add 127.0.0.1/8 dev lo`. */
  #addAddress(view: DataView): Errno | undefined {
    if (view.byteLength < HEADER + IFADDRMSG) return EINVAL
    if (view.getInt32(HEADER + 4, true) !== LO_INDEX) return ENODEV
    if (view.getUint8(HEADER) !== AF_INET || view.getUint8(HEADER + 1) !== 8) return EOPNOTSUPP
    const body = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    const local = attributesOf(body, HEADER + IFADDRMSG).get(IFA_LOCAL)
    if (local === undefined) return EINVAL
    if (!isLocalhost(local)) return EOPNOTSUPP
    const { loopback } = this.net
    const flags = view.getUint16(6, true)
    if (loopback.hasAddress(4))
      return (flags & NLM_F_EXCL) !== 0 || (flags & NLM_F_REPLACE) === 0 ? EEXIST : undefined
    loopback.assignAddress()
    return undefined
  }
  #dump(type: number, family: number, id: RequestId, request: Uint8Array): void {
    if (type === RTM_GETLINK) this.#answer([linkMessage(id, 2, this.net.loopback)])
    else if (type === RTM_GETADDR) this.#answer(addressMessages(id, family, this.net.loopback))
    else if (type !== RTM_GETROUTE && type !== RTM_GETNEIGH && type !== RTM_GETRULE) {
      this.#answer([errorMessage(id, EOPNOTSUPP.code, request)])
      return
    }
    this.#answer([doneMessage(id)])
  }
  /** Queues messages, several to a datagram. */
  #answer(messages: readonly Uint8Array[]): void {
    let batch = new Uint8Array(0)
    for (const one of messages) {
      if (batch.length + one.length > DUMP_SIZE) {
        this.#inbox.push(batch)
        batch = new Uint8Array(0)
      }
      const longer = new Uint8Array(batch.length + one.length)
      longer.set(batch)
      longer.set(one, batch.length)
      batch = longer
    }
    if (batch.length > 0) this.#inbox.push(batch)
    this.queue.notify(READABLE)
  }

  override receive(_task: Task, message: Incoming): number {
    const first = this.#inbox[0]
    if (first === undefined) return WOULD_BLOCK
    const wanted = Math.min(first.length, message.target.remaining)
    const got = wanted === 0 ? 0 : message.target.put(first.subarray(0, wanted))
    message.from = encode(0, 0)
    message.credentials = { ...NOBODY, uid: 0, gid: 0 }
    if (wanted < first.length) message.outFlags |= MSG_TRUNC
    if (!(message.flags & MSG_PEEK)) this.#inbox.shift()
    return message.flags & MSG_TRUNC ? first.length : got
  }
  override poll(): number {
    return this.#inbox.length > 0 ? READABLE | WRITABLE : WRITABLE
  }

  override getOption(_task: Task, level: number, _name: number): Uint8Array | undefined {
    return level === SOL_NETLINK ? int(0) : undefined
  }
  /** Groups and acknowledgement details: nothing ever changes here that would be told. */
  override setOption(_task: Task, level: number, _name: number, _value: Uint8Array): boolean {
    return level === SOL_NETLINK
  }
  override ioctl(task: Task, request: number, arg: number): number {
    if (request !== FIONREAD) throw ENOTTY
    task.mm.writeU32(arg as Addr, this.#inbox[0]?.length ?? 0)
    return 0
  }
}

/** Whether a message about a link is about lo, by its number or its name. */
function namesLoopback(data: Uint8Array): boolean {
  if (data.length < HEADER + IFINFOMSG) return false
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const index = view.getInt32(HEADER + 4, true)
  if (index !== 0) return index === LO_INDEX
  const known = attributesOf(data, HEADER + IFINFOMSG)
  return [IFLA_IFNAME, IFLA_ALT_IFNAME].some(type => {
    const name = known.get(type)
    return name !== undefined && byteString(name).replace(/\0+$/, '') === LO_NAME
  })
}

/** What follows the head of a message, by type, as far as it is well-formed. */
function attributesOf(data: Uint8Array, from: number): Map<number, Uint8Array> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const found = new Map<number, Uint8Array>()
  for (let at = from; at + ATTRIBUTE <= data.length; ) {
    const length = view.getUint16(at, true)
    if (length < ATTRIBUTE || at + length > data.length) break
    found.set(view.getUint16(at + 2, true), data.subarray(at + ATTRIBUTE, at + length))
    at += (length + 3) & ~3
  }
  return found
}

const isLocalhost = (address: Uint8Array): boolean =>
  address.length === LOCALHOST.length && LOCALHOST.every((byte, i) => address[i] === byte)

/** A sockaddr_nl. Errors: EINVAL. */
function parse(address: Uint8Array): DataView {
  if (address.length < ADDRESS || familyOf(address) !== AF_NETLINK) throw EINVAL
  return new DataView(address.buffer, address.byteOffset, address.byteLength)
}
function encode(port: number, groups: number): Uint8Array {
  const data = new Uint8Array(ADDRESS)
  const view = new DataView(data.buffer)
  view.setUint16(0, AF_NETLINK, true)
  view.setUint32(4, port, true)
  view.setUint32(8, groups, true)
  return data
}

export const netlinkFamily: ProtocolFamily = {
  create(task, type, protocol, flags) {
    if (type !== SOCK_RAW && type !== SOCK_DGRAM) throw ESOCKTNOSUPPORT
    if (protocol !== NETLINK_ROUTE) throw EPROTONOSUPPORT
    return new NetlinkSocket(task, type, protocol, flags)
  },
}
