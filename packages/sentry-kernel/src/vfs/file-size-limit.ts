// RLIMIT_FSIZE: how large a task may make a file. (vfs)
// Linux mm/filemap.c: generic_write_check_limits; fs/attr.c: inode_newsize_ok.

import { EFBIG, RLIMIT_FSIZE, SIGXFSZ } from '@tsvisor/abi'
import type { IoSource } from '../mm/io.ts'
import type { MemoryFile } from '../platform/platform.ts'
import { raise } from '../signal/raise.ts'
import type { Task } from '../task/task.ts'

/** Whether `size` bytes are too many; then the task gets SIGXFSZ. */
export function exceedsFileSize(task: Task, size: number): boolean {
  if (size <= task.group.limits.soft(RLIMIT_FSIZE)) return false
  raise(task, SIGXFSZ)
  return true
}

/** What a write of `source` at `offset` may take. Errors: EFBIG with SIGXFSZ when that is nothing. */
export function limitedSource(task: Task, source: IoSource, offset: number): IoSource {
  const room = task.group.limits.soft(RLIMIT_FSIZE) - offset
  if (source.remaining <= room || source.remaining === 0) return source
  if (room <= 0) {
    raise(task, SIGXFSZ)
    throw EFBIG
  }
  return new ShortSource(source, room)
}

/** The first bytes of another source. */
class ShortSource implements IoSource {
  readonly #source: IoSource
  remaining: number

  constructor(source: IoSource, length: number) {
    this.#source = source
    this.remaining = length
  }
  take(data: Uint8Array): number {
    const fits = data.length <= this.remaining ? data : data.subarray(0, this.remaining)
    const taken = this.#source.take(fits)
    this.remaining -= taken
    return taken
  }
  takeInto(file: MemoryFile, offset: number, length: number): number {
    const taken = this.#source.takeInto(file, offset, Math.min(length, this.remaining))
    this.remaining -= taken
    return taken
  }
  untake(count: number): void {
    this.#source.untake(count)
    this.remaining += count
  }
}
