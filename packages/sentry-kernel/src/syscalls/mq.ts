// POSIX message queues: mq_open, mq_unlink, mq_timedsend, mq_timedreceive, mq_notify, mq_getsetattr. (syscalls)

import {
  type Addr,
  CAP_FOWNER,
  CAP_SYS_RESOURCE,
  EACCES,
  EAGAIN,
  EBADF,
  EBUSY,
  EEXIST,
  EINVAL,
  EMFILE,
  EMSGSIZE,
  ENOENT,
  ENOSPC,
  EPERM,
  ERESTARTSYS,
  ETIMEDOUT,
  mq_attr,
  NAME_MAX,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NONBLOCK,
  RLIMIT_MSGQUEUE,
  SIGEV_NONE,
  SIGEV_SIGNAL,
  sigevent,
} from '@tsvisor/abi'
import { ipcNamespaces } from '../ipc/ipc-namespace.ts'
import { mqueueFs, PosixQueue, PosixQueueFile } from '../ipc/posix-queue.ts'
import type { Blocking, Result } from '../kernel/blocking.ts'
import { hasCapability, hasCapabilityOver } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { checkInode, MAY_READ, MAY_WRITE } from '../vfs/permission.ts'
import type { Handler } from './handler.ts'
import { installNew } from './install-fd.ts'
import { readTimespecNs } from './time-out.ts'

/** HARD_MSGMAX and HARD_MSGSIZEMAX: with CAP_SYS_RESOURCE. */
const HARD_MESSAGES_MAX = 65536
const HARD_SIZE_MAX = 16 * 1024 * 1024
/** MQ_PRIO_MAX */
const PRIORITIES = 32768
const SECOND_NS = 1e9
/** struct msg_msg and posix_msg_tree_node, counted for each message. */
const MESSAGE_OVERHEAD = 96

/** Errors: EINVAL, EACCES (a slash inside), ENAMETOOLONG. */
function readName(task: Task, at: Addr): string {
  const name = task.mm.readString(at, NAME_MAX + 1)
  if (name === '') throw ENOENT
  if (name === '.' || name === '..' || name.includes('/')) throw EACCES
  return name
}

export const mq_open: Handler<'mq_open'> = (task, { name, oflag, mode, attr }) => {
  const { posixQueues: byName, limits } = task.namespaces.ipc
  const wanted = attr === 0 ? undefined : task.mm.readStruct(mq_attr, attr)
  const key = readName(task, name)
  const access = oflag & O_ACCMODE
  if (access === 3) throw EINVAL
  let queue = byName.get(key)
  if (queue === undefined) {
    if (!(oflag & O_CREAT)) throw ENOENT
    const capable = hasCapability(task.creds, CAP_SYS_RESOURCE)
    if (byName.size >= limits.queuesMax && !capable) throw ENOSPC
    const capacity = wanted?.mq_maxmsg ?? Math.min(limits.msgMax, limits.msgDefault)
    const size = wanted?.mq_msgsize ?? Math.min(limits.msgsizeMax, limits.msgsizeDefault)
    if (capacity <= 0 || size <= 0) throw EINVAL
    if (capacity > (capable ? HARD_MESSAGES_MAX : limits.msgMax)) throw EINVAL
    if (size > (capable ? HARD_SIZE_MAX : limits.msgsizeMax)) throw EINVAL
    checkQuota(task, capacity * (size + MESSAGE_OVERHEAD))
    queue = new PosixQueue(
      mqueueFs(task.kernel),
      task,
      mode & 0o777 & ~task.fs.umask,
      capacity,
      size,
    )
    byName.set(key, queue)
  } else {
    if (oflag & O_CREAT && oflag & O_EXCL) throw EEXIST
    checkInode(task, queue, [MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE][access]!)
  }
  const file = new PosixQueueFile(queue, key, oflag & (O_ACCMODE | O_NONBLOCK))
  return installNew(task, file, (oflag & O_CLOEXEC) !== 0)
}

export const mq_unlink: Handler<'mq_unlink'> = (task, { name }) => {
  const { posixQueues: byName } = task.namespaces.ipc
  const key = readName(task, name)
  const queue = byName.get(key)
  if (queue === undefined) throw ENOENT
  // The directory is sticky: only the owner removes.
  const owner = queue.attr()
  if (task.creds.fsuid !== owner.uid && !hasCapabilityOver(task.creds, owner, CAP_FOWNER))
    throw EPERM
  byName.delete(key)
  return 0
}

/** Errors: EMFILE when the user's queues would exceed RLIMIT_MSGQUEUE. */
function checkQuota(task: Task, bytes: number): void {
  let total = bytes
  for (const { posixQueues } of ipcNamespaces(task.kernel).all)
    for (const { capacity, messageSize, owner } of posixQueues.values())
      if (owner === task.creds.uid) total += capacity * (messageSize + MESSAGE_OVERHEAD)
  if (total > task.group.limits.soft(RLIMIT_MSGQUEUE)) throw EMFILE
}

