// File metadata: stat(2), statx(2), statfs(2). (abi, pure)

import { array, i32, i64, pad, struct, u16, u32, u64, u64big } from '../struct.ts'

/** stat(2), amd64 layout. Times in seconds and nanoseconds, st_blocks in units of 512 bytes. */
export const stat = struct('stat', {
  st_dev: u64,
  st_ino: u64,
  st_nlink: u64,
  st_mode: u32,
  st_uid: u32,
  st_gid: u32,
  __pad0: pad(4),
  st_rdev: u64,
  st_size: i64,
  st_blksize: i64,
  st_blocks: i64,
  st_atime: i64,
  st_atime_nsec: u64,
  st_mtime: i64,
  st_mtime_nsec: u64,
  st_ctime: i64,
  st_ctime_nsec: u64,
  __unused: pad(24),
})

export const statx_timestamp = struct('statx_timestamp', {
  tv_sec: i64,
  tv_nsec: u32,
  __reserved: pad(4),
})

/** statx(2) up to Linux 6.12. */
export const statx = struct('statx', {
  stx_mask: u32,
  stx_blksize: u32,
  stx_attributes: u64,
  stx_nlink: u32,
  stx_uid: u32,
  stx_gid: u32,
  stx_mode: u16,
  __spare0: pad(2),
  stx_ino: u64,
  stx_size: u64,
  stx_blocks: u64,
  stx_attributes_mask: u64,
  stx_atime: statx_timestamp,
  stx_btime: statx_timestamp,
  stx_ctime: statx_timestamp,
  stx_mtime: statx_timestamp,
  stx_rdev_major: u32,
  stx_rdev_minor: u32,
  stx_dev_major: u32,
  stx_dev_minor: u32,
  stx_mnt_id: u64,
  stx_dio_mem_align: u32,
  stx_dio_offset_align: u32,
  stx_subvol: u64,
  stx_atomic_write_unit_min: u32,
  stx_atomic_write_unit_max: u32,
  stx_atomic_write_segments_max: u32,
  __spare1: pad(4),
  __spare3: pad(72),
})

/** statfs(2). Sizes in blocks of f_bsize. */
export const statfs = struct('statfs', {
  f_type: i64,
  f_bsize: i64,
  f_blocks: u64,
  f_bfree: u64,
  f_bavail: u64,
  f_files: u64,
  f_ffree: u64,
  f_fsid: array(i32, 2),
  f_namelen: i64,
  f_frsize: i64,
  f_flags: i64,
  f_spare: pad(32),
})

export const ustat = struct('ustat', {
  f_tfree: i32,
  f_tinode: u64,
  f_fname: pad(6),
  f_fpack: pad(6),
})

/** statmount(2), listmount(2). */
export const mnt_id_req = struct('mnt_id_req', {
  size: u32,
  spare: u32,
  mnt_id: u64big,
  param: u64big,
  mnt_ns_id: u64big,
})
/** statmount(2), without the strings after it. */
export const statmount = struct('statmount', {
  size: u32,
  mnt_opts: u32,
  mask: u64,
  sb_dev_major: u32,
  sb_dev_minor: u32,
  sb_magic: u64,
  sb_flags: u32,
  fs_type: u32,
  mnt_id: u64,
  mnt_parent_id: u64,
  mnt_id_old: u32,
  mnt_parent_id_old: u32,
  mnt_attr: u64,
  mnt_propagation: u64,
  mnt_peer_group: u64,
  mnt_master: u64,
  propagate_from: u64,
  mnt_root: u32,
  mnt_point: u32,
  mnt_ns_id: u64,
  fs_subtype: u32,
  sb_source: u32,
  opt_num: u32,
  opt_array: u32,
  opt_sec_num: u32,
  opt_sec_array: u32,
  supported_mask: u64,
  mnt_uidmap_num: u32,
  mnt_uidmap: u32,
  mnt_gidmap_num: u32,
  mnt_gidmap: u32,
  __spare2: pad(344),
})
/** mount_setattr(2). */
export const mount_attr = struct('mount_attr', {
  attr_set: u64,
  attr_clr: u64,
  propagation: u64,
  userns_fd: u64,
})
