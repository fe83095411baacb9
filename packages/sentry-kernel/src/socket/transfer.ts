// Sending and receiving with the patience that socket calls have. (socket)

import {
  EAGAIN,
  EINTR,
  ERESTARTSYS,
  Errno,
  MSG_PEEK,
  MSG_WAITALL,
  POLLIN,
  POLLOUT,
  SOCK_STREAM,
} from '@tsvisor/abi'
import { type Blocking, type Result, sleep, WOULD_BLOCK } from '../kernel/blocking.ts'
import type { Task } from '../task/task.ts'
import type { Incoming, Outgoing } from './message.ts'
import { NO_FILES } from './message.ts'
import type { Socket } from './socket.ts'

const READ_EVENTS = POLLIN | 0x2038
const WRITE_EVENTS = POLLOUT | 0x38

/** Sends all of a stream's bytes, or one datagram. Takes over the references in `message.files`. */
export function sendAll(task: Task, socket: Socket, message: Outgoing): Result {
  let count: number
  const wanted = message.source.remaining
  try {
    count = socket.send(task, message)
  } catch (error) {
    for (const file of message.files) file.release()
    throw error
  }
  if (count === wanted || (count !== WOULD_BLOCK && socket.socketType !== SOCK_STREAM)) return count
  if (socket.isNonBlocking(message.flags)) {
    if (count !== WOULD_BLOCK) return count
    for (const file of message.files) file.release()
    throw EAGAIN
  }
  return sendLater(task, socket, message, count)
}

function* sendLater(task: Task, socket: Socket, message: Outgoing, first: number): Blocking {
  const deadlineNs = socket.writeDeadlineNs(task.kernel.clock.monotonicNs())
  let total = Math.max(first, 0)
  let rest = first === WOULD_BLOCK ? message : { ...message, files: NO_FILES }
  let sent = first !== WOULD_BLOCK
  socket.hold()
  try {
    for (;;) {
      const why = yield sleep(socket.queue, WRITE_EVENTS, deadlineNs)
      const count = socket.send(task, rest)
      if (count !== WOULD_BLOCK) {
        if (!sent) rest = { ...message, files: NO_FILES }
        sent = true
        total += count
        if (rest.source.remaining === 0 || socket.socketType !== SOCK_STREAM) return total
      } else if (why === 'timeout') throw EAGAIN
      if (why === 'signal') throw deadlineNs === undefined ? ERESTARTSYS : EINTR
    }
  } catch (error) {
    if (total > 0) return total
    throw error
  } finally {
    if (!sent) for (const file of message.files) file.release()
    socket.release()
  }
}

/** Receives what is there, waiting for the first byte, or for all with MSG_WAITALL. */
export function receiveSome(task: Task, socket: Socket, message: Incoming): Result {
  const all =
    (message.flags & MSG_WAITALL) !== 0 &&
    (message.flags & MSG_PEEK) === 0 &&
    socket.socketType === SOCK_STREAM
  const count = socket.receive(task, message)
  const waits = !socket.isNonBlocking(message.flags)
  if (count === WOULD_BLOCK) {
    if (!waits) throw EAGAIN
    return receiveLater(task, socket, message, 0, all)
  }
  if (!all || !waits || count === 0 || message.target.remaining === 0 || message.files.length > 0)
    return count
  return receiveLater(task, socket, message, count, all)
}

function* receiveLater(
  task: Task,
  socket: Socket,
  message: Incoming,
  first: number,
  all: boolean,
): Blocking {
  const deadlineNs = socket.readDeadlineNs(task.kernel.clock.monotonicNs())
  let total = first
  socket.hold()
  try {
    for (;;) {
      // With MSG_WAITALL there may be more already: a stream's pieces are handed out one by one.
      const ready = total > 0 ? socket.receive(task, message) : WOULD_BLOCK
      let why: 'event' | 'timeout' | 'signal' = 'event'
      let count = ready
      if (ready === WOULD_BLOCK) {
        why = yield sleep(socket.queue, READ_EVENTS, deadlineNs)
        count = socket.receive(task, message)
      }
      if (count !== WOULD_BLOCK) {
        total += count
        const ended = count === 0 || message.target.remaining === 0 || message.files.length > 0
        if (!all || ended) return total
      } else if (why === 'timeout') throw EAGAIN
      if (why === 'signal') throw deadlineNs === undefined ? ERESTARTSYS : EINTR
    }
  } catch (error) {
    if (total > 0 && error instanceof Errno) return total
    throw error
  } finally {
    socket.release()
  }
}
