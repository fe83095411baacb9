// errno: every Linux error number as one preallocated throwable constant. (abi, pure)

const byCode = new Map<number, Errno>()

/**
 * A Linux error number. Kernel code throws the constants of this file; they are compared with
 * `===` and carry no stack, so that a failing call costs no more than a succeeding one.
 * Source: Linux include/uapi/asm-generic/errno{,-base}.h.
 */
export class Errno extends Error {
  override readonly name: string
  /** The positive error number, e.g. 2 for ENOENT. */
  readonly code: number

  private constructor(name: string, code: number, message: string) {
    super(message)
    this.name = name
    this.code = code
  }

  /** Makes the one instance for `code`; only this file calls it. */
  static define(name: string, code: number, message: string): Errno {
    const errno = new Errno(name, code, message)
    byCode.set(code, errno)
    return errno
  }

  /** The constant for a positive error number; unknown numbers give EIO. */
  static of(code: number): Errno {
    return byCode.get(code) ?? EIO
  }
}

// V8 makes stacks, which none of these needs, up to this many frames.
const v8 = Error as { stackTraceLimit?: number }
const limit = v8.stackTraceLimit
v8.stackTraceLimit = 0

export const EPERM = Errno.define('EPERM', 1, 'Operation not permitted')
export const ENOENT = Errno.define('ENOENT', 2, 'No such file or directory')
export const ESRCH = Errno.define('ESRCH', 3, 'No such process')
export const EINTR = Errno.define('EINTR', 4, 'Interrupted system call')
export const EIO = Errno.define('EIO', 5, 'Input/output error')
export const ENXIO = Errno.define('ENXIO', 6, 'No such device or address')
export const E2BIG = Errno.define('E2BIG', 7, 'Argument list too long')
export const ENOEXEC = Errno.define('ENOEXEC', 8, 'Exec format error')
export const EBADF = Errno.define('EBADF', 9, 'Bad file descriptor')
export const ECHILD = Errno.define('ECHILD', 10, 'No child processes')
export const EAGAIN = Errno.define('EAGAIN', 11, 'Resource temporarily unavailable')
export const ENOMEM = Errno.define('ENOMEM', 12, 'Cannot allocate memory')
export const EACCES = Errno.define('EACCES', 13, 'Permission denied')
export const EFAULT = Errno.define('EFAULT', 14, 'Bad address')
export const ENOTBLK = Errno.define('ENOTBLK', 15, 'Block device required')
export const EBUSY = Errno.define('EBUSY', 16, 'Device or resource busy')
export const EEXIST = Errno.define('EEXIST', 17, 'File exists')
export const EXDEV = Errno.define('EXDEV', 18, 'Invalid cross-device link')
export const ENODEV = Errno.define('ENODEV', 19, 'No such device')
export const ENOTDIR = Errno.define('ENOTDIR', 20, 'Not a directory')
export const EISDIR = Errno.define('EISDIR', 21, 'Is a directory')
export const EINVAL = Errno.define('EINVAL', 22, 'Invalid argument')
export const ENFILE = Errno.define('ENFILE', 23, 'Too many open files in system')
export const EMFILE = Errno.define('EMFILE', 24, 'Too many open files')
export const ENOTTY = Errno.define('ENOTTY', 25, 'Inappropriate ioctl for device')
export const ETXTBSY = Errno.define('ETXTBSY', 26, 'Text file busy')
export const EFBIG = Errno.define('EFBIG', 27, 'File too large')
export const ENOSPC = Errno.define('ENOSPC', 28, 'No space left on device')
export const ESPIPE = Errno.define('ESPIPE', 29, 'Illegal seek')
export const EROFS = Errno.define('EROFS', 30, 'Read-only file system')
export const EMLINK = Errno.define('EMLINK', 31, 'Too many links')
export const EPIPE = Errno.define('EPIPE', 32, 'Broken pipe')
export const EDOM = Errno.define('EDOM', 33, 'Numerical argument out of domain')
export const ERANGE = Errno.define('ERANGE', 34, 'Numerical result out of range')
export const EDEADLK = Errno.define('EDEADLK', 35, 'Resource deadlock avoided')
export const ENAMETOOLONG = Errno.define('ENAMETOOLONG', 36, 'File name too long')
export const ENOLCK = Errno.define('ENOLCK', 37, 'No locks available')
export const ENOSYS = Errno.define('ENOSYS', 38, 'Function not implemented')
export const ENOTEMPTY = Errno.define('ENOTEMPTY', 39, 'Directory not empty')
export const ELOOP = Errno.define('ELOOP', 40, 'Too many levels of symbolic links')
export const ENOMSG = Errno.define('ENOMSG', 42, 'No message of desired type')
export const EIDRM = Errno.define('EIDRM', 43, 'Identifier removed')
export const ECHRNG = Errno.define('ECHRNG', 44, 'Channel number out of range')
export const EL2NSYNC = Errno.define('EL2NSYNC', 45, 'Level 2 not synchronized')
export const EL3HLT = Errno.define('EL3HLT', 46, 'Level 3 halted')
export const EL3RST = Errno.define('EL3RST', 47, 'Level 3 reset')
export const ELNRNG = Errno.define('ELNRNG', 48, 'Link number out of range')
export const EUNATCH = Errno.define('EUNATCH', 49, 'Protocol driver not attached')
export const ENOCSI = Errno.define('ENOCSI', 50, 'No CSI structure available')
export const EL2HLT = Errno.define('EL2HLT', 51, 'Level 2 halted')
export const EBADE = Errno.define('EBADE', 52, 'Invalid exchange')
export const EBADR = Errno.define('EBADR', 53, 'Invalid request descriptor')
export const EXFULL = Errno.define('EXFULL', 54, 'Exchange full')
export const ENOANO = Errno.define('ENOANO', 55, 'No anode')
export const EBADRQC = Errno.define('EBADRQC', 56, 'Invalid request code')
export const EBADSLT = Errno.define('EBADSLT', 57, 'Invalid slot')
export const EBFONT = Errno.define('EBFONT', 59, 'Bad font file format')
export const ENOSTR = Errno.define('ENOSTR', 60, 'Device not a stream')
export const ENODATA = Errno.define('ENODATA', 61, 'No data available')
export const ETIME = Errno.define('ETIME', 62, 'Timer expired')
export const ENOSR = Errno.define('ENOSR', 63, 'Out of streams resources')
export const ENONET = Errno.define('ENONET', 64, 'Machine is not on the network')
export const ENOPKG = Errno.define('ENOPKG', 65, 'Package not installed')
export const EREMOTE = Errno.define('EREMOTE', 66, 'Object is remote')
export const ENOLINK = Errno.define('ENOLINK', 67, 'Link has been severed')
export const EADV = Errno.define('EADV', 68, 'Advertise error')
export const ESRMNT = Errno.define('ESRMNT', 69, 'Srmount error')
export const ECOMM = Errno.define('ECOMM', 70, 'Communication error on send')
export const EPROTO = Errno.define('EPROTO', 71, 'Protocol error')
export const EMULTIHOP = Errno.define('EMULTIHOP', 72, 'Multihop attempted')
export const EDOTDOT = Errno.define('EDOTDOT', 73, 'RFS specific error')
export const EBADMSG = Errno.define('EBADMSG', 74, 'Bad message')
export const EOVERFLOW = Errno.define('EOVERFLOW', 75, 'Value too large for defined data type')
export const ENOTUNIQ = Errno.define('ENOTUNIQ', 76, 'Name not unique on network')
export const EBADFD = Errno.define('EBADFD', 77, 'File descriptor in bad state')
export const EREMCHG = Errno.define('EREMCHG', 78, 'Remote address changed')
export const ELIBACC = Errno.define('ELIBACC', 79, 'Can not access a needed shared library')
export const ELIBBAD = Errno.define('ELIBBAD', 80, 'Accessing a corrupted shared library')
export const ELIBSCN = Errno.define('ELIBSCN', 81, '.lib section in a.out corrupted')
export const ELIBMAX = Errno.define(
  'ELIBMAX',
  82,
  'Attempting to link in too many shared libraries',
)
export const ELIBEXEC = Errno.define('ELIBEXEC', 83, 'Cannot exec a shared library directly')
export const EILSEQ = Errno.define(
  'EILSEQ',
  84,
  'Invalid or incomplete multibyte or wide character',
)
export const ERESTART = Errno.define('ERESTART', 85, 'Interrupted system call should be restarted')
export const ESTRPIPE = Errno.define('ESTRPIPE', 86, 'Streams pipe error')
export const EUSERS = Errno.define('EUSERS', 87, 'Too many users')
export const ENOTSOCK = Errno.define('ENOTSOCK', 88, 'Socket operation on non-socket')
export const EDESTADDRREQ = Errno.define('EDESTADDRREQ', 89, 'Destination address required')
export const EMSGSIZE = Errno.define('EMSGSIZE', 90, 'Message too long')
export const EPROTOTYPE = Errno.define('EPROTOTYPE', 91, 'Protocol wrong type for socket')
export const ENOPROTOOPT = Errno.define('ENOPROTOOPT', 92, 'Protocol not available')
export const EPROTONOSUPPORT = Errno.define('EPROTONOSUPPORT', 93, 'Protocol not supported')
export const ESOCKTNOSUPPORT = Errno.define('ESOCKTNOSUPPORT', 94, 'Socket type not supported')
export const EOPNOTSUPP = Errno.define('EOPNOTSUPP', 95, 'Operation not supported')
export const EPFNOSUPPORT = Errno.define('EPFNOSUPPORT', 96, 'Protocol family not supported')
export const EAFNOSUPPORT = Errno.define(
  'EAFNOSUPPORT',
  97,
  'Address family not supported by protocol',
)
export const EADDRINUSE = Errno.define('EADDRINUSE', 98, 'Address already in use')
export const EADDRNOTAVAIL = Errno.define('EADDRNOTAVAIL', 99, 'Cannot assign requested address')
export const ENETDOWN = Errno.define('ENETDOWN', 100, 'Network is down')
export const ENETUNREACH = Errno.define('ENETUNREACH', 101, 'Network is unreachable')
export const ENETRESET = Errno.define('ENETRESET', 102, 'Network dropped connection on reset')
export const ECONNABORTED = Errno.define('ECONNABORTED', 103, 'Software caused connection abort')
export const ECONNRESET = Errno.define('ECONNRESET', 104, 'Connection reset by peer')
export const ENOBUFS = Errno.define('ENOBUFS', 105, 'No buffer space available')
export const EISCONN = Errno.define('EISCONN', 106, 'Transport endpoint is already connected')
export const ENOTCONN = Errno.define('ENOTCONN', 107, 'Transport endpoint is not connected')
export const ESHUTDOWN = Errno.define(
  'ESHUTDOWN',
  108,
  'Cannot send after transport endpoint shutdown',
)
export const ETOOMANYREFS = Errno.define('ETOOMANYREFS', 109, 'Too many references: cannot splice')
export const ETIMEDOUT = Errno.define('ETIMEDOUT', 110, 'Connection timed out')
export const ECONNREFUSED = Errno.define('ECONNREFUSED', 111, 'Connection refused')
export const EHOSTDOWN = Errno.define('EHOSTDOWN', 112, 'Host is down')
export const EHOSTUNREACH = Errno.define('EHOSTUNREACH', 113, 'No route to host')
export const EALREADY = Errno.define('EALREADY', 114, 'Operation already in progress')
export const EINPROGRESS = Errno.define('EINPROGRESS', 115, 'Operation now in progress')
export const ESTALE = Errno.define('ESTALE', 116, 'Stale file handle')
export const EUCLEAN = Errno.define('EUCLEAN', 117, 'Structure needs cleaning')
export const ENOTNAM = Errno.define('ENOTNAM', 118, 'Not a XENIX named type file')
export const ENAVAIL = Errno.define('ENAVAIL', 119, 'No XENIX semaphores available')
export const EISNAM = Errno.define('EISNAM', 120, 'Is a named type file')
export const EREMOTEIO = Errno.define('EREMOTEIO', 121, 'Remote I/O error')
export const EDQUOT = Errno.define('EDQUOT', 122, 'Disk quota exceeded')
export const ENOMEDIUM = Errno.define('ENOMEDIUM', 123, 'No medium found')
export const EMEDIUMTYPE = Errno.define('EMEDIUMTYPE', 124, 'Wrong medium type')
export const ECANCELED = Errno.define('ECANCELED', 125, 'Operation canceled')
export const ENOKEY = Errno.define('ENOKEY', 126, 'Required key not available')
export const EKEYEXPIRED = Errno.define('EKEYEXPIRED', 127, 'Key has expired')
export const EKEYREVOKED = Errno.define('EKEYREVOKED', 128, 'Key has been revoked')
export const EKEYREJECTED = Errno.define('EKEYREJECTED', 129, 'Key was rejected by service')
export const EOWNERDEAD = Errno.define('EOWNERDEAD', 130, 'Owner died')
export const ENOTRECOVERABLE = Errno.define('ENOTRECOVERABLE', 131, 'State not recoverable')
export const ERFKILL = Errno.define('ERFKILL', 132, 'Operation not possible due to RF-kill')
export const EHWPOISON = Errno.define('EHWPOISON', 133, 'Memory page has hardware error')

/** Another name for EAGAIN, as in Linux. */
export const EWOULDBLOCK = EAGAIN
/** What Linux answers for an operation a file does not support. Same number as ENOTSUP. */
export const ENOTSUP = EOPNOTSUPP

// Never seen by a guest: they tell signal delivery how to restart an interrupted call.
// Source: Linux include/linux/errno.h.
/** Restart if the handler has SA_RESTART, else EINTR. */
export const ERESTARTSYS = Errno.define('ERESTARTSYS', 512, 'Restart if SA_RESTART')
/** Always restart. */
export const ERESTARTNOINTR = Errno.define('ERESTARTNOINTR', 513, 'Restart always')
/** Restart if no handler ran, else EINTR. */
export const ERESTARTNOHAND = Errno.define('ERESTARTNOHAND', 514, 'Restart if no handler')
/** As ERESTARTNOHAND, but through restart_syscall (relative time-outs). */
export const ERESTART_RESTARTBLOCK = Errno.define(
  'ERESTART_RESTARTBLOCK',
  516,
  'Restart by restart_syscall',
)

if (limit !== undefined) v8.stackTraceLimit = limit
