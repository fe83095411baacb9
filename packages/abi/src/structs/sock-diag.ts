// sock_diag(7): questions about sockets, and their answers. (abi, pure)

import { array, bytes, i32, pad, struct, u8, u16, u32 } from '../struct.ts'
import { be16 } from './socket.ts'

/** Addresses in network byte order; of version 4 the first four bytes. */
export const inet_diag_sockid = struct('inet_diag_sockid', {
  idiag_sport: be16,
  idiag_dport: be16,
  idiag_src: bytes(16),
  idiag_dst: bytes(16),
  idiag_if: u32,
  idiag_cookie: array(u32, 2),
})
export const inet_diag_req_v2 = struct('inet_diag_req_v2', {
  sdiag_family: u8,
  sdiag_protocol: u8,
  idiag_ext: u8,
  pad: pad(1),
  idiag_states: u32,
  id: inet_diag_sockid,
})
export const inet_diag_msg = struct('inet_diag_msg', {
  idiag_family: u8,
  idiag_state: u8,
  idiag_timer: u8,
  idiag_retrans: u8,
  id: inet_diag_sockid,
  idiag_expires: u32,
  idiag_rqueue: u32,
  idiag_wqueue: u32,
  idiag_uid: u32,
  idiag_inode: u32,
})
/** Where a filter goes on: so many bytes from here. */
export const inet_diag_bc_op = struct('inet_diag_bc_op', { code: u8, yes: u8, no: u16 })
/** Before an address of its family. A `port` of -1 is any. */
export const inet_diag_hostcond = struct('inet_diag_hostcond', {
  family: u8,
  prefix_len: u8,
  port: i32,
})

export const unix_diag_req = struct('unix_diag_req', {
  sdiag_family: u8,
  sdiag_protocol: u8,
  pad: pad(2),
  udiag_states: u32,
  udiag_ino: u32,
  udiag_show: u32,
  udiag_cookie: array(u32, 2),
})
export const unix_diag_msg = struct('unix_diag_msg', {
  udiag_family: u8,
  udiag_type: u8,
  udiag_state: u8,
  pad: pad(1),
  udiag_ino: u32,
  udiag_cookie: array(u32, 2),
})
