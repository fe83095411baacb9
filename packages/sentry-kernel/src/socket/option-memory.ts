// What the options of one socket may have the kernel keep. (socket)
// Linux net/core/sock.c: sock_kmalloc, sk_omem_alloc.

/** net.core.optmem_max, bytes. */
export const OPTMEM_MAX = 131_072

export class OptionMemory {
  #used = 0

  /** Returns whether there is as much, which is then taken. */
  take(bytes: number): boolean {
    if (this.#used + bytes >= OPTMEM_MAX) return false
    this.#used += bytes
    return true
  }
  giveBack(bytes: number): void {
    this.#used -= bytes
  }
}
