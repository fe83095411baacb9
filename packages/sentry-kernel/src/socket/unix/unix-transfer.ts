// Sending and receiving through unix sockets. (socket/unix)
// Linux net/unix/af_unix.c: unix_stream_sendmsg, unix_dgram_sendmsg, unix_stream_read_generic.

import {
  ECONNREFUSED,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
  EPROTOTYPE,
  Errno,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SIGPIPE,
  SO_PASSCRED,
  SOCK_SEQPACKET,
} from '@tsvisor/abi'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import { raise } from '../../signal/raise.ts'
import type { Task } from '../../task/task.ts'
import {
  credentialsOf,
  type Incoming,
  NO_FILES,
  type Outgoing,
  type PeerCredentials,
} from '../message.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../socket.ts'
import { findUnixSocket, parseUnixAddress } from './unix-address.ts'
import { chargeOf, type UnixMessage } from './unix-queue.ts'
import type { UnixSocket } from './unix-socket.ts'

/** Bytes of a stream in one message at most: a head page and 32 KiB of fragments. */
const MAX_PIECE = 36_544

export function sendStream(socket: UnixSocket, task: Task, message: Outgoing): number {
  if (message.flags & MSG_OOB) throw EOPNOTSUPP
  if (message.to) throw socket.state === 'connected' ? EISCONN : EOPNOTSUPP
  const { peer } = socket
  if (peer === undefined) throw ENOTCONN
  const { source } = message
  let total = 0
  let { files } = message
  if (socket.shutdownMask & SEND_SHUTDOWN) throw broken(task, message.flags)
  const sndbuf = socket.options.sendBuffer
  while (source.remaining > 0) {
    if (peer.closed || peer.shutdownMask & RCV_SHUTDOWN) {
      if (total > 0) break
      throw broken(task, message.flags)
    }
    if (socket.charged >= sndbuf) break
    const data = new Uint8Array(Math.min(source.remaining, (sndbuf >> 1) - 64, MAX_PIECE))
    let taken: number
    try {
      taken = source.take(data)
    } catch (error) {
      if (total > 0) break
      throw error
    }
    const piece = taken === data.length ? data : data.subarray(0, taken)
    peer.deliver(newMessage(socket, peer, task, message, piece, files))
    files = NO_FILES
    total += taken
    if (taken < data.length) break
  }
  return total === 0 && source.remaining > 0 ? WOULD_BLOCK : total
}

export function sendMessage(socket: UnixSocket, task: Task, message: Outgoing): number {
  if (message.flags & MSG_OOB) throw EOPNOTSUPP
  throwPending(socket)
  const connected = socket.socketType === SOCK_SEQPACKET
  if (connected && socket.state !== 'connected') throw ENOTCONN
  // A seqpacket ignores the address, as unix_seqpacket_sendmsg does.
  const peer = message.to && !connected ? destination(socket, task, message.to) : socket.peer
  if (peer === undefined) throw ENOTCONN
  socket.nameIfPassing()
  const length = message.source.remaining
  if (length > socket.options.sendBuffer - 32) throw EMSGSIZE
  if (peer.closed) {
    if (connected) throw EPIPE
    if (peer === socket.peer) socket.forgetPeer()
    throw ECONNREFUSED
  }
  if (!connected && !peer.acceptsFrom(socket)) throw EPERM
  if (peer.shutdownMask & RCV_SHUTDOWN || socket.shutdownMask & SEND_SHUTDOWN) throw EPIPE
  if (socket.charged >= socket.options.sendBuffer || (!connected && peer.fullFor(socket)))
    return WOULD_BLOCK
  const data = new Uint8Array(length)
  const taken = length === 0 ? 0 : message.source.take(data)
  if (taken < length) message.source.untake(taken)
  peer.deliver(newMessage(socket, peer, task, message, data.subarray(0, taken), message.files))
  return taken
}

const NO_ADDRESS = new Uint8Array(0)

function destination(socket: UnixSocket, task: Task, to: Uint8Array): UnixSocket {
  const peer = findUnixSocket(task, parseUnixAddress(to), socket)
  if (peer.socketType !== socket.socketType) throw EPROTOTYPE
  return peer
}

