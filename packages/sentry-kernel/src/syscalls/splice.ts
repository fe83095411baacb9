// splice, tee, vmsplice. (syscalls)
// Linux fs/splice.c. Pages are copied, not moved: guests cannot tell.

import {
  EAGAIN,
  EBADF,
  EINVAL,
  EPIPE,
  ESPIPE,
  IN_ACCESS,
  IN_MODIFY,
  O_APPEND,
  SIGPIPE,
  SPLICE_F_GIFT,
  SPLICE_F_MORE,
  SPLICE_F_MOVE,
  SPLICE_F_NONBLOCK,
} from '@tsvisor/abi'
import type { Pipe } from '../fs/pipe/pipe.ts'
import { PipeEnd } from '../fs/pipe/pipe-end.ts'
import { READABLE, WRITABLE } from '../fs/poll-events.ts'
import { type Blocking, type Result, WOULD_BLOCK, waitFor } from '../kernel/blocking.ts'
import { BufferIo } from '../mm/io.ts'
import { PAGE_SIZE } from '../platform/platform.ts'
import { raise } from '../signal/raise.ts'
import type { Task } from '../task/task.ts'
import { readFile, writeFile } from '../vfs/blocking-io.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { notifyUse } from '../vfs/notify.ts'
import { type FileOffset, fileOffset } from '../vfs/offset.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { Handler } from './handler.ts'

const FLAGS = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT
const CHUNK = 64 * 1024

/** One attempt: bytes moved, or what to wait for. */
type Attempt = number | { readonly queue: WaitQueue; readonly events: number }

/** From where to where. */
type Files = readonly [input: FileDescription, output: FileDescription]

/** Repeats an attempt until it moved something; EAGAIN instead of waiting where `patience` says so. */
function persist(files: Files, patience: 'wait' | 'fail', attempt: () => Attempt): Result {
  const first = attempt()
  if (typeof first === 'number') return moved(files, first)
  if (patience === 'fail') throw EAGAIN
  return persistLater(files, first, attempt)
}
function* persistLater(
  files: Files,
  first: Exclude<Attempt, number>,
  attempt: () => Attempt,
): Blocking {
  for (const file of files) file.hold()
  try {
    for (let state: Attempt = first; ; state = attempt()) {
      if (typeof state === 'number') return moved(files, state)
      yield* waitFor(state.queue, state.events | 0x18)
    }
  } finally {
    for (const file of files) file.release()
  }
}

/** Tells those who watch the files. */
function moved([input, output]: Files, count: number): number {
  if (count > 0) {
    notifyUse(output, IN_MODIFY)
    notifyUse(input, IN_ACCESS)
  }
  return count
}

const room = (task: Task, pipe: Pipe): boolean => {
  if (pipe.readers === 0) {
    raise(task, SIGPIPE)
    throw EPIPE
  }
  return !pipe.isFull
}
const canRead = ({ queue }: { queue: WaitQueue }) => ({ queue, events: READABLE })
const canWrite = ({ queue }: { queue: WaitQueue }) => ({ queue, events: WRITABLE })

export const splice: Handler<'splice'> = (task, args) => {
  const { fd_in, off_in, fd_out, off_out, len, flags } = args
  if (len === 0) return 0
  if (flags & ~FLAGS) throw EINVAL
  const input = task.fds.get(fd_in)
  const output = task.fds.get(fd_out)
  if (!input.readable || !output.writable) throw EBADF
  const from = input instanceof PipeEnd ? input.pipe : undefined
  const to = output instanceof PipeEnd ? output.pipe : undefined
  if ((from && off_in !== 0) || (to && off_out !== 0)) throw ESPIPE
  const fails =
    flags & SPLICE_F_NONBLOCK || (from && input.nonBlocking) || (to && output.nonBlocking)
  const patience = fails ? 'fail' : 'wait'
  const files: Files = [input, output]
  if (from && to) {
    if (from === to) throw EINVAL
    return persist(files, patience, () => pipeToPipe(task, from, to, len))
  }
  if (from) {
    if (output.flags & O_APPEND) throw EINVAL
    const offset = fileOffset(task, output, off_out)
    return persist(files, patience, () => pipeToFile(task, from, output, offset, len))
  }
  if (to) {
    const offset = fileOffset(task, input, off_in)
    return persist(files, patience, () => fileToPipe(task, input, to, offset, len))
  }
  throw EINVAL
}

