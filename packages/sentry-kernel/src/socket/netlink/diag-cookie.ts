// What tells a socket from a later one of the same address or inode. (socket/netlink)
// Linux net/core/sock_diag.c: sock_diag_check_cookie.

/** As SO_COOKIE has it. */
export const cookieOf = (ino: number): number[] => [ino, 0]
/** With all bits set any will do (INET_DIAG_NOCOOKIE). */
export const isCookie = ([low, high]: readonly number[], ino: number): boolean =>
  (low === 0xffff_ffff && high === 0xffff_ffff) || (low === ino && high === 0)
