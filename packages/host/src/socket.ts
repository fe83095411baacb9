// Unix sockets: pairs, messages with descriptors, listening and accepting. (host)

import { EINVAL, ENAMETOOLONG } from '@tsvisor/abi'
import { call3, call4, call6 } from './call.ts'
import { addressOf } from './memory.ts'
import { at } from './native.ts'
import { NR } from './nr.ts'
import { scratch, scratchView } from './scratch.ts'

const AF_UNIX = 1
export const SOCK_STREAM = 1
export const SOCK_SEQPACKET = 5
export const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
export const MSG_DONTWAIT = 0x40
export const MSG_NOSIGNAL = 0x4000
/** Of `receivedFlags`: descriptors came for which there was no room, or no number free; they are lost. */
export const MSG_CTRUNC = 0x8
const MSG_CMSG_CLOEXEC = 0x40000000
const SOL_SOCKET = 1
const SCM_RIGHTS = 1

/** socketpair(2) of AF_UNIX, close on exec. */
export const socketpair = (type: number): [number, number] => {
  call4(NR.socketpair, AF_UNIX, type | SOCK_CLOEXEC, 0, at(scratch.address, 0))
  return [scratchView.getInt32(0, true), scratchView.getInt32(4, true)]
}

/** Descriptors that one message can carry (Linux SCM_MAX_FD). */
export const MAX_PASSED_FDS = 253

// Where the parts of a message lie in the scratch buffer: msghdr 56 bytes, one iovec, control.
const HEADER = 0
const VECTOR = 64
const CONTROL = 128
const CONTROL_HEADER = 16
const TWO_32 = 0x1_0000_0000

const wide = (offset: number, value: number): void => {
  scratchView.setUint32(offset, value % TWO_32, true)
  scratchView.setUint32(offset + 4, value / TWO_32, true)
}

const message = (bytes: Uint8Array, controlLength: number): void => {
  scratch.bytes.fill(0, HEADER, CONTROL)
  wide(VECTOR, addressOf(bytes))
  wide(VECTOR + 8, bytes.length)
  wide(HEADER + 16, scratch.address + VECTOR)
  wide(HEADER + 24, 1)
  if (controlLength > 0) wide(HEADER + 32, scratch.address + CONTROL)
  wide(HEADER + 40, controlLength)
}

/**
 * sendmsg(2) on a unix socket with descriptors beside the bytes; returns the bytes sent, which on
 * stream sockets can be fewer: the descriptors went with the first. `flags` MSG_DONTWAIT or 0;
 * SIGPIPE is never raised. Throws EAGAIN, EPIPE, EINTR …
 */
export const sendmsg = (
  fd: number,
  bytes: Uint8Array,
  fds: readonly number[],
  flags: number,
): number => {
  if (fds.length > MAX_PASSED_FDS) throw EINVAL
  const length = fds.length > 0 ? CONTROL_HEADER + fds.length * 4 : 0
  message(bytes, length)
  if (length > 0) {
    wide(CONTROL, length)
    scratchView.setInt32(CONTROL + 8, SOL_SOCKET, true)
    scratchView.setInt32(CONTROL + 12, SCM_RIGHTS, true)
    for (let i = 0; i < fds.length; i++) {
      scratchView.setInt32(CONTROL + CONTROL_HEADER + i * 4, fds[i]!, true)
    }
  }
  return call3(NR.sendmsg, fd, scratch.address, flags | MSG_NOSIGNAL)
}

/**
 * recvmsg(2): fills `target`, appends received descriptors (close on exec) to `fds`, returns the
 * bytes received, 0 at the end. Throws EAGAIN with MSG_DONTWAIT, EINTR …
 */
export const recvmsg = (fd: number, target: Uint8Array, fds: number[], flags: number): number => {
  const room = CONTROL_HEADER + MAX_PASSED_FDS * 4 + 4
  message(target, room)
  const length = call3(NR.recvmsg, fd, scratch.address, flags | MSG_CMSG_CLOEXEC)
  let used = scratchView.getUint32(HEADER + 40, true)
  for (let part = CONTROL; used >= CONTROL_HEADER; ) {
    const size = scratchView.getUint32(part, true)
    if (size < CONTROL_HEADER) break
    const rights =
      scratchView.getInt32(part + 8, true) === SOL_SOCKET &&
      scratchView.getInt32(part + 12, true) === SCM_RIGHTS
    if (rights) {
      for (let i = CONTROL_HEADER; i + 4 <= size; i += 4) {
        fds.push(scratchView.getInt32(part + i, true))
      }
    }
    const step = Math.ceil(size / 8) * 8
    used -= step
    part += step
  }
  return length
}

/** msg_flags of the last recvmsg. Valid until the next host call. */
export const receivedFlags = (): number => scratchView.getUint32(HEADER + 48, true)

/** A sockaddr_un in the scratch buffer; the length to pass. A leading NUL means an abstract name. */
const unixAddress = (path: string): number => {
  if (path.length > 107) throw ENAMETOOLONG
  scratchView.setUint16(0, AF_UNIX, true)
  for (let i = 0; i < path.length; i++) scratchView.setUint8(2 + i, path.charCodeAt(i))
  scratchView.setUint8(2 + path.length, 0)
  return path.startsWith('\0') ? 2 + path.length : 3 + path.length
}

/** socket(2) of AF_UNIX, close on exec; `type` may hold SOCK_NONBLOCK. */
export const unixSocket = (type: number): number =>
  call3(NR.socket, AF_UNIX, type | SOCK_CLOEXEC, 0)

/** bind(2) to a path of at most 107 bytes. */
export const bindUnix = (fd: number, path: string): void => {
  const length = unixAddress(path)
  call3(NR.bind, fd, scratch.address, length)
}

/** connect(2) to a path of at most 107 bytes. */
export const connectUnix = (fd: number, path: string): void => {
  const length = unixAddress(path)
  call3(NR.connect, fd, scratch.address, length)
}

/** listen(2). */
export const listen = (fd: number, backlog: number): void => {
  call3(NR.listen, fd, backlog, 0)
}

/** accept4(2), close on exec; `flags` SOCK_NONBLOCK or 0. */
export const accept = (fd: number, flags: number): number =>
  call4(NR.accept4, fd, 0, 0, flags | SOCK_CLOEXEC)

/** shutdown(2); `how` 0 reading, 1 writing, 2 both. */
export const shutdownSocket = (fd: number, how: number): void => {
  call3(NR.shutdown, fd, how, 0)
}

/** recv(2) with flags, from a socket. */
export const recv = (fd: number, target: Uint8Array, flags: number): number =>
  call6(NR.recvfrom, fd, addressOf(target), target.length, flags, 0, 0)

/** send(2) with flags and MSG_NOSIGNAL, to a connected socket. */
export const send = (fd: number, source: Uint8Array, flags: number): number =>
  call6(NR.sendto, fd, addressOf(source), source.length, flags | MSG_NOSIGNAL, 0, 0)
