// SOL_SOCKET options: what all sockets store. (socket)
// Linux net/core/sock.c: sk_setsockopt, sk_getsockopt; socket(7).

import {
  AF_NETLINK,
  AF_UNIX,
  CAP_NET_ADMIN,
  EDOM,
  EINVAL,
  ENOPROTOOPT,
  EOPNOTSUPP,
  EPERM,
  SO_ACCEPTCONN,
  SO_BINDTODEVICE,
  SO_BINDTOIFINDEX,
  SO_BROADCAST,
  SO_BUF_LOCK,
  SO_BUSY_POLL,
  SO_COOKIE,
  SO_DEBUG,
  SO_DOMAIN,
  SO_DONTROUTE,
  SO_ERROR,
  SO_INCOMING_CPU,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_MARK,
  SO_NO_CHECK,
  SO_OOBINLINE,
  SO_PASSCRED,
  SO_PASSSEC,
  SO_PRIORITY,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_RCVTIMEO_NEW,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_SNDLOWAT,
  SO_SNDTIMEO,
  SO_SNDTIMEO_NEW,
  SO_TYPE,
  SO_ZEROCOPY,
} from '@tsvisor/abi'
import { hasCapabilityIn } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { bindToDevice, bindToIndex, boundDevice } from './device-binding.ts'
import { ReceiveTimes } from './receive-times.ts'
import type { Socket } from './socket.ts'

/** net.core.wmem_default, rmem_default, wmem_max and rmem_max. */
export const DEFAULT_BUFFER = 212_992
const MIN_SNDBUF = 4608
const MIN_RCVBUF = 2304

/** Options that are a flag, and mean nothing further to the sockets of this kernel. */
const FLAGS: readonly number[] = [
  SO_BROADCAST,
  SO_DEBUG,
  SO_DONTROUTE,
  SO_KEEPALIVE,
  SO_NO_CHECK,
  SO_OOBINLINE,
  SO_PASSCRED,
  SO_PASSSEC,
  SO_REUSEADDR,
  SO_REUSEPORT,
]

export class SocketOptions {
  /** A pending error, positive; 0 for none. */
  error = 0
  sendBuffer = DEFAULT_BUFFER
  receiveBuffer = DEFAULT_BUFFER
  /** Somebody set it: it stays as it is (SOCK_SNDBUF_LOCK). */
  sendBufferLocked = false
  /** 0: none. */
  receiveTimeoutNs = 0
  sendTimeoutNs = 0
  linger = { on: 0, seconds: 0 }
  receiveLowWater = 1
  priority = 0
  mark = 0
  /** The number of the interface that it is bound to; 0: none (sk_bound_dev_if). */
  interface = 0
  /** Microseconds; nothing here is ever polled busily. */
  busyPoll = 0
  readonly times = new ReceiveTimes()
  readonly #flags = new Set<number>()
  readonly #type: number

