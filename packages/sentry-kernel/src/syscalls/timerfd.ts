// timerfd_create, timerfd_settime, timerfd_gettime. (syscalls)

import {
  type Addr,
  CAP_WAKE_ALARM,
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  EINVAL,
  EPERM,
  TFD_CLOEXEC,
  TFD_NONBLOCK,
  TFD_TIMER_ABSTIME,
  TFD_TIMER_CANCEL_ON_SET,
} from '@tsvisor/abi'
import { anonInode } from '../fs/anon/anon-inode.ts'
import { TimerFd, type TimerSetting } from '../fs/event/timerfd.ts'
import { hasCapability } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'
import { installNew } from './install-fd.ts'
import { readTimespecNs, writeNs } from './time-out.ts'

const CLOCKS: readonly number[] = [
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
]

export const timerfd_create: Handler<'timerfd_create'> = (task, { clockid, flags }) => {
  if (flags & ~(TFD_CLOEXEC | TFD_NONBLOCK) || !CLOCKS.includes(clockid)) throw EINVAL
  const alarm = clockid === CLOCK_REALTIME_ALARM || clockid === CLOCK_BOOTTIME_ALARM
  if (alarm && !hasCapability(task.creds, CAP_WAKE_ALARM)) throw EPERM
  const file = new TimerFd(task.kernel, anonInode(task), clockid, flags & TFD_NONBLOCK)
  return installNew(task, file, (flags & TFD_CLOEXEC) !== 0)
}

export const timerfd_settime: Handler<'timerfd_settime'> = (task, args) => {
  const { fd, flags, new_value, old_value } = args
  const intervalNs = readTimespecNs(task, new_value)
  const valueNs = readTimespecNs(task, (new_value + 16) as Addr)
  if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) throw EINVAL
  const file = timerFd(task, fd)
  if (file.isAlarm && !hasCapability(task.creds, CAP_WAKE_ALARM)) throw EPERM
  const old = file.set({ intervalNs, valueNs }, flags)
  if (old_value !== 0) writeSetting(task, old_value, old)
  return 0
}

export const timerfd_gettime: Handler<'timerfd_gettime'> = (task, { fd, curr_value }) => {
  writeSetting(task, curr_value, timerFd(task, fd).get())
  return 0
}

function timerFd(task: Task, fd: number): TimerFd {
  const file = task.fds.get(fd)
  if (!(file instanceof TimerFd)) throw EINVAL
  return file
}
function writeSetting(task: Task, addr: Addr, setting: TimerSetting): void {
  writeNs(task, addr, setting.intervalNs, 'timespec')
  writeNs(task, (addr + 16) as Addr, setting.valueNs, 'timespec')
}
