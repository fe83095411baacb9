// socket, socketpair, bind, listen, accept, connect, names, shutdown, options. (syscalls)
// Linux net/socket.c.

import {
  type Addr,
  EAGAIN,
  EINTR,
  EINVAL,
  ENOTSOCK,
  ERESTARTSYS,
  POLLIN,
  SO_RCVBUF,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_TYPE_MASK,
  SOL_SOCKET,
} from '@tsvisor/abi'
import { type Blocking, type Result, sleep } from '../kernel/blocking.ts'
import { createSocket, createSocketPair } from '../socket/families.ts'
import { readAddress, writeAddress } from '../socket/guest-address.ts'
import { Socket } from '../socket/socket.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'
import { installFd, installNew, uninstallFd } from './install-fd.ts'

/** Errors: EBADF, ENOTSOCK. */
export function socketAt(task: Task, fd: number): Socket {
  const file = task.fds.get(fd)
  if (!(file instanceof Socket)) throw ENOTSOCK
  return file
}

function splitType(type: number): { type: number; flags: number; closeOnExec: boolean } {
  if (type & ~(SOCK_TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK)) throw EINVAL
  return {
    type: type & SOCK_TYPE_MASK,
    flags: type & SOCK_NONBLOCK,
    closeOnExec: (type & SOCK_CLOEXEC) !== 0,
  }
}

export const socket: Handler<'socket'> = (task, { domain, type, protocol }) => {
  const split = splitType(type)
  return installNew(
    task,
    createSocket(task, domain, split.type, protocol, split.flags),
    split.closeOnExec,
  )
}

export const socketpair: Handler<'socketpair'> = (task, { domain, type, protocol, sv }) => {
  const split = splitType(type)
  const [a, b] = createSocketPair(task, domain, split.type, protocol, split.flags)
  const fds: number[] = []
  try {
    for (const one of [a, b]) fds.push(installFd(task, one, split.closeOnExec))
    const pair = new Uint8Array(8)
    const view = new DataView(pair.buffer)
    fds.forEach((fd, i) => {
      view.setInt32(i * 4, fd, true)
    })
    task.mm.write(sv, pair)
    return 0
  } catch (error) {
    for (const fd of fds) uninstallFd(task, fd)
    for (const one of [a, b].slice(fds.length)) one.release()
    throw error
  }
}

export const bind: Handler<'bind'> = (task, { sockfd, addr, addrlen }) => {
  const file = socketAt(task, sockfd)
  file.bind(task, readAddress(task, addr, addrlen))
  return 0
}

export const listen: Handler<'listen'> = (task, { sockfd, backlog }) => {
  socketAt(task, sockfd).listen(task, backlog)
  return 0
}

export const connect: Handler<'connect'> = (task, { sockfd, addr, addrlen }) => {
  const file = socketAt(task, sockfd)
  const result = file.connect(task, readAddress(task, addr, addrlen))
  return typeof result === 'number' ? result : held(file, result)
}
function* held(file: Socket, body: Blocking): Blocking {
  file.hold()
  try {
    return yield* body
  } finally {
    file.release()
  }
}

export const accept: Handler<'accept'> = (task, { sockfd, addr, addrlen }) =>
  acceptOn(task, sockfd, addr, addrlen, 0)

export const accept4: Handler<'accept4'> = (task, { sockfd, addr, addrlen, flags }) =>
  acceptOn(task, sockfd, addr, addrlen, flags)

function acceptOn(task: Task, fd: number, addr: Addr, addrlen: Addr, flags: number): Result {
  if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) throw EINVAL
  const listener = socketAt(task, fd)
  const accepted = listener.accept(task, flags)
  if (accepted) return deliver(task, accepted, addr, addrlen, flags)
  if (listener.nonBlocking) throw EAGAIN
  return held(listener, acceptLater(task, listener, addr, addrlen, flags))
}
function* acceptLater(
  task: Task,
  listener: Socket,
  addr: Addr,
  addrlen: Addr,
  flags: number,
): Blocking {
  const deadlineNs = listener.readDeadlineNs(task.kernel.clock.monotonicNs())
  for (;;) {
    const why = yield sleep(listener.queue, POLLIN | 0x2038, deadlineNs)
    const accepted = listener.accept(task, flags)
    if (accepted) return deliver(task, accepted, addr, addrlen, flags)
    if (why === 'timeout') throw EAGAIN
    if (why === 'signal') throw deadlineNs === undefined ? ERESTARTSYS : EINTR
  }
}
function deliver(task: Task, file: Socket, addr: Addr, addrlen: Addr, flags: number): number {
  try {
    if (addr !== 0) writeAddress(task, addr, addrlen, file.acceptedFrom(task))
  } catch (error) {
    file.release()
    throw error
  }
  return installNew(task, file, (flags & SOCK_CLOEXEC) !== 0)
}

export const getsockname: Handler<'getsockname'> = (task, { sockfd, addr, addrlen }) => {
  writeAddress(task, addr, addrlen, socketAt(task, sockfd).localAddress(task))
  return 0
}
export const getpeername: Handler<'getpeername'> = (task, { sockfd, addr, addrlen }) => {
  writeAddress(task, addr, addrlen, socketAt(task, sockfd).peerAddress(task))
  return 0
}

export const shutdown: Handler<'shutdown'> = (task, { sockfd, how }) => {
  socketAt(task, sockfd).shutdown(task, how)
  return 0
}

/** The longest value of an option that anything is read of: a source filter of version 6, bytes. */
const MOST_VALUE = 16_384

export const setsockopt: Handler<'setsockopt'> = (task, args) => {
  const { sockfd, level, optname, optval, optlen } = args
  if (optlen < 0) throw EINVAL
  const file = socketAt(task, sockfd)
  const value = task.mm.readBytes(optval, Math.min(optlen, MOST_VALUE))
  if (!file.setOption(task, level, optname, value)) {
    file.options.set(task, file, optname, value)
    if (optname === SO_RCVBUF) file.queue.notify()
  }
  return 0
}

/** The most that an option reads of where its answer goes: struct group_filter, bytes. */
const QUESTION = 144

export const getsockopt: Handler<'getsockopt'> = (task, args) => {
  const { sockfd, level, optname, optval, optlen } = args
  const file = socketAt(task, sockfd)
  const room = task.mm.readI32(optlen)
  if (room < 0) throw EINVAL
  const value =
    file.getOption(task, level, optname, room, () =>
      task.mm.readBytes(optval, Math.min(room, QUESTION)),
    ) ?? (level === SOL_SOCKET ? file.options.get(file, optname, room) : new Uint8Array(0))
  const stored = value.subarray(0, room)
  task.mm.write(optval, stored)
  task.mm.writeU32(optlen, file.optionLength(level, optname) ?? stored.length)
  return 0
}
