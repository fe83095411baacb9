// sendfile, copy_file_range. (syscalls)
// Linux fs/read_write.c: do_sendfile, generic_copy_file_checks.

import {
  EBADF,
  EFBIG,
  EINVAL,
  EISDIR,
  EOVERFLOW,
  Errno,
  ESPIPE,
  IN_ACCESS,
  IN_MODIFY,
  O_APPEND,
  S_IFDIR,
  S_IFREG,
} from '@tsvisor/abi'
import type { Blocking, Result } from '../kernel/blocking.ts'
import { BufferIo } from '../mm/io.ts'
import type { Task } from '../task/task.ts'
import { writeFile } from '../vfs/blocking-io.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { notifyUse } from '../vfs/notify.ts'
import { type FileOffset, fileOffset } from '../vfs/offset.ts'
import type { Handler } from './handler.ts'

const CHUNK = 64 * 1024
const MAX_COUNT = 0x7fff_f000

export const sendfile: Handler<'sendfile'> = (task, { out_fd, in_fd, offset, count }) => {
  const input = task.fds.get(in_fd)
  if (!input.readable) throw EBADF
  const directory = input.inode.type === S_IFDIR
  if (offset !== 0 && !input.seekable && !directory) throw ESPIPE
  const output = task.fds.get(out_fd)
  if (!output.writable) throw EBADF
  if (!input.seekable || output.flags & O_APPEND) throw EINVAL
  const from = fileOffset(task, input, offset)
  return send(task, input, output, from, Math.min(count, MAX_COUNT))
}

function* send(
  task: Task,
  input: FileDescription,
  output: FileDescription,
  from: FileOffset,
  count: number,
): Blocking {
  let total = 0
  input.hold()
  output.hold()
  try {
    task.io.reads++
    task.io.writes++
    while (total < count) {
      const data = new Uint8Array(Math.min(CHUNK, count - total))
      const got = input.read(task, new BufferIo(data), from.value)
      if (got <= 0) break
      const result: Result = writeFile(task, output, new BufferIo(data.subarray(0, got)), -1)
      const written = typeof result === 'number' ? result : yield* result
      from.advance(written)
      total += written
      if (written < got) break
    }
  } catch (error) {
    if (total === 0 || !(error instanceof Errno)) throw error
  } finally {
    input.release()
    output.release()
  }
  task.io.readBytes += total
  task.io.writtenBytes += total
  notifyCopy(input, output, total)
  from.finish()
  return total
}

function notifyCopy(input: FileDescription, output: FileDescription, count: number): void {
  if (count === 0) return
  notifyUse(input, IN_ACCESS)
  notifyUse(output, IN_MODIFY)
}

export const copy_file_range: Handler<'copy_file_range'> = (task, args) => {
  const { fd_in, off_in, fd_out, off_out, len, flags } = args
  const input = task.fds.get(fd_in)
  const output = task.fds.get(fd_out)
  const types = [input.inode.type, output.inode.type]
  const directory = types.includes(S_IFDIR)
  if (flags !== 0) throw EINVAL
  if (directory) throw EISDIR
  const from = fileOffset(task, input, off_in, EOVERFLOW)
  const to = fileOffset(task, output, off_out, EOVERFLOW)
  if (types.some(type => type !== S_IFREG)) throw EINVAL
  if (!input.readable || !output.writable || output.flags & O_APPEND) throw EBADF
  const size = input.inode.attr().size
  const count = Math.max(0, Math.min(len, MAX_COUNT, size - from.value))
  const overlaps = from.value < to.value + count && to.value < from.value + count
  if (input.inode === output.inode && count > 0 && overlaps) throw EINVAL
  // As Linux does before it asks the file system, which would get a number cut short.
  if (count > 0 && to.value > Number.MAX_SAFE_INTEGER) throw EFBIG
  if (count > 0) {
    task.io.reads++
    task.io.writes++
  }
  let total = 0
  while (total < count) {
    const data = new Uint8Array(Math.min(CHUNK, count - total))
    const got = input.read(task, new BufferIo(data), from.value)
    if (got <= 0) break
    const written = output.write(task, new BufferIo(data.subarray(0, got)), to.value)
    if (written <= 0) break
    from.advance(written)
    to.advance(written)
    total += written
    if (written < got) break
  }
  task.io.readBytes += total
  task.io.writtenBytes += total
  notifyCopy(input, output, total)
  from.finish()
  to.finish()
  return total
}