function pipeToPipe(task: Task, from: Pipe, to: Pipe, length: number): Attempt {
  if (from.isEmpty) return from.writers === 0 ? 0 : canRead(from)
  if (!room(task, to)) return canWrite(to)
  const data = from.peek(Math.min(length, to.freeSlots * PAGE_SIZE))
  from.consume(pushAll(to, data))
  return data.length
}

function pipeToFile(
  task: Task,
  from: Pipe,
  output: FileDescription,
  offset: FileOffset,
  length: number,
): Attempt {
  if (from.isEmpty) return from.writers === 0 ? 0 : canRead(from)
  const data = from.peek(Math.min(length, CHUNK))
  const written = output.write(task, new BufferIo(data), offset.value)
  if (written === WOULD_BLOCK) {
    if (output.nonBlocking) throw EAGAIN
    return canWrite(output)
  }
  from.consume(written)
  offset.advance(written)
  offset.finish()
  return written
}

function fileToPipe(
  task: Task,
  input: FileDescription,
  to: Pipe,
  offset: FileOffset,
  length: number,
): Attempt {
  if (!room(task, to)) return canWrite(to)
  const data = new Uint8Array(Math.min(length, to.freeSlots * PAGE_SIZE, CHUNK))
  const got = input.read(task, new BufferIo(data), offset.value)
  if (got === WOULD_BLOCK) {
    if (input.nonBlocking) throw EAGAIN
    return canRead(input)
  }
  pushAll(to, data.subarray(0, got))
  offset.advance(got)
  offset.finish()
  return got
}

/** `data` fits; pages of the pipe's own are made of it. */
function pushAll(pipe: Pipe, data: Uint8Array): number {
  for (let at = 0; at < data.length; at += PAGE_SIZE) pipe.pushPage(data.slice(at, at + PAGE_SIZE))
  return data.length
}

export const tee: Handler<'tee'> = (task, { fd_in, fd_out, len, flags }) => {
  if (flags & ~FLAGS) throw EINVAL
  if (len === 0) return 0
  const input = task.fds.get(fd_in)
  const output = task.fds.get(fd_out)
  if (!input.readable || !output.writable) throw EBADF
  if (!(input instanceof PipeEnd) || !(output instanceof PipeEnd)) throw EINVAL
  const from = input.pipe
  const to = output.pipe
  if (from === to) throw EINVAL
  const fails = flags & SPLICE_F_NONBLOCK || input.nonBlocking || output.nonBlocking
  return persist([input, output], fails ? 'fail' : 'wait', () => {
    if (from.isEmpty) return from.writers === 0 ? 0 : canRead(from)
    return room(task, to) ? from.teeTo(to, len) : canWrite(to)
  })
}

export const vmsplice: Handler<'vmsplice'> = (task, { fd, iov, nr_segs, flags }) => {
  if (flags & ~FLAGS) throw EINVAL
  const file = task.fds.get(fd)
  if (!file.readable && !file.writable) throw EBADF
  const io = task.mm.ioVector(iov, nr_segs)
  if (io.remaining === 0) return 0
  if (!(file instanceof PipeEnd)) throw EBADF
  if (flags & SPLICE_F_NONBLOCK) {
    const count = file.writable ? file.write(task, io, -1) : file.read(task, io, -1)
    if (count === WOULD_BLOCK) throw EAGAIN
    return used(file, count)
  }
  const result = file.writable ? writeFile(task, file, io, -1) : readFile(task, file, io, -1)
  return typeof result === 'number' ? used(file, result) : usedLater(file, result)
}

/** Tells those who watch the pipe. */
function used(file: PipeEnd, count: number): number {
  if (count > 0) notifyUse(file, file.writable ? IN_MODIFY : IN_ACCESS)
  return count
}
function* usedLater(file: PipeEnd, body: Blocking): Blocking {
  return used(file, yield* body)
}
