// The Linux error numbers that the protocol itself answers with. (p9)
// Source: Linux include/uapi/asm-generic/errno{,-base}.h.

import { errnoName, errnoNumber } from './errno-names.ts'

export const EPERM = 1
export const ENOENT = 2
export const EINTR = 4
export const EIO = 5
export const ENXIO = 6
export const EBADF = 9
export const EAGAIN = 11
export const ENOMEM = 12
export const EACCES = 13
export const EEXIST = 17
export const ENOTDIR = 20
export const EISDIR = 21
export const EINVAL = 22
export const EXDEV = 18
export const EMFILE = 24
export const EFBIG = 27
export const ENOSPC = 28
export const EROFS = 30
export const ENAMETOOLONG = 36
export const ENOLCK = 37
export const ENOSYS = 38
export const ENOTEMPTY = 39
export const ELOOP = 40
export const ENODATA = 61
export const EPROTO = 71
export const EOPNOTSUPP = 95
export const ECONNRESET = 104
export const ESTALE = 116

/** What a failed operation throws, at the server's side and at the client's. */
export class P9Error extends Error {
  override readonly name = 'P9Error'
  /** Positive Linux error number. */
  readonly code: number

  constructor(code: number, message?: string) {
    super(message === undefined ? errnoName(code) : `${errnoName(code)}: ${message}`)
    this.code = code
  }

  /** "ENOENT", "EACCES", … */
  get errno(): string {
    return errnoName(this.code)
  }
}

/**
 * The positive errno that a thrown value carries: a number as its `code`, or a name, as Node's
 * errors have. Undefined: then it is a bug, not an answer.
 */
export const errnoOf = (thrown: unknown): number | undefined => {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  const { code } = thrown as { code?: unknown }
  if (typeof code === 'string') return errnoNumber(code)
  return typeof code === 'number' && code > 0 && code < 4096 ? code : undefined
}
