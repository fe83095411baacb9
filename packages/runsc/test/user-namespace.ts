// A user namespace in which an ordinary user is root, as engines of users make one. Needs root. (runsc tests)

import { type ChildProcess, spawn } from 'node:child_process'
import { readlinkSync, writeFileSync } from 'node:fs'
import { native, type Outcome, type RunOptions } from './sandbox.ts'

/** The user on the host, and the first of the other ids. */
export const USER = 1_000_000
const SUBORDINATE = USER + 1

export class UserNamespace {
  readonly #holder: ChildProcess

  /** `ids`: how many there are; 0 is the user. */
  constructor(ids: number) {
    // A mount namespace that belongs to it, too.
    this.#holder = spawn('unshare', ['--user', '--mount', 'sleep', 'infinity'], { stdio: 'ignore' })
    const { pid } = this.#holder
    const own = readlinkSync('/proc/self/ns/user')
    while (readlinkSync(`/proc/${pid}/ns/user`) === own);
    const rest = ids > 1 ? `1 ${SUBORDINATE} ${ids - 1}\n` : ''
    for (const which of ['uid', 'gid'])
      writeFileSync(`/proc/${pid}/${which}_map`, `0 ${USER} 1\n${rest}`)
  }

  /** Runs a command as its root. */
  run(command: readonly string[], options: RunOptions = {}): Outcome {
    const enter = ['--user', '--mount', '--setuid=0', '--setgid=0']
    return native(['nsenter', `--target=${this.#holder.pid}`, ...enter, '--', ...command], options)
  }

  end(): void {
    this.#holder.kill('SIGKILL')
  }
}