function newMessage(
  sender: UnixSocket,
  receiver: UnixSocket,
  task: Task,
  message: Outgoing,
  data: Uint8Array,
  files: Outgoing['files'],
): UnixMessage {
  return {
    data,
    start: 0,
    charge: chargeOf(data.length, sender.isStream ? 'stream' : 'datagram'),
    sender,
    from: sender.isNamed ? sender.encodedName : NO_ADDRESS,
    files,
    uid: task.creds.uid,
    credentials:
      message.credentials ?? (isCredited(sender, receiver) ? ownCredentials(task) : undefined),
    time: receiver.options.times.wanted ? task.kernel.clock.realtime() : undefined,
  }
}

/** Either end asks for credentials, or may do so when it is accepted (unix_maybe_add_creds). */
const isCredited = (sender: UnixSocket, receiver: UnixSocket): boolean =>
  sender.options.has(SO_PASSCRED) || receiver.options.has(SO_PASSCRED) || !receiver.attached

let lastTask: Task | undefined
let lastCreds: unknown
let lastCredentials: PeerCredentials | undefined
/** The same object while the same task sends: no garbage for each message. */
function ownCredentials(task: Task): PeerCredentials {
  if (task !== lastTask || task.creds !== lastCreds || lastCredentials === undefined) {
    lastTask = task
    lastCreds = task.creds
    lastCredentials = credentialsOf(task)
  }
  return lastCredentials
}

function broken(task: Task, flags: number): Errno {
  if (!(flags & MSG_NOSIGNAL)) raise(task, SIGPIPE)
  return EPIPE
}
function throwPending(socket: UnixSocket): void {
  const code = socket.takeError()
  if (code !== 0) throw Errno.of(code)
}

export function receiveStream(socket: UnixSocket, message: Incoming): number {
  if (message.flags & MSG_OOB) throw EINVAL
  if (socket.state !== 'connected') throw EINVAL
  const { inbox } = socket
  const { target } = message
  const peek = (message.flags & MSG_PEEK) !== 0
  const passCredentials = socket.options.has(SO_PASSCRED)
  let total = 0
  let index = 0
  let found = false
  while (target.remaining > 0 || total === 0) {
    const next = inbox.at(peek ? index++ : 0)
    if (next === undefined) break
    found = true
    if (total > 0 && passCredentials && !sameCredentials(message.credentials, next.credentials))
      break
    if (total === 0) {
      message.credentials = next.credentials
      message.from = next.from
    }
    const wanted = Math.min(next.data.length - next.start, target.remaining)
    let got = 0
    try {
      if (wanted > 0) got = target.put(next.data.subarray(next.start, next.start + wanted))
    } catch (error) {
      if (total === 0) throw error
      break
    }
    total += got
    const hadFiles = next.files.length > 0
    if (peek) {
      if (hadFiles) message.files = next.files.map(file => file.hold())
    } else {
      if (hadFiles) message.files = socket.land(next)
      inbox.consume(got)
      if (next.start === next.data.length) {
        inbox.shift()
        socket.uncharge(next)
      }
    }
    if (hadFiles || got < wanted || target.remaining === 0) break
  }
  if (found) return total
  throwPending(socket)
  return socket.shutdownMask & RCV_SHUTDOWN ? 0 : WOULD_BLOCK
}

const sameCredentials = (a: PeerCredentials | undefined, b: PeerCredentials | undefined): boolean =>
  a === b ||
  (a !== undefined && b !== undefined && a.pid === b.pid && a.uid === b.uid && a.gid === b.gid)

export function receiveMessage(socket: UnixSocket, task: Task, message: Incoming): number {
  if (message.flags & MSG_OOB) throw EOPNOTSUPP
  if (socket.socketType === SOCK_SEQPACKET && socket.state !== 'connected') throw ENOTCONN
  const first = socket.inbox.at(0)
  if (first === undefined) {
    throwPending(socket)
    return socket.shutdownMask & RCV_SHUTDOWN ? 0 : WOULD_BLOCK
  }
  const { target } = message
  const { length } = first.data
  const wanted = Math.min(length, target.remaining)
  const got = wanted === 0 ? 0 : target.put(first.data.subarray(0, wanted))
  message.from = first.from
  message.credentials = first.credentials
  const { times } = socket.options
  if (times.wanted) message.control = times.tell(first.time ?? task.kernel.clock.realtime())
  if (wanted < length) message.outFlags |= MSG_TRUNC
  if (message.flags & MSG_PEEK) message.files = first.files.map(file => file.hold())
  else {
    socket.inbox.shift()
    message.files = socket.land(first)
    socket.uncharge(first)
  }
  return message.flags & MSG_TRUNC ? length : got
}
