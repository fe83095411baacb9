// Why the sandbox process cannot start or go on: one line for the user and an exit code. (runsc)

import { EACCES, EISDIR, ELOOP, ENOENT, ENOEXEC, ENOTDIR, type Errno } from '@tsvisor/abi'
import type { BootProcess } from './boot-config.ts'

export class BootFailure extends Error {
  override readonly name = 'BootFailure'
  readonly status: 126 | 127 | 128

  constructor(message: string, status: 126 | 127 | 128 = 128) {
    super(message)
    this.status = status
  }
}

/** Why the container's program could not be started, in the words that engines know from runc. */
export function startFailure(
  { args, cwd }: BootProcess,
  step: 'chdir' | 'exec',
  error: Errno,
): BootFailure {
  if (step === 'chdir')
    return new BootFailure(`chdir to cwd ("${cwd}") failed: ${error.message.toLowerCase()}`)

  const name = args[0]!
  if (error === ENOENT || error === ENOTDIR) {
    const what = name.includes('/')
      ? 'no such file or directory'
      : 'executable file not found in $PATH'
    return new BootFailure(`exec: "${name}": ${what}`, 127)
  }
  if (error === EACCES || error === EISDIR)
    return new BootFailure(`exec: "${name}": permission denied`, 126)
  if (error === ENOEXEC) return new BootFailure(`exec: "${name}": exec format error`, 126)
  if (error === ELOOP)
    return new BootFailure(`exec: "${name}": too many levels of symbolic links`, 126)
  return new BootFailure(`exec: "${name}": ${error.message.toLowerCase()}`, 126)
}
