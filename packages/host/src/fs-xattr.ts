// Extended attributes of host files, by descriptor or by path (through /proc/self/fd). (host)

import { E2BIG } from '@tsvisor/abi'
import { call3, call4, call6, checked } from './call.ts'
import { addressOf } from './memory.ts'
import { sys3, sys4 } from './native.ts'
import { NR } from './nr.ts'
import { byteString, cString, cString2 } from './scratch.ts'

// The kernel's limits: XATTR_SIZE_MAX and XATTR_LIST_MAX, both 64 KiB (limits.h).
const room = new Uint8Array(65536)

const value = (length: number): Uint8Array => room.slice(0, checked(length))

const names = (result: number): string[] => {
  const length = checked(result)
  if (length === 0) return []
  return byteString(room, 0, length - 1).split('\0')
}

/** fgetxattr(2). ENODATA if there is none. */
export const fgetxattr = (fd: number, name: string): Uint8Array =>
  value(sys4(NR.fgetxattr, fd, cString(name), addressOf(room), room.length))

/** getxattr(2), following symlinks. */
export const getxattr = (path: string, name: string): Uint8Array =>
  value(sys4(NR.getxattr, cString(path), cString2(name), addressOf(room), room.length))

/** lgetxattr(2), of a symlink itself. */
export const lgetxattr = (path: string, name: string): Uint8Array =>
  value(sys4(NR.lgetxattr, cString(path), cString2(name), addressOf(room), room.length))

/** flistxattr(2). */
export const flistxattr = (fd: number): string[] =>
  names(sys3(NR.flistxattr, fd, addressOf(room), room.length))

/** listxattr(2), following symlinks. */
export const listxattr = (path: string): string[] =>
  names(sys3(NR.listxattr, cString(path), addressOf(room), room.length))

/** llistxattr(2), of a symlink itself. */
export const llistxattr = (path: string): string[] =>
  names(sys3(NR.llistxattr, cString(path), addressOf(room), room.length))

const checkValue = (bytes: Uint8Array): void => {
  if (bytes.length > room.length) throw E2BIG
}

/** fsetxattr(2); `flags` XATTR_CREATE 1, XATTR_REPLACE 2. */
export const fsetxattr = (fd: number, name: string, bytes: Uint8Array, flags: number): void => {
  checkValue(bytes)
  call6(NR.fsetxattr, fd, cString(name), addressOf(bytes), bytes.length, flags, 0)
}

/** setxattr(2), following symlinks. */
export const setxattr = (path: string, name: string, bytes: Uint8Array, flags: number): void => {
  checkValue(bytes)
  call6(NR.setxattr, cString(path), cString2(name), addressOf(bytes), bytes.length, flags, 0)
}

/** lsetxattr(2), of a symlink itself. */
export const lsetxattr = (path: string, name: string, bytes: Uint8Array, flags: number): void => {
  checkValue(bytes)
  call6(NR.lsetxattr, cString(path), cString2(name), addressOf(bytes), bytes.length, flags, 0)
}

/** fremovexattr(2). */
export const fremovexattr = (fd: number, name: string): void => {
  call3(NR.fremovexattr, fd, cString(name), 0)
}

/** removexattr(2), following symlinks. */
export const removexattr = (path: string, name: string): void => {
  call4(NR.removexattr, cString(path), cString2(name), 0, 0)
}

/** lremovexattr(2), of a symlink itself. */
export const lremovexattr = (path: string, name: string): void => {
  call4(NR.lremovexattr, cString(path), cString2(name), 0, 0)
}
