// Starting one request of io_submit(2). (aio)
// Linux fs/aio.c: io_submit_one, aio_read, aio_write, aio_fsync, aio_poll.

import {
  type Addr,
  EBADF,
  EINTR,
  EINVAL,
  ERESTART_RESTARTBLOCK,
  ERESTARTNOHAND,
  ERESTARTNOINTR,
  ERESTARTSYS,
  Errno,
  IOCB_CMD_FDSYNC,
  IOCB_CMD_FSYNC,
  IOCB_CMD_POLL,
  IOCB_CMD_PREAD,
  IOCB_CMD_PREADV,
  IOCB_CMD_PWRITE,
  IOCB_CMD_PWRITEV,
  IOCB_FLAG_IOPRIO,
  IOCB_FLAG_RESFD,
  iocb as iocbStruct,
  POLLERR,
  POLLHUP,
  S_IFDIR,
} from '@tsvisor/abi'
import { EventFd } from '../fs/event/eventfd.ts'
import type { Blocking, Result } from '../kernel/blocking.ts'
import { checkTransferFlags, readWithFlags, writeWithFlags } from '../syscalls/read-write.ts'
import { checkIoPriority } from '../task/io-priority.ts'
import type { Task } from '../task/task.ts'
import { CURRENT, type FileDescription } from '../vfs/file-description.ts'
import type { AioContext, AioRequest } from './context.ts'
import { PollRequest } from './poll-request.ts'

type Iocb = ReturnType<(typeof iocbStruct)['decode']>

/** Sizes and positions are signed. */
const NEGATIVE = 2 ** 63
const KEY_OFFSET = 8

/**
 * Starts the request that the guest has at `at`. Where Linux's io_submit would sleep (a pipe that is
 * empty) the rest of it is returned, to be driven by the caller. What fails from the transfer on is
 * the request's result; before that, it is no request.
 * Errors: EFAULT, EINVAL, EBADF, EAGAIN (no slot), EPERM, EOPNOTSUPP.
 */
export function submit(task: Task, context: AioContext, at: Addr): Blocking<void> | undefined {
  const iocb = task.mm.readStruct(iocbStruct, at)
  if (iocb.aio_reserved2 !== 0 || iocb.aio_nbytes >= NEGATIVE) throw EINVAL
  const request = context.newRequest(at, iocb.aio_data)
  let start: () => Blocking<void> | undefined
  try {
    const file = task.fds.get(iocb.aio_fildes)
    request.file = file.hold()
    if (iocb.aio_flags & IOCB_FLAG_RESFD) {
      const eventFd = task.fds.get(iocb.aio_resfd)
      if (!(eventFd instanceof EventFd)) throw EINVAL
      eventFd.hold()
      request.eventFd = eventFd
    }
    // The key, by which io_cancel sees that this was submitted.
    task.mm.writeU32((at + KEY_OFFSET) as Addr, 0)
    start = prepare(task, request, file, iocb)
  } catch (error) {
    request.withdraw()
    throw error
  }
  return start()
}

function prepare(
  task: Task,
  request: AioRequest,
  file: FileDescription,
  iocb: Iocb,
): () => Blocking<void> | undefined {
  switch (iocb.aio_lio_opcode) {
    case IOCB_CMD_PREAD:
    case IOCB_CMD_PREADV:
      return prepareTransfer(task, request, file, iocb, 'read')
    case IOCB_CMD_PWRITE:
    case IOCB_CMD_PWRITEV:
      return prepareTransfer(task, request, file, iocb, 'write')
    case IOCB_CMD_FSYNC:
      return prepareSync(task, request, file, iocb, 'all')
    case IOCB_CMD_FDSYNC:
      return prepareSync(task, request, file, iocb, 'data')
    case IOCB_CMD_POLL:
      return preparePoll(request, file, iocb)
    default:
      // IOCB_CMD_NOOP, too: it has a number, and that is all.
      throw EINVAL
  }
}

function prepareTransfer(
  task: Task,
  request: AioRequest,
  file: FileDescription,
  iocb: Iocb,
  direction: 'read' | 'write',
): () => Blocking<void> | undefined {
  const { aio_buf, aio_nbytes, aio_offset, aio_rw_flags } = iocb
  if (iocb.aio_flags & IOCB_FLAG_IOPRIO) checkIoPriority(task.creds, iocb.aio_reqprio & 0xffff)
  checkTransferFlags(aio_rw_flags)
  if (!(direction === 'read' ? file.readable : file.writable)) throw EBADF
  if (!file.transfers || file.inode.type === S_IFDIR) throw EINVAL
  const { aio_lio_opcode } = iocb
  const vectored = aio_lio_opcode === IOCB_CMD_PREADV || aio_lio_opcode === IOCB_CMD_PWRITEV
  const io = vectored
    ? task.mm.ioVector(aio_buf as Addr, aio_nbytes)
    : task.mm.io(aio_buf as Addr, aio_nbytes)
  if (aio_offset < 0 || aio_offset + io.remaining >= NEGATIVE) throw EINVAL
  const offset = file.seekable ? aio_offset : CURRENT
  const transfer = direction === 'read' ? readWithFlags : writeWithFlags
  return () => finish(request, () => transfer(task, file, io, offset, aio_rw_flags))
}

function prepareSync(
  task: Task,
  request: AioRequest,
  file: FileDescription,
  iocb: Iocb,
  what: 'data' | 'all',
): () => Blocking<void> | undefined {
  if (iocb.aio_buf || iocb.aio_offset || iocb.aio_nbytes || iocb.aio_rw_flags) throw EINVAL
  let result = 0
  try {
    file.sync(task, what)
  } catch (error) {
    // The file cannot do that at all: that is no request.
    if (error === EINVAL) throw error
    result = resultOf(error)
  }
  return () => finish(request, () => result)
}

function preparePoll(
  request: AioRequest,
  file: FileDescription,
  iocb: Iocb,
): () => Blocking<void> | undefined {
  if (iocb.aio_buf > 0xffff) throw EINVAL
  if (iocb.aio_offset || iocb.aio_nbytes || iocb.aio_rw_flags) throw EINVAL
  const poll = new PollRequest(request, file, iocb.aio_buf | POLLERR | POLLHUP)
  return () => {
    poll.start()
    return undefined
  }
}

function finish(request: AioRequest, transfer: () => Result): Blocking<void> | undefined {
  let result: Result
  try {
    result = transfer()
  } catch (error) {
    result = resultOf(error)
  }
  if (typeof result !== 'number') return finishLater(request, result)
  request.complete(result)
  return undefined
}

/** A task that is killed meanwhile leaves an interrupted request. */
function* finishLater(request: AioRequest, transfer: Blocking): Blocking<void> {
  let result = -EINTR.code
  try {
    result = yield* transfer
  } catch (error) {
    result = resultOf(error)
  } finally {
    request.complete(result)
  }
}

const RESTARTS: readonly unknown[] = [
  ERESTARTSYS,
  ERESTARTNOINTR,
  ERESTARTNOHAND,
  ERESTART_RESTARTBLOCK,
]

/** A request cannot be started again by returning to user mode. */
function resultOf(error: unknown): number {
  if (!(error instanceof Errno)) throw error
  return RESTARTS.includes(error) ? -EINTR.code : -error.code
}
