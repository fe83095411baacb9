// Arguments of calls on files: vectors, locks, opening, directory entries. (abi, pure)

import { array, i16, i32, i64, pad, struct, u8, u16, u32, u64, u64big } from '../struct.ts'

export const iovec = struct('iovec', { iov_base: u64, iov_len: u64 })
/** The two descriptors of pipe(2) and socketpair(2). */
export const fdPair = array(i32, 2)
export const pollfd = struct('pollfd', { fd: i32, events: i16, revents: i16 })

/**
 * epoll_ctl(2), packed on amd64. The 64 opaque bits of C's `data` are two halves here, so that
 * they stay exact at no cost.
 */
export const epoll_event = struct(
  'epoll_event',
  { events: u32, data_low: u32, data_high: u32 },
  'packed',
)

/** fcntl(2) record locks. */
export const flock = struct('flock', {
  l_type: i16,
  l_whence: i16,
  l_start: i64,
  l_len: i64,
  l_pid: i32,
})
export const f_owner_ex = struct('f_owner_ex', { type: i32, pid: i32 })

/** openat2(2). The masks are exact, so that unknown bits can be refused. */
export const open_how = struct('open_how', { flags: u64big, mode: u64big, resolve: u64big })

/** The fixed part of name_to_handle_at(2)'s argument; handle_bytes bytes follow. */
export const file_handle = struct('file_handle', { handle_bytes: u32, handle_type: i32 })

export const cachestat_range = struct('cachestat_range', { off: u64, len: u64 })
export const cachestat = struct('cachestat', {
  nr_cache: u64,
  nr_dirty: u64,
  nr_writeback: u64,
  nr_evicted: u64,
  nr_recently_evicted: u64,
})

/** The fixed part of inotify_event; `len` bytes of name follow, padded with NULs. */
export const inotify_event = struct('inotify_event', { wd: i32, mask: u32, cookie: u32, len: u32 })

/** FICLONERANGE. */
export const file_clone_range = struct('file_clone_range', {
  src_fd: i64,
  src_offset: u64,
  src_length: u64,
  dest_offset: u64,
})

/** The fixed part of an entry that getdents64(2) returns; the name follows at once. */
export const linux_dirent64 = struct(
  'linux_dirent64',
  { d_ino: u64, d_off: i64, d_reclen: u16, d_type: u8 },
  'packed',
)

/** io_submit(2). aio_data and aio_buf are the guest's own 64 bits. */
export const iocb = struct('iocb', {
  aio_data: u64big,
  aio_key: u32,
  aio_rw_flags: i32,
  aio_lio_opcode: u16,
  aio_reqprio: i16,
  aio_fildes: u32,
  aio_buf: u64,
  aio_nbytes: u64,
  aio_offset: i64,
  aio_reserved2: u64,
  aio_flags: u32,
  aio_resfd: u32,
})
export const io_event = struct('io_event', { data: u64big, obj: u64, res: i64, res2: i64 })

/** The last argument of pselect6(2): pointer to a signal set, and its size. */
export const sigset_argpack = struct('sigset_argpack', { p: u64, size: u64 })

/** FS_IOC_FSGETXATTR. */
export const fsxattr = struct('fsxattr', {
  fsx_xflags: u32,
  fsx_extsize: u32,
  fsx_nextents: u32,
  fsx_projid: u32,
  fsx_cowextsize: u32,
  fsx_pad: pad(8),
})
