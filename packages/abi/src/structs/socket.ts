// Sockets: addresses, messages, options. (abi, pure)

import { bytes, i32, pad, struct, u8, u16, u32, u64 } from '../struct.ts'

/** The family is all that addresses have in common. */
export const sockaddr = struct('sockaddr', { sa_family: u16, sa_data: bytes(14) })
/** The length of sun_path comes from the address length; an abstract name starts with NUL. */
export const sockaddr_un = struct('sockaddr_un', { sun_family: u16, sun_path: bytes(108) })

/** 16 bits in network byte order. */
export const be16 = {
  size: 2,
  align: 2,
  read: (v: DataView, o: number): number => v.getUint16(o),
  write: (v: DataView, o: number, x: number): void => v.setUint16(o, x),
}
/** 32 bits in network byte order. */
export const be32 = {
  size: 4,
  align: 4,
  read: (v: DataView, o: number): number => v.getUint32(o),
  write: (v: DataView, o: number, x: number): void => v.setUint32(o, x),
}

/** Port and address as host numbers: 127.0.0.1 is 0x7f000001. */
export const sockaddr_in = struct('sockaddr_in', {
  sin_family: u16,
  sin_port: be16,
  sin_addr: be32,
  __pad: pad(8),
})
export const sockaddr_in6 = struct('sockaddr_in6', {
  sin6_family: u16,
  sin6_port: be16,
  sin6_flowinfo: be32,
  sin6_addr: bytes(16),
  sin6_scope_id: u32,
})
export const sockaddr_nl = struct('sockaddr_nl', {
  nl_family: u16,
  nl_pad: pad(2),
  nl_pid: u32,
  nl_groups: u32,
})
export const sockaddr_ll = struct('sockaddr_ll', {
  sll_family: u16,
  sll_protocol: be16,
  sll_ifindex: i32,
  sll_hatype: u16,
  sll_pkttype: u8,
  sll_halen: u8,
  sll_addr: bytes(8),
})

export const msghdr = struct('msghdr', {
  msg_name: u64,
  msg_namelen: i32,
  msg_iov: u64,
  msg_iovlen: u64,
  msg_control: u64,
  msg_controllen: u64,
  msg_flags: u32,
})
export const mmsghdr = struct('mmsghdr', { msg_hdr: msghdr, msg_len: u32 })
/** The head of a control message; data follows, and the next one is aligned to 8 bytes. */
export const cmsghdr = struct('cmsghdr', { cmsg_len: u64, cmsg_level: i32, cmsg_type: i32 })

export const ucred = struct('ucred', { pid: i32, uid: u32, gid: u32 })
export const linger = struct('linger', { l_onoff: i32, l_linger: i32 })
export const ip_mreq = struct('ip_mreq', { imr_multiaddr: be32, imr_interface: be32 })
export const ip_mreqn = struct('ip_mreqn', {
  imr_multiaddr: be32,
  imr_address: be32,
  imr_ifindex: i32,
})
export const ipv6_mreq = struct('ipv6_mreq', { ipv6mr_multiaddr: bytes(16), ipv6mr_ifindex: i32 })
export const in_pktinfo = struct('in_pktinfo', {
  ipi_ifindex: i32,
  ipi_spec_dst: be32,
  ipi_addr: be32,
})
export const in6_pktinfo = struct('in6_pktinfo', { ipi6_addr: bytes(16), ipi6_ifindex: i32 })
/** IP_RECVERR. */
export const sock_extended_err = struct('sock_extended_err', {
  ee_errno: u32,
  ee_origin: u8,
  ee_type: u8,
  ee_code: u8,
  ee_pad: pad(1),
  ee_info: u32,
  ee_data: u32,
})
