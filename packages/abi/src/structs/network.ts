// Network interfaces and netlink messages. (abi, pure)

import { bytes, chars, i32, struct, u8, u16, u32, u64 } from '../struct.ts'

/** SIOCGIF*: the name, and 24 bytes whose meaning depends on the request. */
export const ifreq = struct('ifreq', { ifr_name: chars(16), ifr_ifru: bytes(24) })
/** SIOCGIFCONF. */
export const ifconf = struct('ifconf', { ifc_len: i32, ifc_buf: u64 })

export const nlmsghdr = struct('nlmsghdr', {
  nlmsg_len: u32,
  nlmsg_type: u16,
  nlmsg_flags: u16,
  nlmsg_seq: u32,
  nlmsg_pid: u32,
})
export const nlmsgerr = struct('nlmsgerr', { error: i32, msg: nlmsghdr })
export const nlattr = struct('nlattr', { nla_len: u16, nla_type: u16 })
export const rtattr = struct('rtattr', { rta_len: u16, rta_type: u16 })
export const rtgenmsg = struct('rtgenmsg', { rtgen_family: u8 })
export const ifinfomsg = struct('ifinfomsg', {
  ifi_family: u8,
  __ifi_pad: u8,
  ifi_type: u16,
  ifi_index: i32,
  ifi_flags: u32,
  ifi_change: u32,
})
export const ifaddrmsg = struct('ifaddrmsg', {
  ifa_family: u8,
  ifa_prefixlen: u8,
  ifa_flags: u8,
  ifa_scope: u8,
  ifa_index: u32,
})
export const ifa_cacheinfo = struct('ifa_cacheinfo', {
  ifa_prefered: u32,
  ifa_valid: u32,
  cstamp: u32,
  tstamp: u32,
})
export const fib_rule_hdr = struct('fib_rule_hdr', {
  family: u8,
  dst_len: u8,
  src_len: u8,
  tos: u8,
  table: u8,
  res1: u8,
  res2: u8,
  action: u8,
  flags: u32,
})
export const rtmsg = struct('rtmsg', {
  rtm_family: u8,
  rtm_dst_len: u8,
  rtm_src_len: u8,
  rtm_tos: u8,
  rtm_table: u8,
  rtm_protocol: u8,
  rtm_scope: u8,
  rtm_type: u8,
  rtm_flags: u32,
})
