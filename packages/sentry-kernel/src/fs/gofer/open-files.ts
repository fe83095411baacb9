// A bound on host files that are kept open although nobody has them open. (fs/gofer)

import { ENFILE } from '@tsvisor/abi'

/** Has a host file open that it can do without. */
export interface FileHolder {
  /** Closes it, unless it is in use. */
  giveFileBack(): boolean
}

const DEFAULT_LIMIT = 1024

/** Who holds open files, those used least recently first. One for all file systems of a sandbox. */
export class OpenFiles {
  readonly #holders = new Set<FileHolder>()
  readonly #limit: number

  /** `limit`: files that are kept, those in use aside. */
  constructor(limit = DEFAULT_LIMIT) {
    this.#limit = limit
  }

  /** It has a file now, or used it. */
  used(holder: FileHolder): void {
    this.#holders.delete(holder)
    this.#holders.add(holder)
    if (this.#holders.size > this.#limit) this.#sweep(holder)
  }
  gone(holder: FileHolder): void {
    this.#holders.delete(holder)
  }

  /** When the host has no room for one more file (ENFILE), tries again without those that nobody has open. */
  withRoom<T>(open: () => T): T {
    try {
      return open()
    } catch (error) {
      if (error !== ENFILE || !this.#giveUp()) throw error
    }
    return open()
  }

  /** Gives all back that can be; whether there were any. */
  #giveUp(): boolean {
    let found = false
    for (const holder of [...this.#holders]) {
      if (!holder.giveFileBack()) continue
      this.#holders.delete(holder)
      found = true
    }
    return found
  }

  /** Gives one in sixteen back, so that not every open has to look for one. */
  #sweep(newest: FileHolder): void {
    let left = 1 + (this.#limit >> 4)
    let looks = this.#holders.size
    for (const holder of this.#holders) {
      if (left === 0 || looks-- === 0) return
      this.#holders.delete(holder)
      if (holder !== newest && holder.giveFileBack()) left--
      // In use: to the end, where it is looked at again when its turn comes.
      else this.#holders.add(holder)
    }
  }
}
