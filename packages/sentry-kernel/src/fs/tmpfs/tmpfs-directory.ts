// An open directory of tmpfs. (fs/tmpfs)

import { DT_DIR, EINVAL, SEEK_CUR, SEEK_SET } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { updatesAtime } from '../../vfs/atime.ts'
import { type Dirent, FileDescription } from '../../vfs/file-description.ts'
import type { Path } from '../../vfs/path.ts'
import type { DirectoryEntry, TmpfsInode } from './tmpfs-inode.ts'

type Entries = Map<string, DirectoryEntry>

/** Positions: 0 ".", 1 "..", then each entry's cookie; entries made while reading come last. */
export class TmpfsDirectory extends FileDescription {
  declare readonly inode: TmpfsInode
  readonly #entries: Entries
  /** A live iterator that stands where `#at` says, with the entry it gave last if that is unused. */
  #iterator: IterableIterator<[string, DirectoryEntry]> | undefined
  #ahead: [string, DirectoryEntry] | undefined
  #at = 0

  constructor(inode: TmpfsInode, entries: Entries, path: Path, flags: number) {
    super(inode, path, flags)
    this.#entries = entries
    inode.opened()
  }
  protected override close(): void {
    this.inode.closed()
  }

  override iterate(task: Task, emit: (entry: Dirent, next: number) => boolean): void {
    if (updatesAtime(this, task)) this.inode.touchAtime(task.kernel.clock.realtime())
    const { inode } = this
    // A removed directory is empty, without "." and "..".
    if (inode.attr().nlink === 0) return
    for (; this.position < 2; this.position++) {
      const dots = this.position === 0 ? inode : inode.parent
      const name = this.position === 0 ? '.' : '..'
      if (!emit({ name, ino: dots.attr().ino, type: DT_DIR }, this.position + 1)) return
    }
    if (this.#iterator === undefined || this.#at !== this.position) {
      this.#iterator = this.#entries.entries()
      this.#ahead = undefined
    }
    for (;;) {
      let entry = this.#ahead
      this.#ahead = undefined
      if (entry === undefined) {
        const step = this.#iterator.next()
        if (step.done) {
          // A finished iterator does not see entries made later: find the place anew then.
          this.#iterator = undefined
          return
        }
        entry = step.value
      }
      const [name, { inode: child, cookie }] = entry
      if (cookie < this.position || this.#entries.get(name) !== entry[1]) continue
      if (!emit({ name, ino: child.attr().ino, type: child.type >> 12 }, cookie + 1)) {
        this.#ahead = entry
        this.#at = this.position
        return
      }
      this.position = this.#at = cookie + 1
    }
  }

  override seek(_task: Task, offset: number, whence: number): number {
    const to = whence === SEEK_SET ? offset : whence === SEEK_CUR ? this.position + offset : -1
    if (to < 0) throw EINVAL
    this.position = to
    return to
  }
  override sync(): void {}
}
