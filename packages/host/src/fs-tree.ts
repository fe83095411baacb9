// Names in host directories: create, link, rename, remove, read. Paths are byte strings. (host)

import { call3, call4, call6 } from './call.ts'
import { NR } from './nr.ts'
import { byteString, cString, cString2, scratch } from './scratch.ts'

/** mkdirat(2). */
export const mkdirat = (dirfd: number, path: string, mode: number): void => {
  call3(NR.mkdirat, dirfd, cString(path), mode)
}

/** mknodat(2); `dev` as makedev(3) encodes it. */
export const mknodat = (dirfd: number, path: string, mode: number, dev: number): void => {
  call4(NR.mknodat, dirfd, cString(path), mode, dev)
}

/** symlinkat(2): makes `path` point to `target`. */
export const symlinkat = (target: string, dirfd: number, path: string): void => {
  call3(NR.symlinkat, cString(target), dirfd, cString2(path))
}

/** linkat(2); `flags` AT_SYMLINK_FOLLOW 0x400, AT_EMPTY_PATH 0x1000. */
export const linkat = (
  oldDirfd: number,
  oldPath: string,
  newDirfd: number,
  newPath: string,
  flags: number,
): void => {
  call6(NR.linkat, oldDirfd, cString(oldPath), newDirfd, cString2(newPath), flags, 0)
}

/** unlinkat(2); `flags` AT_REMOVEDIR 0x200. */
export const unlinkat = (dirfd: number, path: string, flags: number): void => {
  call3(NR.unlinkat, dirfd, cString(path), flags)
}

/** renameat2(2); `flags` RENAME_NOREPLACE 1, RENAME_EXCHANGE 2. */
export const renameat2 = (
  oldDirfd: number,
  oldPath: string,
  newDirfd: number,
  newPath: string,
  flags: number,
): void => {
  call6(NR.renameat2, oldDirfd, cString(oldPath), newDirfd, cString2(newPath), flags, 0)
}

/** readlinkat(2); an empty path reads the symlink that `dirfd` (O_PATH | O_NOFOLLOW) is. */
export const readlinkat = (dirfd: number, path: string): string => {
  const length = call4(NR.readlinkat, dirfd, cString(path), scratch.address, scratch.length)
  return byteString(scratch.bytes, 0, length)
}

/** faccessat(2) without flags; `mode` R_OK 4 | W_OK 2 | X_OK 1. */
export const faccessat = (dirfd: number, path: string, mode: number): void => {
  call3(NR.faccessat, dirfd, cString(path), mode)
}
