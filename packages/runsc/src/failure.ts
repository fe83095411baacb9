// What the command tells the user when it cannot do what was asked. (runsc)

/** Exit codes of the command itself, beside the guest's own. */
export const EXIT = {
  /** The runtime failed, where the exit status is otherwise the guest's. */
  runtime: 128,
  /** Likewise for exec, as runc. */
  exec: 255,
  /** The runtime failed, where there is no other status than this and 0. */
  failed: 1,
  /** The program is there but cannot be executed. */
  notExecutable: 126,
  /** There is no such program. */
  notFound: 127,
} as const

/** A failure with a message for the user: one line, no stack. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.runtime) {
    super(message)
    this.exitCode = exitCode
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  EEXIST: 'file exists',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on device',
  EMFILE: 'too many open files',
  EDQUOT: 'disk quota exceeded',
  ECONNREFUSED: 'connection refused',
}

/** ENOENT …, for an error of node:fs or of the host. */
export function errnoName(error: unknown): string | undefined {
  // The host's errors have the errno's name for a name, and its number for a code.
  const { code, name } = (error ?? {}) as Error & { readonly code?: string | number }
  return typeof code === 'number' ? name : code
}

/** Why a call of node:fs or the host failed, in the words that engines look for. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as Error & { readonly code?: string | number }
  const reason = REASONS[errnoName(error) ?? '']
  return reason ?? (typeof code === 'number' ? message.toLowerCase() : message)
}

/** Of an error that nobody has foreseen: a mistake of ours, where the stack is what helps, but for one. */
export function describeUnexpected(error: unknown): string {
  if (errnoName(error) === 'EMFILE')
    return `${REASONS['EMFILE']}: raise this shell's limit of open files (ulimit -n)`
  return (error as Error)?.stack ?? String(error)
}
