// Where a copy between files reads and writes: an offset in guest memory, or the file's position. (vfs)

import { type Addr, EINVAL, type Errno, ESPIPE, SEEK_CUR, SEEK_SET } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import { CURRENT, type FileDescription } from './file-description.ts'

/** A moving place in a file. `value` is CURRENT for files without positions. */
export interface FileOffset {
  value: number
  /** Moves on by what was copied. */
  advance(count: number): void
  /** Stores the final place where it came from. */
  finish(): void
}

/** Errors: ESPIPE (an offset into what has none), `negative`, EFAULT. */
export function fileOffset(
  task: Task,
  file: FileDescription,
  addr: Addr,
  negative: Errno = EINVAL,
): FileOffset {
  if (addr !== 0 && !file.seekable) throw ESPIPE
  const own = addr === 0
  let value = CURRENT
  if (!own) value = Number(BigInt.asIntN(64, task.mm.readU64Big(addr)))
  else if (file.seekable) value = file.seek(task, 0, SEEK_CUR)
  if (!own && value < 0) throw negative
  return {
    value,
    advance(count) {
      if (this.value !== CURRENT) this.value += count
    },
    finish() {
      if (!own) task.mm.writeU64(addr, this.value)
      else if (this.value !== CURRENT) file.seek(task, this.value, SEEK_SET)
    },
  }
}
