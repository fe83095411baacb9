// A process's descriptors. (vfs)

import { EBADF, EMFILE, O_PATH } from '@tsvisor/abi'
import { unwatchDirectory } from './dnotify.ts'
import type { FileDescription } from './file-description.ts'

interface Slot {
  readonly file: FileDescription
  closeOnExec: boolean
}

/** Descriptor table; shared between tasks with CLONE_FILES. */
export class FdTable {
  #slots: (Slot | undefined)[] = []
  /** No free descriptor below this. */
  #lowestFree = 0
  #users = 1

  /** An open file, not a mere place (O_PATH). Errors: EBADF. */
  get(fd: number): FileDescription {
    const slot = this.#slots[fd]
    if (slot === undefined || slot.file.flags & O_PATH) throw EBADF
    return slot.file
  }
  /** Whatever the descriptor refers to, O_PATH or not (fdget_raw). Errors: EBADF. */
  getAny(fd: number): FileDescription {
    const slot = this.#slots[fd]
    if (slot === undefined) throw EBADF
    return slot.file
  }
  /** As `get`, but undefined. */
  tryGet(fd: number): FileDescription | undefined {
    const file = this.#slots[fd]?.file
    return file === undefined || file.flags & O_PATH ? undefined : file
  }
  peek(fd: number): FileDescription | undefined {
    return this.#slots[fd]?.file
  }
  closesOnExec(fd: number): boolean {
    const slot = this.#slots[fd]
    if (slot === undefined) throw EBADF
    return slot.closeOnExec
  }
  setCloseOnExec(fd: number, value: boolean): void {
    const slot = this.#slots[fd]
    if (slot === undefined) throw EBADF
    slot.closeOnExec = value
  }

  /**
   * Installs `file` at the lowest free descriptor ≥ `from`, taking over the caller's reference.
   * Errors: EMFILE at `limit` (RLIMIT_NOFILE).
   */
  install(file: FileDescription, closeOnExec: boolean, limit: number, from = 0): number {
    const fd = this.#freeFrom(Math.max(from, this.#lowestFree))
    if (fd >= limit) throw EMFILE
    this.#slots[fd] = { file, closeOnExec }
    if (from <= this.#lowestFree) this.#lowestFree = fd + 1
    return fd
  }
  /** Whether a descriptor below `limit` is free. Errors: EMFILE. */
  checkRoom(limit: number): void {
    this.#lowestFree = this.#freeFrom(this.#lowestFree)
    if (this.#lowestFree >= limit) throw EMFILE
  }
  #freeFrom(from: number): number {
    let fd = from
    while (fd < this.#slots.length && this.#slots[fd] !== undefined) fd++
    return fd
  }
  /** Puts `file` at exactly `fd`, taking over the reference; returns what was there. */
  replace(fd: number, file: FileDescription, closeOnExec: boolean): FileDescription | undefined {
    const old = this.#slots[fd]?.file
    if (old !== undefined) this.#closed(old)
    while (this.#slots.length < fd) this.#slots.push(undefined)
    this.#slots[fd] = { file, closeOnExec }
    return old
  }
  /** Takes the descriptor out; the caller releases the description. Errors: EBADF. */
  remove(fd: number): FileDescription {
    const slot = this.#slots[fd]
    if (slot === undefined) throw EBADF
    this.#slots[fd] = undefined
    this.#closed(slot.file)
    if (fd < this.#lowestFree) this.#lowestFree = fd
    return slot.file
  }
  /** POSIX locks of the table, and what it asked for by F_NOTIFY, go with any descriptor of the file: fcntl(2). */
  #closed(file: FileDescription): void {
    file.inode.locks?.releaseOwner(this)
    if (file.inode.watchers !== undefined) unwatchDirectory(file, this)
  }
  /** Descriptors the table has room for without growing (fdt->max_fds): select ignores bits above. */
  get capacity(): number {
    const { length } = this.#slots
    return length <= 64 ? 64 : Math.max(256, 2 ** Math.ceil(Math.log2(length)))
  }
  /** Open descriptors, ascending. */
  *entries(): Generator<[number, FileDescription]> {
    for (let fd = 0; fd < this.#slots.length; fd++) {
      const slot = this.#slots[fd]
      if (slot) yield [fd, slot.file]
    }
  }

  /** A copy with its own slots, for fork. */
  fork(): FdTable {
    const copy = new FdTable()
    copy.#slots = this.#slots.map(slot => {
      if (slot === undefined) return undefined
      slot.file.hold()
      return { file: slot.file, closeOnExec: slot.closeOnExec }
    })
    copy.#lowestFree = this.#lowestFree
    return copy
  }
  share(): this {
    this.#users++
    return this
  }
  get shared(): boolean {
    return this.#users > 1
  }
  /** One user fewer; the last closes everything. Answers the descriptions to release. */
  drop(): FileDescription[] {
    if (--this.#users > 0) return []
    const files = [...this.entries()].map(([, file]) => file)
    for (const file of files) this.#closed(file)
    this.#slots = []
    this.#lowestFree = 0
    return files
  }
  /** Takes out what execve closes. */
  takeCloseOnExec(): FileDescription[] {
    const files: FileDescription[] = []
    for (let fd = 0; fd < this.#slots.length; fd++) {
      if (this.#slots[fd]?.closeOnExec) files.push(this.remove(fd))
    }
    return files
  }
}
