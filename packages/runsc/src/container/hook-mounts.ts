// What hooks mount for a container: in the mount namespace of its process, until that leaves the host's files. (runsc)

import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs'
import { O_CLOEXEC, O_PATH } from '@tsvisor/abi'
import { AT_FDCWD, cloneTree, close, inMounts, openat } from '@tsvisor/host'
import type { GoferTree } from '../gofer/gofer-config.ts'

/** Of a process that has a mount namespace of its own, with the host's files still in it. */
export class HookMounts {
  readonly #pid: number
  readonly #namespace: number
  readonly #before: string

  private constructor(pid: number) {
    this.#pid = pid
    this.#namespace = openSync(`/proc/${pid}/ns/mnt`, 'r')
    this.#before = this.#mounted()
  }

  /** Undefined where there is none, or it may not be joined. */
  static of(pid: number): HookMounts | undefined {
    if (process.geteuid!() !== 0) return undefined
    const isOwn = readlinkSync(`/proc/${pid}/ns/mnt`) === readlinkSync('/proc/self/ns/mnt')
    return isOwn ? undefined : new HookMounts(pid)
  }

  /** Runs what starts a process there. */
  within<T>(action: () => T): T {
    return inMounts(this.#namespace, action)
  }

  /**
   * The trees with all that has been mounted in them there, for a gofer whose namespace does not have that:
   * descriptors beside which their order is that of `trees`. None when nothing was mounted. Throws Errno.
   */
  copies(trees: readonly GoferTree[]): number[] {
    if (this.#mounted() === this.#before) return []
    return this.within(() => trees.map(({ path }) => copyOf(path)))
  }

  close(): void {
    closeSync(this.#namespace)
  }

  #mounted(): string {
    return readFileSync(`/proc/${this.#pid}/mountinfo`, 'utf8')
  }
}

function copyOf(path: string): number {
  const fd = openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0)
  try {
    return cloneTree(fd)
  } finally {
    close(fd)
  }
}
