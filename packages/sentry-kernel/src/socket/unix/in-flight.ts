// Open files on their way through unix sockets, and collecting those that nobody can receive. (socket/unix)
// Linux net/unix/garbage.c; unix(7).

import { CAP_SYS_ADMIN, CAP_SYS_RESOURCE, ETOOMANYREFS, RLIMIT_NOFILE } from '@tsvisor/abi'
import { kernelLocal } from '../../kernel/kernel-local.ts'
import { hasCapability } from '../../task/credentials.ts'
import type { Task } from '../../task/task.ts'
import type { FileDescription } from '../../vfs/file-description.ts'

/** A file that holds files in flight itself. */
export interface Carrier extends FileDescription {
  /** Every file in its queues, as often as it is there. */
  carried(): Iterable<FileDescription>
  /** Drops its queues: it can never be received. */
  discard(): void
}

export class InFlight {
  /** Carriers in flight, and how often. */
  readonly #carriers = new Map<Carrier, number>()
  /** Files in flight by sending user. */
  readonly #byUser = new Map<number, number>()
  #collecting = false

  /** Errors: ETOOMANYREFS past RLIMIT_NOFILE for the unprivileged. */
  check(task: Task, count: number): void {
    const used = this.#byUser.get(task.creds.uid) ?? 0
    if (used + count <= task.group.limits.soft(RLIMIT_NOFILE)) return
    const { creds } = task
    if (!hasCapability(creds, CAP_SYS_RESOURCE) && !hasCapability(creds, CAP_SYS_ADMIN))
      throw ETOOMANYREFS
  }
  /** Files were queued by `uid`. */
  sent(files: readonly FileDescription[], uid: number): void {
    this.#byUser.set(uid, (this.#byUser.get(uid) ?? 0) + files.length)
    for (const file of files) {
      if (isCarrier(file)) this.#carriers.set(file, (this.#carriers.get(file) ?? 0) + 1)
    }
  }
  /** They were received or dropped. */
  landed(files: readonly FileDescription[], uid: number): void {
    this.#byUser.set(uid, Math.max(0, (this.#byUser.get(uid) ?? 0) - files.length))
    for (const file of files) {
      if (!isCarrier(file)) continue
      const left = (this.#carriers.get(file) ?? 1) - 1
      if (left > 0) this.#carriers.set(file, left)
      else this.#carriers.delete(file)
    }
  }

  /**
   * Frees carriers whose only references are in the queues of carriers like them: a socket that was
   * sent through itself, or two through each other, and then closed.
   */
  collect(): void {
    if (this.#carriers.size === 0 || this.#collecting) return
    const inside = new Map<Carrier, number>()
    for (const [file, count] of this.#carriers) {
      if (file.references === count) inside.set(file, count)
    }
    if (inside.size === 0) return
    for (const carrier of inside.keys()) {
      for (const file of carrier.carried()) {
        if (isCarrier(file) && inside.has(file)) inside.set(file, inside.get(file)! - 1)
      }
    }
    // Those still counted are in the queue of a socket that somebody can read.
    const reachable = [...inside].filter(([, count]) => count > 0).map(([file]) => file)
    for (const carrier of reachable) inside.delete(carrier)
    for (let carrier = reachable.pop(); carrier; carrier = reachable.pop()) {
      for (const file of carrier.carried()) {
        if (isCarrier(file) && inside.delete(file)) reachable.push(file)
      }
    }
    this.#collecting = true
    try {
      for (const carrier of inside.keys()) carrier.hold()
      for (const carrier of inside.keys()) carrier.discard()
      for (const carrier of inside.keys()) carrier.release()
    } finally {
      this.#collecting = false
    }
  }
}

const isCarrier = (file: FileDescription): file is Carrier => 'carried' in file

export const inFlight = kernelLocal(() => new InFlight())
