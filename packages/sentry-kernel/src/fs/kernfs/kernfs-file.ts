// An open generated file: its text is made when reading starts, and stays for later reads. (fs/kernfs)
// Linux fs/seq_file.c: seq_read_iter, seq_lseek.

import { EINVAL, POLLERR, POLLPRI, SEEK_CUR, SEEK_SET } from '@tsvisor/abi'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import { bytesOf } from '../../mm/user-memory.ts'
import type { Task } from '../../task/task.ts'
import { CURRENT, FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import type { Content } from './node.ts'

/** The longest read or write(2) that reaches a node at once, bytes. */
const MAX_TRANSFER = 1 << 20

export class KernfsFile extends FileDescription {
  readonly #content: Content
  #bytes: Uint8Array | undefined
  #stamp: number

  constructor(inode: Inode, content: Content, path: Path, flags: number) {
    super(inode, path, flags, content.changes?.queue)
    this.#content = content
    this.#stamp = content.changes?.stamp() ?? 0
  }

  override get seekable(): boolean {
    return true
  }

  override read(task: Task, target: IoTarget, offset: number): number {
    const at = offset === CURRENT ? this.position : offset
    let done = 0
    // Large reads go piece by piece where the content does.
    do {
      const wanted = Math.min(target.remaining, MAX_TRANSFER)
      const piece = this.#piece(task, at + done, wanted, done > 0)
      if (piece.length === 0) break
      const put = target.put(piece)
      done += put
      if (put < wanted) break
    } while (target.remaining > 0)
    if (offset === CURRENT) this.position = at + done
    return done
  }

  #piece(task: Task, at: number, length: number, more: boolean): Uint8Array {
    const { read, readAt } = this.#content
    if (readAt !== undefined) {
      if (!more) return readAt(task, at, length)
      try {
        return readAt(task, at, length)
      } catch {
        // What was read already counts.
        return new Uint8Array(0)
      }
    }
    if (read === undefined) throw EINVAL
    if (at === 0 || this.#bytes === undefined) {
      const made = read(task)
      this.#bytes = typeof made === 'string' ? bytesOf(made) : made
    }
    return this.#bytes.subarray(at, at + length)
  }

  override write(task: Task, source: IoSource, offset: number): number {
    const { write } = this.#content
    if (write === undefined) throw EINVAL
    const data = new Uint8Array(Math.min(source.remaining, MAX_TRANSFER))
    const taken = source.take(data)
    const at = offset === CURRENT ? this.position : offset
    const done = write(task, data.subarray(0, taken), at)
    if (offset === CURRENT) this.position = at + done
    return done
  }

  override seek(_task: Task, offset: number, whence: number): number {
    if (whence !== SEEK_SET && whence !== SEEK_CUR) throw EINVAL
    const to = whence === SEEK_SET ? offset : this.position + offset
    // Offsets in /proc/PID/mem are addresses, which may look negative.
    if (to < 0 && this.#content.readAt === undefined) throw EINVAL
    this.position = to
    return to
  }

  override get canPoll(): boolean {
    return this.#content.changes !== undefined
  }
  override poll(): number {
    const ready = super.poll()
    const { changes } = this.#content
    if (changes === undefined) return ready
    const stamp = changes.stamp()
    if (stamp === this.#stamp) return ready
    this.#stamp = stamp
    return ready | POLLERR | POLLPRI
  }
}
