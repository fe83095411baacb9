// What bpf(2) takes and tells. (abi, pure)
// linux/bpf.h: union bpf_attr has a struct without a name for each kind of command.

import { bytes, chars, pad, struct, u32, u64 } from '../struct.ts'

/** Bytes of union bpf_attr in Linux 6.12. */
export const BPF_ATTR_SIZE = 152

/** BPF_PROG_LOAD. */
export const bpf_attr_load = struct('bpf_attr_load', {
  prog_type: u32,
  insn_cnt: u32,
  insns: u64,
  license: u64,
  log_level: u32,
  log_size: u32,
  log_buf: u64,
  kern_version: u32,
  prog_flags: u32,
  prog_name: bytes(16),
  prog_ifindex: u32,
  expected_attach_type: u32,
  prog_btf_fd: u32,
  func_info_rec_size: u32,
  func_info: u64,
  func_info_cnt: u32,
  line_info_rec_size: u32,
  line_info: u64,
  line_info_cnt: u32,
  attach_btf_id: u32,
  attach_prog_fd: u32,
  core_relo_cnt: u32,
  fd_array: u64,
  core_relos: u64,
  core_relo_rec_size: u32,
  log_true_size: u32,
  prog_token_fd: u32,
  pad: pad(4),
})
/** BPF_PROG_ATTACH, BPF_PROG_DETACH. */
export const bpf_attr_attach = struct('bpf_attr_attach', {
  target_fd: u32,
  attach_bpf_fd: u32,
  attach_type: u32,
  attach_flags: u32,
  replace_bpf_fd: u32,
  relative_fd: u32,
  expected_revision: u64,
})
/** BPF_PROG_QUERY. */
export const bpf_attr_query = struct('bpf_attr_query', {
  target_fd: u32,
  attach_type: u32,
  query_flags: u32,
  attach_flags: u32,
  prog_ids: u64,
  prog_cnt: u32,
  pad: pad(4),
  prog_attach_flags: u64,
  link_ids: u64,
  link_attach_flags: u64,
  revision: u64,
})
/** BPF_PROG_GET_FD_BY_ID, BPF_PROG_GET_NEXT_ID. */
export const bpf_attr_id = struct('bpf_attr_id', { id: u32, next_id: u32, open_flags: u32 })
/** BPF_OBJ_GET_INFO_BY_FD. */
export const bpf_attr_info = struct('bpf_attr_info', { bpf_fd: u32, info_len: u32, info: u64 })

export const bpf_prog_info = struct('bpf_prog_info', {
  type: u32,
  id: u32,
  tag: bytes(8),
  jited_prog_len: u32,
  xlated_prog_len: u32,
  jited_prog_insns: u64,
  xlated_prog_insns: u64,
  load_time: u64,
  created_by_uid: u32,
  nr_map_ids: u32,
  map_ids: u64,
  name: chars(16),
  ifindex: u32,
  /** 1: the license is a GPL. */
  gpl_compatible: u32,
  netns_dev: u64,
  netns_ino: u64,
  nr_jited_ksyms: u32,
  nr_jited_func_lens: u32,
  jited_ksyms: u64,
  jited_func_lens: u64,
  btf_id: u32,
  func_info_rec_size: u32,
  func_info: u64,
  nr_func_info: u32,
  nr_line_info: u32,
  line_info: u64,
  jited_line_info: u64,
  nr_jited_line_info: u32,
  line_info_rec_size: u32,
  jited_line_info_rec_size: u32,
  nr_prog_tags: u32,
  prog_tags: u64,
  run_time_ns: u64,
  run_cnt: u64,
  recursion_misses: u64,
  verified_insns: u32,
  attach_btf_obj_id: u32,
  attach_btf_id: u32,
  pad: pad(4),
})
