// System calls on sockets. (abi, pure)

import {
  acceptFlags,
  addressFamilies,
  messageFlags,
  SOCK_TYPE_MASK,
  shutdownHow,
  socketLevels,
  socketTypes,
} from '../constants/socket.ts'
import { i32 } from '../struct.ts'
import { fdPair } from '../structs/file.ts'
import { mmsghdr, msghdr } from '../structs/socket.ts'
import { timespec } from '../structs/time.ts'
import {
  arrayOf,
  buffer,
  fd,
  flags,
  int,
  oneOf,
  ptr,
  ptrTo,
  size,
  socketAddress,
  sys,
  uint,
} from '../syscall.ts'

export const networkSyscalls = {
  socket: sys(41, () => ({
    domain: oneOf(addressFamilies),
    type: flags(socketTypes, SOCK_TYPE_MASK),
    protocol: int,
  })),
  connect: sys(42, () => ({ sockfd: fd, addr: socketAddress('in', 'addrlen'), addrlen: int })),
  accept: sys(43, () => ({
    sockfd: fd,
    addr: socketAddress('out', 'addrlen'),
    addrlen: ptrTo('inout', i32),
  })),
  sendto: sys(44, () => ({
    sockfd: fd,
    buf: buffer('in', 'len'),
    len: size,
    flags: flags(messageFlags),
    dest_addr: socketAddress('in', 'addrlen'),
    addrlen: int,
  })),
  recvfrom: sys(45, () => ({
    sockfd: fd,
    buf: buffer('out', 'len'),
    len: size,
    flags: flags(messageFlags),
    src_addr: socketAddress('out', 'addrlen'),
    addrlen: ptrTo('inout', i32),
  })),
  sendmsg: sys(46, () => ({ sockfd: fd, msg: ptr('in', msghdr), flags: flags(messageFlags) })),
  recvmsg: sys(47, () => ({ sockfd: fd, msg: ptr('inout', msghdr), flags: flags(messageFlags) })),
  shutdown: sys(48, () => ({ sockfd: fd, how: oneOf(shutdownHow) })),
  bind: sys(49, () => ({ sockfd: fd, addr: socketAddress('in', 'addrlen'), addrlen: int })),
  listen: sys(50, () => ({ sockfd: fd, backlog: int })),
  getsockname: sys(51, () => ({
    sockfd: fd,
    addr: socketAddress('out', 'addrlen'),
    addrlen: ptrTo('inout', i32),
  })),
  getpeername: sys(52, () => ({
    sockfd: fd,
    addr: socketAddress('out', 'addrlen'),
    addrlen: ptrTo('inout', i32),
  })),
  socketpair: sys(53, () => ({
    domain: oneOf(addressFamilies),
    type: flags(socketTypes, SOCK_TYPE_MASK),
    protocol: int,
    sv: ptrTo('out', fdPair),
  })),
  setsockopt: sys(54, () => ({
    sockfd: fd,
    level: oneOf(socketLevels),
    optname: int,
    optval: buffer('in', 'optlen'),
    optlen: int,
  })),
  getsockopt: sys(55, () => ({
    sockfd: fd,
    level: oneOf(socketLevels),
    optname: int,
    optval: buffer('out', 'optlen'),
    optlen: ptrTo('inout', i32),
  })),
  accept4: sys(288, () => ({
    sockfd: fd,
    addr: socketAddress('out', 'addrlen'),
    addrlen: ptrTo('inout', i32),
    flags: flags(acceptFlags),
  })),
  recvmmsg: sys(299, () => ({
    sockfd: fd,
    msgvec: arrayOf('inout', mmsghdr, 'vlen'),
    vlen: uint,
    flags: flags(messageFlags),
    timeout: ptr('inout', timespec),
  })),
  sendmmsg: sys(307, () => ({
    sockfd: fd,
    msgvec: arrayOf('inout', mmsghdr, 'vlen'),
    vlen: uint,
    flags: flags(messageFlags),
  })),
}
