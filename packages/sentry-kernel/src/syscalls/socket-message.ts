// sendto, recvfrom, sendmsg, recvmsg, sendmmsg, recvmmsg. (syscalls)
// Linux net/socket.c.

import {
  type Addr,
  EAGAIN,
  EINVAL,
  EMSGSIZE,
  ENOBUFS,
  Errno,
  MSG_CMSG_CLOEXEC,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_WAITFORONE,
} from '@tsvisor/abi'
import type { Blocking, Result } from '../kernel/blocking.ts'
import type { UserIo } from '../mm/io.ts'
import { readControl, writeControl } from '../socket/control.ts'
import { readAddress, writeAddress } from '../socket/guest-address.ts'
import { type Incoming, incoming, NO_CONTROL, NO_FILES } from '../socket/message.ts'
import type { Socket } from '../socket/socket.ts'
import { receiveSome, sendAll } from '../socket/transfer.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'
import { tellRemaining } from './poll.ts'
import { socketAt } from './socket.ts'
import { deadlineIn, readTimespecNs } from './time-out.ts'

/** sizeof(struct msghdr) and mmsghdr; UIO_MAXIOV. */
const MSGHDR = 56
const MMSGHDR = 64
const MAX_VECTORS = 1024
const MAX_CONTROL = 0x7fff_ffff

export const sendto: Handler<'sendto'> = (task, args) => {
  const { sockfd, buf, len, flags, dest_addr, addrlen } = args
  const source = task.mm.io(buf, len)
  const socket = socketAt(task, sockfd)
  const to = dest_addr === 0 ? undefined : readAddress(task, dest_addr, addrlen)
  const beside = { files: NO_FILES, credentials: undefined, control: NO_CONTROL }
  return sendAll(task, socket, { source, flags, to, ...beside })
}

export const recvfrom: Handler<'recvfrom'> = (task, args) => {
  const { sockfd, buf, len, flags, src_addr, addrlen } = args
  const target = task.mm.io(buf, len)
  const socket = socketAt(task, sockfd)
  const message = incoming(target, flags)
  return then(receiveSome(task, socket, message), count => {
    dropFiles(message)
    if (src_addr !== 0) writeAddress(task, src_addr, addrlen, message.from ?? new Uint8Array(0))
    return count
  })
}

/** A struct msghdr, copied in once. */
interface Header {
  readonly name: Addr
  readonly nameLength: number
  readonly io: UserIo
  readonly control: Addr
  readonly controlLength: number
}

function readHeader(task: Task, addr: Addr): Header {
  const view = new DataView(task.mm.readBytes(addr, MSGHDR).buffer)
  const word = (at: number) =>
    view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true)
  const name = word(0) as Addr
  const nameLength = name === 0 ? 0 : view.getInt32(8, true)
  if (nameLength < 0) throw EINVAL
  const count = word(24)
  if (count > MAX_VECTORS) throw EMSGSIZE
  const io = task.mm.ioVector(word(16) as Addr, count)
  const control = word(32) as Addr
  return { name, nameLength: Math.min(nameLength, 128), io, control, controlLength: word(40) }
}

export const sendmsg: Handler<'sendmsg'> = (task, { sockfd, msg, flags }) =>
  sendOne(task, socketAt(task, sockfd), msg, flags)

function sendOne(task: Task, socket: Socket, addr: Addr, flags: number): Result {
  const header = readHeader(task, addr)
  if (header.controlLength > MAX_CONTROL) throw ENOBUFS
  const to =
    header.name === 0 || header.nameLength === 0
      ? undefined
      : readAddress(task, header.name, header.nameLength)
  const beside = readControl(task, socket, header.control, header.controlLength)
  return sendAll(task, socket, { source: header.io, flags, to, ...beside })
}

export const recvmsg: Handler<'recvmsg'> = (task, { sockfd, msg, flags }) =>
  receiveOne(task, socketAt(task, sockfd), msg, flags)

