// Names of Linux's error numbers. (p9)
// Source: Linux include/uapi/asm-generic/errno{,-base}.h; "-" where there is none.

const TEXT = `
EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT
ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG
ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP
- ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL
ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV
ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD
ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE
EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT
EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN
ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY
EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE
ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL
EHWPOISON`

/** Errors are rare: neither is made before the first one. */
let names: readonly string[] | undefined
let numbers: ReadonlyMap<string, number> | undefined

function allNames(): readonly string[] {
  names ??= TEXT.trim().split(/\s+/)
  return names
}

function allNumbers(): ReadonlyMap<string, number> {
  if (numbers === undefined) {
    const all = allNames()
    numbers = new Map([
      ...all.map((name, i) => [name, i + 1] as const).filter(([name]) => name !== '-'),
      ['ENOTSUP', all.indexOf('EOPNOTSUPP') + 1],
      ['EWOULDBLOCK', all.indexOf('EAGAIN') + 1],
    ])
  }
  return numbers
}

/** "ENOENT" for 2, "E4095" for a number without a name. */
export const errnoName = (code: number): string => {
  const name = allNames()[code - 1]
  return name === undefined || name === '-' ? `E${code}` : name
}

/** 2 for "ENOENT"; undefined for what is no name. */
export const errnoNumber = (name: string): number | undefined => allNumbers().get(name)
