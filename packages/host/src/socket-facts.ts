// What a socket of any family says of itself: names, options, bytes that wait. (host)

import { call3, call4, call6 } from './call.ts'
import { at } from './native.ts'
import { NR } from './nr.ts'
import { scratch, scratchView } from './scratch.ts'

const SOL_SOCKET = 1
const SOL_TCP = 6
const TCP_NODELAY = 1
const FIONREAD = 0x541b
const SOCK_CLOEXEC = 0o2000000
/** sizeof(struct sockaddr_storage) */
const STORAGE = 128

/** Where an address goes, and how much of one. */
const name = () => {
  scratchView.setUint32(STORAGE, STORAGE, true)
  return { address: scratch.address, length: at(scratch.address, STORAGE) }
}
const named = (): Uint8Array =>
  scratch.bytes.slice(0, Math.min(STORAGE, scratchView.getUint32(STORAGE, true)))

/** getsockname(2): sockaddr bytes. */
export const socketName = (fd: number): Uint8Array => {
  const { address, length } = name()
  call3(NR.getsockname, fd, address, length)
  return named()
}

/** getpeername(2): sockaddr bytes. Throws ENOTCONN. */
export const peerName = (fd: number): Uint8Array => {
  const { address, length } = name()
  call3(NR.getpeername, fd, address, length)
  return named()
}

/** accept4(2), close on exec, with the peer's sockaddr bytes; `flags` SOCK_NONBLOCK 0o4000 or 0. */
export const acceptFrom = (fd: number, flags: number): { fd: number; peer: Uint8Array } => {
  const { address, length } = name()
  const accepted = call4(NR.accept4, fd, address, length, flags | SOCK_CLOEXEC)
  return { fd: accepted, peer: named() }
}

/** getsockopt(2) of an int at SOL_SOCKET. */
export const socketOption = (fd: number, option: number): number => {
  scratchView.setUint32(8, 4, true)
  call6(NR.getsockopt, fd, SOL_SOCKET, option, scratch.address, at(scratch.address, 8), 0)
  return scratchView.getInt32(0, true)
}

/** setsockopt(2) of TCP_NODELAY: 0 gathers small writes, anything else sends them at once. */
export const setNoDelay = (fd: number, value: number): void => {
  scratchView.setInt32(0, value, true)
  call6(NR.setsockopt, fd, SOL_TCP, TCP_NODELAY, scratch.address, 4, 0)
}

/** Bytes that can be read (FIONREAD). Throws EINVAL for one that listens. */
export const queuedBytes = (fd: number): number => {
  call3(NR.ioctl, fd, FIONREAD, scratch.address)
  return scratchView.getInt32(0, true)
}
