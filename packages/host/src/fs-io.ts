// Bytes in and out of descriptors: from typed arrays, or from addresses. (host)

import { call1, call3, call4 } from './call.ts'
import { addressOf } from './memory.ts'
import { at, type HostAddress, sys3 } from './native.ts'
import { NR } from './nr.ts'
import { scratch, scratchView } from './scratch.ts'

const O_CLOEXEC_NONBLOCK = 0o2004000

/** read(2); returns the bytes read, 0 at the end. */
export const read = (fd: number, target: Uint8Array): number =>
  call3(NR.read, fd, addressOf(target), target.length)

/** write(2); returns the bytes written. */
export const write = (fd: number, source: Uint8Array): number =>
  call3(NR.write, fd, addressOf(source), source.length)

/** pipe2(2): reading and writing end, close on exec, not blocking. */
export const pipeNonblocking = (): [number, number] => {
  call3(NR.pipe2, at(scratch.address, 0), O_CLOEXEC_NONBLOCK, 0)
  return [scratchView.getInt32(0, true), scratchView.getInt32(4, true)]
}

/** pread(2). */
export const pread = (fd: number, target: Uint8Array, offset: number): number =>
  call4(NR.pread64, fd, addressOf(target), target.length, offset)

/** pwrite(2). */
export const pwrite = (fd: number, source: Uint8Array, offset: number): number =>
  call4(NR.pwrite64, fd, addressOf(source), source.length, offset)

/** read(2) to an address of this process; -errno on failure, nothing thrown. */
export const readRaw = (fd: number, target: HostAddress, length: number): number =>
  sys3(NR.read, fd, target, length)

/** write(2) from an address of this process; -errno on failure, nothing thrown. */
export const writeRaw = (fd: number, source: HostAddress, length: number): number =>
  sys3(NR.write, fd, source, length)

/** lseek(2); `whence` SEEK_SET 0, CUR 1, END 2, DATA 3, HOLE 4. */
export const lseek = (fd: number, offset: number, whence: number): number =>
  call3(NR.lseek, fd, offset, whence)

/** fsync(2). */
export const fsync = (fd: number): void => {
  call1(NR.fsync, fd)
}

/** fdatasync(2). */
export const fdatasync = (fd: number): void => {
  call1(NR.fdatasync, fd)
}

/** flock(2); `operation` LOCK_SH 1, LOCK_EX 2, LOCK_UN 8, with LOCK_NB 4. */
export const flock = (fd: number, operation: number): void => {
  call3(NR.flock, fd, operation, 0)
}
