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
    // A mount namespace that belongs to it, too, and a network that only its root may join.
    const command = ['--user', '--mount', '--net', 'sleep', 'infinity']
    this.#holder = spawn('unshare', command, { stdio: 'ignore' })
    const { pid } = this.#holder
    const own = readlinkSync('/proc/self/ns/user')
    while (readlinkSync(`/proc/${pid}/ns/user`) === own);
    const rest = ids > 1 ? `1 ${SUBORDINATE} ${ids - 1}\n` : ''
    for (const which of ['uid', 'gid'])
      writeFileSync(`/proc/${pid}/${which}_map`, `0 ${USER} 1\n${rest}`)
  }

  /** The path of a network namespace that belongs to it. */
  get network(): string {
    return `/proc/${this.#holder.pid}/ns/net`
  }

  /** Runs a command as its root, in the machine's network. */
  run(command: readonly string[], options: RunOptions = {}): Outcome {
    const enter = ['--user', '--mount', '--setuid=0', '--setgid=0']
    return native(['nsenter', `--target=${this.#holder.pid}`, ...enter, '--', ...command], options)
  }

  end(): void {
    this.#holder.kill('SIGKILL')
  }
}
