// System V IPC, POSIX message queues and keys. (abi, pure)

import {
  ipcFlags,
  msgctlCommands,
  msgrcvFlags,
  semctlCommands,
  shmatFlags,
  shmctlCommands,
  shmgetFlags,
} from '../constants/ipc.ts'
import { keyctlOperations, keySpecials } from '../constants/keyctl.ts'
import { O_ACCMODE, openFlags } from '../constants/open.ts'
import { u32 } from '../struct.ts'
import { mq_attr, msqid_ds, sembuf, shmid_ds } from '../structs/ipc.ts'
import { sigevent } from '../structs/signal.ts'
import { timespec } from '../structs/time.ts'
import {
  arrayOf,
  buffer,
  fd,
  flags,
  int,
  long,
  mode,
  oneOf,
  pointer,
  ptr,
  ptrTo,
  size,
  string,
  sys,
  u64exact,
  uint,
  ulong,
} from '../syscall.ts'

export const ipcSyscalls = {
  shmget: sys(29, () => ({ key: int, size, shmflg: flags(shmgetFlags) })),
  shmat: sys(30, () => ({ shmid: int, shmaddr: pointer, shmflg: flags(shmatFlags) }), 'pointer'),
  shmctl: sys(31, () => ({ shmid: int, cmd: oneOf(shmctlCommands), buf: ptr('inout', shmid_ds) })),
  semget: sys(64, () => ({ key: int, nsems: int, semflg: flags(ipcFlags) })),
  semop: sys(65, () => ({ semid: int, sops: arrayOf('in', sembuf, 'nsops'), nsops: uint })),
  // SETVAL takes an int whose upper half is whatever the caller's union held: all bits matter.
  semctl: sys(66, () => ({ semid: int, semnum: int, cmd: oneOf(semctlCommands), arg: u64exact })),
  shmdt: sys(67, () => ({ shmaddr: pointer })),
  msgget: sys(68, () => ({ key: int, msgflg: flags(ipcFlags) })),
  msgsnd: sys(69, () => ({ msqid: int, msgp: pointer, msgsz: size, msgflg: flags(ipcFlags) })),
  msgrcv: sys(70, () => ({
    msqid: int,
    msgp: pointer,
    msgsz: size,
    msgtyp: long,
    msgflg: flags(msgrcvFlags),
  })),
  msgctl: sys(71, () => ({ msqid: int, cmd: oneOf(msgctlCommands), buf: ptr('inout', msqid_ds) })),
  semtimedop: sys(220, () => ({
    semid: int,
    sops: arrayOf('in', sembuf, 'nsops'),
    nsops: uint,
    timeout: ptr('in', timespec),
  })),
  mq_open: sys(240, () => ({
    name: string,
    oflag: flags(openFlags, O_ACCMODE),
    mode,
    attr: ptr('in', mq_attr),
  })),
  mq_unlink: sys(241, () => ({ name: string })),
  mq_timedsend: sys(242, () => ({
    mqdes: fd,
    msg_ptr: buffer('in', 'msg_len'),
    msg_len: size,
    msg_prio: uint,
    abs_timeout: ptr('in', timespec),
  })),
  mq_timedreceive: sys(243, () => ({
    mqdes: fd,
    msg_ptr: buffer('out', 'msg_len'),
    msg_len: size,
    msg_prio: ptrTo('out', u32),
    abs_timeout: ptr('in', timespec),
  })),
  mq_notify: sys(244, () => ({ mqdes: fd, sevp: ptr('in', sigevent) })),
  mq_getsetattr: sys(245, () => ({
    mqdes: fd,
    newattr: ptr('in', mq_attr),
    oldattr: ptr('out', mq_attr),
  })),
  add_key: sys(248, () => ({
    type: string,
    description: string,
    payload: buffer('in', 'plen'),
    plen: size,
    keyring: oneOf(keySpecials),
  })),
  request_key: sys(249, () => ({
    type: string,
    description: string,
    callout_info: string,
    dest_keyring: oneOf(keySpecials),
  })),
  keyctl: sys(250, () => ({
    operation: oneOf(keyctlOperations),
    arg2: ulong,
    arg3: ulong,
    arg4: ulong,
    arg5: ulong,
  })),
}