function receiveOne(task: Task, socket: Socket, addr: Addr, flags: number): Result {
  const header = readHeader(task, addr)
  if (flags & MSG_ERRQUEUE) throw EAGAIN
  const message = incoming(header.io, flags)
  return then(receiveSome(task, socket, message), count => {
    finishReceive(task, socket, message, header, addr)
    return count
  })
}

function finishReceive(
  task: Task,
  socket: Socket,
  message: Incoming,
  header: Header,
  addr: Addr,
): void {
  try {
    const from = message.from ?? new Uint8Array(0)
    if (header.name !== 0) {
      task.mm.write(header.name, from.subarray(0, header.nameLength))
      task.mm.writeU32((addr + 8) as Addr, from.length)
    }
    const used = writeControl(task, socket, message, header.control, header.controlLength)
    const cmsg = message.flags & MSG_CMSG_CLOEXEC
    task.mm.writeU32((addr + 48) as Addr, (message.outFlags | cmsg) >>> 0)
    task.mm.writeU64((addr + 40) as Addr, used)
  } finally {
    dropFiles(message)
  }
}

function dropFiles(message: Incoming): void {
  const { files } = message
  message.files = NO_FILES
  for (const file of files) file.release()
}

export const sendmmsg: Handler<'sendmmsg'> = (task, { sockfd, msgvec, vlen, flags }) =>
  sendMany(task, socketAt(task, sockfd), msgvec, Math.min(vlen, MAX_VECTORS), flags)

function* sendMany(
  task: Task,
  socket: Socket,
  vector: Addr,
  count: number,
  flags: number,
): Blocking {
  let done = 0
  socket.hold()
  try {
    for (; done < count; done++) {
      const at = (vector + done * MMSGHDR) as Addr
      const result = sendOne(task, socket, at, flags)
      const sent = typeof result === 'number' ? result : yield* result
      task.mm.writeU32((at + MSGHDR) as Addr, sent)
    }
    return done
  } catch (error) {
    if (done > 0 && error instanceof Errno) return done
    throw error
  } finally {
    socket.release()
  }
}

export const recvmmsg: Handler<'recvmmsg'> = (task, args) => {
  const { sockfd, msgvec, vlen, flags, timeout } = args
  const deadlineNs = timeout === 0 ? undefined : deadlineIn(task, readTimespecNs(task, timeout))
  const count = Math.min(vlen, MAX_VECTORS)
  return receiveMany(task, socketAt(task, sockfd), msgvec, count, flags, timeout, deadlineNs)
}

/** The time-out is looked at between messages only, as recvmmsg(2) warns. */
function* receiveMany(
  task: Task,
  socket: Socket,
  vector: Addr,
  count: number,
  flags: number,
  timeout: Addr,
  deadlineNs: number | undefined,
): Blocking {
  let done = 0
  socket.hold()
  const pending = socket.takeError()
  try {
    if (pending !== 0) throw Errno.of(pending)
    while (done < count) {
      const at = (vector + done * MMSGHDR) as Addr
      const wait = done > 0 && flags & MSG_WAITFORONE ? MSG_DONTWAIT : 0
      const result = receiveOne(task, socket, at, (flags & ~MSG_WAITFORONE) | wait)
      const got = typeof result === 'number' ? result : yield* result
      task.mm.writeU32((at + MSGHDR) as Addr, got)
      done++
      if (deadlineNs !== undefined) {
        tellRemaining(task, timeout, deadlineNs, 'timespec')
        if (task.kernel.clock.monotonicNs() >= deadlineNs) break
      }
    }
    return done
  } catch (error) {
    if (done > 0 && error instanceof Errno) {
      if (error !== EAGAIN) socket.options.error = error.code
      return done
    }
    throw error
  } finally {
    socket.release()
  }
}

/** Does `finish` after a result, at once or later. */
function then(result: Result, finish: (count: number) => number): Result {
  return typeof result === 'number' ? finish(result) : thenLater(result, finish)
}
function* thenLater(body: Blocking, finish: (count: number) => number): Blocking {
  return finish(yield* body)
}