  constructor(type: number) {
    this.#type = type
  }
  has(flag: number): boolean {
    return this.#flags.has(flag)
  }
  turnOn(flag: number): void {
    this.#flags.add(flag)
  }
  /** What an accepted socket takes over from its listener. */
  inherit(from: SocketOptions): void {
    this.sendBuffer = from.sendBuffer
    this.receiveBuffer = from.receiveBuffer
    this.sendBufferLocked = from.sendBufferLocked
    this.receiveTimeoutNs = from.receiveTimeoutNs
    this.sendTimeoutNs = from.sendTimeoutNs
    this.linger = from.linger
    this.interface = from.interface
    this.times.inherit(from.times)
    for (const flag of from.#flags) this.#flags.add(flag)
  }

  #setSendBuffer(bytes: number): void {
    this.sendBuffer = Math.max(bytes * 2, MIN_SNDBUF)
    this.sendBufferLocked = true
  }
  /** SO_* of SOL_SOCKET; `room`: bytes for the answer. Errors: ENOPROTOOPT, EINVAL, ENODEV. */
  get(socket: Socket, name: number, room: number): Uint8Array {
    if (name === SO_PASSCRED) checkLocal(socket)
    if (ReceiveTimes.isOption(name)) return int(this.times.get(name) ? 1 : 0)
    if (FLAGS.includes(name)) return int(this.#flags.has(name) ? 1 : 0)
    switch (name) {
      case SO_TYPE:
        return int(this.#type)
      case SO_DOMAIN:
        return int(socket.domain)
      case SO_PROTOCOL:
        return int(socket.protocol)
      case SO_ERROR:
        return int(socket.takeError())
      case SO_ACCEPTCONN:
        return int(socket.listening ? 1 : 0)
      case SO_SNDBUF:
        return int(this.sendBuffer)
      case SO_RCVBUF:
        return int(this.receiveBuffer)
      case SO_RCVLOWAT:
        return int(this.receiveLowWater)
      case SO_SNDLOWAT:
        return int(1)
      case SO_PRIORITY:
        return int(this.priority)
      case SO_MARK:
        return int(this.mark)
      case SO_BUSY_POLL:
        return int(this.busyPoll)
      case SO_LINGER:
        return ints(this.linger.on, this.linger.seconds)
      case SO_RCVTIMEO:
      case SO_RCVTIMEO_NEW:
        return timeval(this.receiveTimeoutNs)
      case SO_SNDTIMEO:
      case SO_SNDTIMEO_NEW:
        return timeval(this.sendTimeoutNs)
      case SO_BINDTODEVICE:
        return boundDevice(this.interface, room)
      case SO_BINDTOIFINDEX:
        return int(this.interface)
      case SO_COOKIE: {
        const cookie = new Uint8Array(8)
        new DataView(cookie.buffer).setUint32(0, socket.inode.attr().ino, true)
        return cookie
      }
      case SO_INCOMING_CPU:
      case SO_BUF_LOCK:
      case SO_ZEROCOPY:
        return int(0)
      default:
        throw ENOPROTOOPT
    }
  }

  /** Errors: ENOPROTOOPT, EINVAL (too short), EPERM, EDOM, ENODEV. */
  set(task: Task, socket: Socket, name: number, value: Uint8Array): void {
    if (name === SO_BINDTODEVICE) {
      bindToDevice(task, socket, value)
      return
    }
    if (value.length < 4) throw EINVAL
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
    const number = view.getInt32(0, true)
    if (name === SO_PASSCRED) checkLocal(socket)
    if (ReceiveTimes.isOption(name)) {
      this.times.set(name, number === 0 ? 'off' : 'on')
      return
    }
    if (FLAGS.includes(name)) {
      if (number !== 0) this.#flags.add(name)
      else this.#flags.delete(name)
      return
    }
    const admin = (): void => {
      if (!hasCapabilityIn(task.creds, socket.net.userNamespace, CAP_NET_ADMIN)) throw EPERM
    }
    switch (name) {
      case SO_BINDTOIFINDEX:
        bindToIndex(task, socket, number)
        return
      case SO_SNDBUFFORCE:
        admin()
        this.#setSendBuffer(number)
        return
      case SO_RCVBUFFORCE:
        admin()
        this.receiveBuffer = Math.max(number * 2, MIN_RCVBUF)
        return
      case SO_SNDBUF:
        this.#setSendBuffer(Math.min(number >>> 0, DEFAULT_BUFFER))
        return
      case SO_RCVBUF:
        this.receiveBuffer = Math.max(Math.min(number >>> 0, DEFAULT_BUFFER) * 2, MIN_RCVBUF)
        return
      case SO_RCVLOWAT:
        this.receiveLowWater = number < 0 ? 0x7fffffff : number || 1
        return
      case SO_PRIORITY:
        if (number < 0 || number > 6) admin()
        this.priority = number
        return
      case SO_MARK:
        admin()
        this.mark = number
        return
      case SO_BUSY_POLL:
        if (number < 0) throw EINVAL
        if (number > this.busyPoll) admin()
        this.busyPoll = number
        return
      case SO_LINGER:
        if (value.length < 8) throw EINVAL
        this.linger = { on: number === 0 ? 0 : 1, seconds: view.getInt32(4, true) }
        return
      case SO_RCVTIMEO:
      case SO_RCVTIMEO_NEW:
        this.receiveTimeoutNs = timevalNs(view)
        return
      case SO_SNDTIMEO:
      case SO_SNDTIMEO_NEW:
        this.sendTimeoutNs = timevalNs(view)
        return
      default:
        throw ENOPROTOOPT
    }
  }
}

/** Only local families pass credentials. Errors: EOPNOTSUPP. */
function checkLocal({ domain }: Socket): void {
  if (domain !== AF_UNIX && domain !== AF_NETLINK) throw EOPNOTSUPP
}

/** Shown as 0, but no wait at all. */
const AT_ONCE_NS = 1

/** sock_set_timeout. 0: no time-out; negative seconds: nobody waits. Errors: EINVAL, EDOM. */
function timevalNs(view: DataView): number {
  if (view.byteLength < 16) throw EINVAL
  const sec = view.getInt32(4, true) * 0x1_0000_0000 + view.getUint32(0, true)
  const usec = view.getInt32(12, true) * 0x1_0000_0000 + view.getUint32(8, true)
  if (usec < 0 || usec >= 1e6) throw EDOM
  return sec < 0 ? AT_ONCE_NS : sec * 1e9 + usec * 1000
}
function timeval(ns: number): Uint8Array {
  const data = new Uint8Array(16)
  const view = new DataView(data.buffer)
  const sec = Math.floor(ns / 1e9)
  view.setUint32(0, sec, true)
  view.setUint32(4, Math.floor(sec / 0x1_0000_0000), true)
  view.setUint32(8, Math.floor((ns % 1e9) / 1000), true)
  return data
}

/** A C int as an option's value. */
export const int = (value: number): Uint8Array => ints(value)
export function ints(...values: readonly number[]): Uint8Array {
  const data = new Uint8Array(values.length * 4)
  const view = new DataView(data.buffer)
  values.forEach((value, i) => {
    view.setInt32(i * 4, value, true)
  })
  return data
}
