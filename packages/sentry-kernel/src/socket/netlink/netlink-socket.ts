// AF_NETLINK: requests to the kernel as datagrams, and its answers. (socket/netlink)
// Linux net/netlink/af_netlink.c; netlink(7).

import {
  type Addr,
  AF_NETLINK,
  ECONNREFUSED,
  EINVAL,
  ENOPROTOOPT,
  ENOTTY,
  EOPNOTSUPP,
  EPROTONOSUPPORT,
  Errno,
  ESOCKTNOSUPPORT,
  FIONREAD,
  MSG_PEEK,
  MSG_TRUNC,
  NETLINK_LIST_MEMBERSHIPS,
  NETLINK_ROUTE,
  NETLINK_SOCK_DIAG,
  NLM_F_ACK,
  NLM_F_REQUEST,
  NLMSG_MIN_TYPE,
  nlmsghdr,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_NETLINK,
  SOL_SOCKET,
} from '@tsvisor/abi'
import { READABLE, WRITABLE } from '../../fs/poll-events.ts'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { Task } from '../../task/task.ts'
import { familyOf } from '../address-family.ts'
import type { ProtocolFamily } from '../families.ts'
import { type Incoming, NOBODY, type Outgoing } from '../message.ts'
import { Socket } from '../socket.ts'
import { doneMessage, errorMessage, HEADER } from './messages.ts'
import { NetlinkOptions } from './netlink-options.ts'
import type { NetlinkProtocol } from './protocol.ts'
import { route } from './route.ts'
import { sockDiag } from './sock-diag.ts'

/** sizeof(struct sockaddr_nl) */
const ADDRESS = 12
/** One datagram of a dump holds about this much. */
const DUMP_SIZE = 8192
/** RTNLGRP_MAX; other protocols have at least as many groups as a sockaddr_nl has bits. */
const ROUTE_GROUPS = 39
const FEWEST_GROUPS = 32

interface NetlinkIdentity {
  readonly type: number
  readonly protocol: number
  readonly answers: NetlinkProtocol
}

export class NetlinkSocket extends Socket {
  port = 0
  readonly #options: NetlinkOptions
  #inbox: Uint8Array[] = []
  readonly #protocol: NetlinkProtocol

  constructor(task: Task, { type, protocol, answers }: NetlinkIdentity, flags: number) {
    super(task, { domain: AF_NETLINK, type, protocol }, flags)
    this.#protocol = answers
    this.#options = new NetlinkOptions(protocol === NETLINK_ROUTE ? ROUTE_GROUPS : FEWEST_GROUPS)
  }
  /** The first 32, as bits. */
  get groups(): number {
    return this.#options.firstGroups
  }
  protected override close(): void {
    this.net.netlinkPorts.delete(this.port)
    this.#inbox = []
  }

  override bind(task: Task, address: Uint8Array): void {
    const view = parse(address)
    const wanted = view.getUint32(4, true)
    if (this.port !== 0 && wanted !== this.port) throw EINVAL
    this.#takePort(task, wanted)
    this.#options.firstGroups = view.getUint32(8, true)
  }
  #takePort(task: Task, wanted: number): void {
    if (this.port !== 0) return
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
    const { nlmsg_type: type, nlmsg_flags: flags, nlmsg_seq } = nlmsghdr.decode(data)
    const id = { sequence: nlmsg_seq, port: this.port }
    let refusal: Errno | undefined
    if (flags & NLM_F_REQUEST && type >= NLMSG_MIN_TYPE) {
      try {
        const { messages, dump } = this.#protocol(task, this.net, { type, flags, id, data })
        const code = dump instanceof Errno ? dump.code : 0
        this.#answer(dump === undefined ? messages : [...messages, doneMessage(id, code)])
        if (dump !== undefined) return
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        refusal = error
      }
    }
    if (refusal !== undefined || flags & NLM_F_ACK)
      this.#answer([errorMessage(id, refusal?.code ?? 0, data)])
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

  override getOption(
    _task: Task,
    level: number,
    name: number,
    room: number,
  ): Uint8Array | undefined {
    if (level === SOL_SOCKET) return undefined
    if (level !== SOL_NETLINK) throw ENOPROTOOPT
    return this.#options.get(name, room)
  }
  override optionLength(level: number, name: number): number | undefined {
    const isList = level === SOL_NETLINK && name === NETLINK_LIST_MEMBERSHIPS
    return isList ? this.#options.listLength : undefined
  }
  /** Nothing ever changes here that groups would be told. */
  override setOption(task: Task, level: number, name: number, value: Uint8Array): boolean {
    if (level === SOL_SOCKET) return false
    if (level !== SOL_NETLINK) throw ENOPROTOOPT
    this.#options.set(task, this.net, name, value)
    return true
  }
  override ioctl(task: Task, request: number, arg: number): number {
    if (request !== FIONREAD) throw ENOTTY
    task.mm.writeU32(arg as Addr, this.#inbox[0]?.length ?? 0)
    return 0
  }
}

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

const PROTOCOLS: Readonly<Record<number, NetlinkProtocol>> = {
  [NETLINK_ROUTE]: route,
  [NETLINK_SOCK_DIAG]: sockDiag,
}

export const netlinkFamily: ProtocolFamily = {
  create(task, type, protocol, flags) {
    if (type !== SOCK_RAW && type !== SOCK_DGRAM) throw ESOCKTNOSUPPORT
    const answers = PROTOCOLS[protocol]
    if (answers === undefined) throw EPROTONOSUPPORT
    return new NetlinkSocket(task, { type, protocol, answers }, flags)
  },
}
