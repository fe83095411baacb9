// System V IPC and POSIX message queues, the 64-bit layouts. (abi, pure)

import { i16, i32, i64, pad, struct, u16, u32, u64, u64big } from '../struct.ts'

export const ipc_perm = struct('ipc64_perm', {
  key: i32,
  uid: u32,
  gid: u32,
  cuid: u32,
  cgid: u32,
  mode: u32,
  seq: u16,
  __unused: pad(22),
})
export const shmid_ds = struct('shmid64_ds', {
  shm_perm: ipc_perm,
  shm_segsz: u64,
  shm_atime: i64,
  shm_dtime: i64,
  shm_ctime: i64,
  shm_cpid: i32,
  shm_lpid: i32,
  shm_nattch: u64,
  __unused4: pad(8),
  __unused5: pad(8),
})
/** shmctl(IPC_INFO). */
export const shminfo = struct('shminfo64', {
  shmmax: u64big,
  shmmin: u64,
  shmmni: u64,
  shmseg: u64,
  shmall: u64big,
  __unused: pad(32),
})
/** shmctl(SHM_INFO). Sizes in pages. */
export const shm_info = struct('shm_info', {
  used_ids: i32,
  shm_tot: u64,
  shm_rss: u64,
  shm_swp: u64,
  swap_attempts: u64,
  swap_successes: u64,
})
export const sembuf = struct('sembuf', { sem_num: u16, sem_op: i16, sem_flg: i16 })
export const semid_ds = struct('semid64_ds', {
  sem_perm: ipc_perm,
  sem_otime: i64,
  __unused1: pad(8),
  sem_ctime: i64,
  __unused2: pad(8),
  sem_nsems: u64,
  __unused3: pad(8),
  __unused4: pad(8),
})
/** semctl(IPC_INFO), semctl(SEM_INFO). */
export const seminfo = struct('seminfo', {
  semmap: i32,
  semmni: i32,
  semmns: i32,
  semmnu: i32,
  semmsl: i32,
  semopm: i32,
  semume: i32,
  semusz: i32,
  semvmx: i32,
  semaem: i32,
})
export const msqid_ds = struct('msqid64_ds', {
  msg_perm: ipc_perm,
  msg_stime: i64,
  msg_rtime: i64,
  msg_ctime: i64,
  msg_cbytes: u64,
  msg_qnum: u64,
  msg_qbytes: u64,
  msg_lspid: i32,
  msg_lrpid: i32,
  __unused4: pad(8),
  __unused5: pad(8),
})
/** msgctl(IPC_INFO), msgctl(MSG_INFO). */
export const msginfo = struct('msginfo', {
  msgpool: i32,
  msgmap: i32,
  msgmax: i32,
  msgmnb: i32,
  msgmni: i32,
  msgssz: i32,
  msgtql: i32,
  msgseg: u16,
})
export const mq_attr = struct('mq_attr', {
  mq_flags: i64,
  mq_maxmsg: i64,
  mq_msgsize: i64,
  mq_curmsgs: i64,
  __reserved: pad(32),
})
