// A bound on host files that are kept open although nobody has them open. (fs/gofer)

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
