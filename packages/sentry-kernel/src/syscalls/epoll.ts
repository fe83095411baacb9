// epoll_create, epoll_create1, epoll_ctl, epoll_wait, epoll_pwait, epoll_pwait2. (syscalls)
// Linux fs/eventpoll.c: do_epoll_ctl, do_epoll_wait.

import {
  type Addr,
  EEXIST,
  EINTR,
  EINVAL,
  ENOENT,
  EPERM,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLWAKEUP,
} from '@tsvisor/abi'
import { anonInode } from '../fs/anon/anon-inode.ts'
import { Epoll } from '../fs/epoll/epoll.ts'
import { READABLE } from '../fs/poll-events.ts'
import { type Blocking, type Result, sleep } from '../kernel/blocking.ts'
import type { Task } from '../task/task.ts'
import { FileDescription } from '../vfs/file-description.ts'
import type { Handler } from './handler.ts'
import { installNew } from './install-fd.ts'
import { withSignalMask } from './signal-mask.ts'
import { deadlineIn, readTimespecNs } from './time-out.ts'

/** sizeof(struct epoll_event), which is packed on amd64. */
const EVENT_SIZE = 12
const MAX_EVENTS = Math.floor(0x7fff_ffff / EVENT_SIZE)
/** What may be combined with EPOLLEXCLUSIVE. */
const EXCLUSIVE_OK =
  EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE

export const epoll_create: Handler<'epoll_create'> = (task, { size }) => {
  if (size <= 0) throw EINVAL
  return installNew(task, new Epoll(anonInode(task)), false)
}
export const epoll_create1: Handler<'epoll_create1'> = (task, { flags }) => {
  if (flags & ~EPOLL_CLOEXEC) throw EINVAL
  return installNew(task, new Epoll(anonInode(task)), flags !== 0)
}

export const epoll_ctl: Handler<'epoll_ctl'> = (task, { epfd, op, fd, event }) => {
  let events = 0
  let low = 0
  let high = 0
  if (op !== EPOLL_CTL_DEL) {
    const view = new DataView(task.mm.readBytes(event, EVENT_SIZE).buffer)
    events = view.getInt32(0, true)
    low = view.getUint32(4, true)
    high = view.getUint32(8, true)
  }
  const epoll = task.fds.get(epfd)
  const file = task.fds.get(fd)
  if (!canPoll(file)) throw EPERM
  if (file === epoll || !(epoll instanceof Epoll)) throw EINVAL
  if (op !== EPOLL_CTL_DEL && events & EPOLLEXCLUSIVE) {
    if (op === EPOLL_CTL_MOD) throw EINVAL
    if (op === EPOLL_CTL_ADD && (file instanceof Epoll || events & ~EXCLUSIVE_OK)) throw EINVAL
  }
  const item = epoll.find(file, fd)
  if (op === EPOLL_CTL_ADD) {
    if (item) throw EEXIST
    epoll.add(file, fd, events, low, high)
  } else if (op === EPOLL_CTL_DEL) {
    epoll.remove(file, fd)
  } else if (op === EPOLL_CTL_MOD) {
    if (item === undefined) throw ENOENT
    if (item.exclusive) throw EINVAL
    epoll.modify(item, events, low, high)
  } else throw EINVAL
  return 0
}

/** A kind of file that says when it is ready. Regular files, directories, /dev/null … do not. */
const canPoll = (file: FileDescription): boolean =>
  file.poll !== FileDescription.prototype.poll && file.canPoll

export const epoll_wait: Handler<'epoll_wait'> = (task, { epfd, events, maxevents, timeout }) =>
  wait(task, epfd, events, maxevents, timeout < 0 ? undefined : timeout * 1e6)

export const epoll_pwait: Handler<'epoll_pwait'> = (task, args) => {
  const { epfd, events, maxevents, timeout, sigmask, sigsetsize } = args
  return withSignalMask(task, sigmask, sigsetsize, () =>
    wait(task, epfd, events, maxevents, timeout < 0 ? undefined : timeout * 1e6),
  )
}

export const epoll_pwait2: Handler<'epoll_pwait2'> = (task, args) => {
  const { epfd, events, maxevents, timeout, sigmask, sigsetsize } = args
  const timeoutNs = timeout === 0 ? undefined : readTimespecNs(task, timeout)
  return withSignalMask(task, sigmask, sigsetsize, () =>
    wait(task, epfd, events, maxevents, timeoutNs),
  )
}

function wait(
  task: Task,
  epfd: number,
  addr: Addr,
  maxevents: number,
  timeoutNs: number | undefined,
): Result {
  if (maxevents <= 0 || maxevents > MAX_EVENTS) throw EINVAL
  const epoll = task.fds.get(epfd)
  if (!(epoll instanceof Epoll)) throw EINVAL
  const count = harvest(task, epoll, addr, maxevents)
  if (count > 0 || timeoutNs === 0) return count
  const deadlineNs = timeoutNs === undefined ? undefined : deadlineIn(task, timeoutNs)
  return waitForEvents(task, epoll, addr, maxevents, deadlineNs)
}

function* waitForEvents(
  task: Task,
  epoll: Epoll,
  addr: Addr,
  maxevents: number,
  deadlineNs: number | undefined,
): Blocking {
  epoll.hold()
  try {
    for (;;) {
      const why = yield sleep(epoll.queue, READABLE, deadlineNs)
      const count = harvest(task, epoll, addr, maxevents)
      if (count > 0 || why === 'timeout') return count
      if (why === 'signal') throw EINTR
    }
  } finally {
    epoll.release()
  }
}

let buffer = new Uint8Array(64 * EVENT_SIZE)
let view = new DataView(buffer.buffer)

/** Copies ready events to the guest. Errors: EFAULT, with the events lost for edge-triggered entries. */
function harvest(task: Task, epoll: Epoll, addr: Addr, maxevents: number): number {
  let at = 0
  const end = maxevents * EVENT_SIZE
  const count = epoll.collect((events, low, high) => {
    if (at + EVENT_SIZE > buffer.length) {
      const larger = new Uint8Array(buffer.length * 2)
      larger.set(buffer)
      buffer = larger
      view = new DataView(buffer.buffer)
    }
    view.setUint32(at, events, true)
    view.setUint32(at + 4, low, true)
    view.setUint32(at + 8, high, true)
    at += EVENT_SIZE
    return at < end
  })
  if (count > 0) task.mm.write(addr, buffer.subarray(0, at))
  return count
}
