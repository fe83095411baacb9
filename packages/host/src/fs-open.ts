// Opening, duplicating and closing host files. Paths are byte strings. (host)

import { call1, call3, call4 } from './call.ts'
import { at } from './native.ts'
import { NR } from './nr.ts'
import { cString, scratch, scratchView } from './scratch.ts'

export const AT_FDCWD = -100

/** openat(2); returns the descriptor. O_CLOEXEC is the caller's to ask for. */
export const openat = (dirfd: number, path: string, flags: number, mode: number): number =>
  call4(NR.openat, dirfd, cString(path), flags, mode)

/** openat2(2) with RESOLVE_* bits in `resolve`. ENOSYS on old kernels, EXDEV or ELOOP on a refusal. */
export const openat2 = (
  dirfd: number,
  path: string,
  flags: number,
  mode: number,
  resolve: number,
): number => {
  scratchView.setUint32(0, flags >>> 0, true)
  scratchView.setUint32(4, 0, true)
  scratchView.setUint32(8, mode, true)
  scratchView.setUint32(12, 0, true)
  scratchView.setUint32(16, resolve, true)
  scratchView.setUint32(20, 0, true)
  return call4(NR.openat2, dirfd, cString(path), scratch.address, 24)
}

/** close(2). */
export const close = (fd: number): void => {
  call1(NR.close, fd)
}

const F_DUPFD_CLOEXEC = 1030
const F_GETFL = 3
const F_SETFL = 4

/** A new close-on-exec descriptor of the same open file, at least `lowest`. */
export const dupCloexec = (fd: number, lowest = 0): number =>
  call3(NR.fcntl, fd, F_DUPFD_CLOEXEC, lowest)

/** dup3(2) with `flags` 0 or O_CLOEXEC. */
export const dup3 = (from: number, to: number, flags: number): number =>
  call3(NR.dup3, from, to, flags)

/** The O_* status flags and access mode of an open file. */
export const getFlags = (fd: number): number => call3(NR.fcntl, fd, F_GETFL, 0)

/** Sets O_APPEND, O_NONBLOCK … of the open file description, which others may share. */
export const setFlags = (fd: number, flags: number): void => {
  call3(NR.fcntl, fd, F_SETFL, flags)
}

/** fcntl(2) with an integer argument. */
export const fcntl = (fd: number, command: number, argument: number): number =>
  call3(NR.fcntl, fd, command, argument)

/** pipe2(2): the read end, then the write end. */
export const pipe2 = (flags: number): [number, number] => {
  call3(NR.pipe2, at(scratch.address, 0), flags, 0)
  return [scratchView.getInt32(0, true), scratchView.getInt32(4, true)]
}

/** close_range(2) of `first` … `last`, both included. */
export const closeRange = (first: number, last: number, flags: number): void => {
  call3(NR.close_range, first, last, flags)
}