function fileOf(task: Task, fd: number): PosixQueueFile {
  const file = task.fds.get(fd)
  if (!(file instanceof PosixQueueFile)) throw EBADF
  return file
}

/** Time-outs are absolute, on CLOCK_REALTIME. */
function deadline(task: Task, at: Addr): number | undefined {
  if (at === 0) return undefined
  const { clock } = task.kernel
  const target = readTimespecNs(task, at)
  const { sec, nsec } = clock.realtime()
  return clock.monotonicNs() + target - (sec * SECOND_NS + nsec)
}

/** Sleeps until `attempt` succeeds. Errors: ETIMEDOUT, ERESTARTSYS. */
function* until(
  queue: PosixQueue,
  deadlineNs: number | undefined,
  attempt: () => number | undefined,
): Blocking {
  for (;;) {
    const why = yield { queues: [queue.events], events: -1, deadlineNs, interruptedBy: 'signal' }
    const done = attempt()
    if (done !== undefined) return done
    if (why === 'timeout') throw ETIMEDOUT
    if (why === 'signal') throw ERESTARTSYS
  }
}

export const mq_timedsend: Handler<'mq_timedsend'> = (
  task,
  { mqdes, msg_ptr, msg_len, msg_prio, abs_timeout },
): Result => {
  if (msg_prio >= PRIORITIES) throw EINVAL
  const deadlineNs = deadline(task, abs_timeout)
  const file = fileOf(task, mqdes)
  if (!file.writable) throw EBADF
  const queue = file.inode
  if (msg_len > queue.messageSize) throw EMSGSIZE
  const text = task.mm.readBytes(msg_ptr, msg_len)
  const attempt = (): number | undefined => {
    if (queue.full) return undefined
    queue.add(task, { priority: msg_prio, text })
    return 0
  }
  if (attempt() === 0) return 0
  if (file.nonBlocking) throw EAGAIN
  return until(queue, deadlineNs, attempt)
}

export const mq_timedreceive: Handler<'mq_timedreceive'> = (
  task,
  { mqdes, msg_ptr, msg_len, msg_prio, abs_timeout },
): Result => {
  const deadlineNs = deadline(task, abs_timeout)
  const file = fileOf(task, mqdes)
  if (!file.readable) throw EBADF
  const queue = file.inode
  if (msg_len < queue.messageSize) throw EMSGSIZE
  const attempt = (): number | undefined => {
    const message = queue.take()
    if (message === undefined) return undefined
    if (msg_prio !== 0) task.mm.writeU32(msg_prio, message.priority)
    task.mm.write(msg_ptr, message.text)
    return message.text.length
  }
  const got = attempt()
  if (got !== undefined) return got
  if (file.nonBlocking) throw EAGAIN
  return receiveLater(queue, deadlineNs, attempt)
}

/** While somebody waits to receive, nobody is notified. */
function* receiveLater(
  queue: PosixQueue,
  deadlineNs: number | undefined,
  attempt: () => number | undefined,
): Blocking {
  queue.receivers++
  try {
    return yield* until(queue, deadlineNs, attempt)
  } finally {
    queue.receivers--
  }
}

/** Errors: EBADF, EBUSY (another process waits), EINVAL; SIGEV_THREAD needs netlink: EINVAL. */
export const mq_notify: Handler<'mq_notify'> = (task, { mqdes, sevp }) => {
  const event = sevp === 0 ? undefined : task.mm.readStruct(sigevent, sevp)
  if (event !== undefined) {
    const { sigev_notify: how, sigev_signo: signo } = event
    if (how !== SIGEV_NONE && how !== SIGEV_SIGNAL) throw EINVAL
    if (how === SIGEV_SIGNAL && (signo < 1 || signo > 64)) throw EINVAL
  }
  const queue = fileOf(task, mqdes).inode
  if (event === undefined) {
    if (queue.notification?.group === task.group) queue.notification = undefined
    return 0
  }
  if (queue.notification !== undefined && !queue.notification.group.ended) throw EBUSY
  queue.notification = {
    group: task.group,
    signo: event.sigev_notify === SIGEV_SIGNAL ? event.sigev_signo : 0,
    value: event.sigev_value,
  }
  return 0
}

export const mq_getsetattr: Handler<'mq_getsetattr'> = (task, { mqdes, newattr, oldattr }) => {
  const wanted = newattr === 0 ? undefined : task.mm.readStruct(mq_attr, newattr)
  if (wanted !== undefined && wanted.mq_flags & ~O_NONBLOCK) throw EINVAL
  const file = fileOf(task, mqdes)
  const queue = file.inode
  const old = {
    mq_flags: file.flags & O_NONBLOCK,
    mq_maxmsg: queue.capacity,
    mq_msgsize: queue.messageSize,
    mq_curmsgs: queue.messages.length,
  }
  if (wanted !== undefined) file.flags = (file.flags & ~O_NONBLOCK) | (wanted.mq_flags & O_NONBLOCK)
  if (oldattr !== 0) task.mm.writeStruct(mq_attr, oldattr, old)
  return 0
}
