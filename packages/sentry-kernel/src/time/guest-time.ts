// timespec and timeval in guest memory. (time)

import { type Addr, EINVAL } from '@tsvisor/abi'
import type { Time } from '../platform/host.ts'
import type { Task } from '../task/task.ts'

const SECOND = 1e9
const data = new Uint8Array(16)
const view = new DataView(data.buffer)

const signed = (at: number): number =>
  view.getInt32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true)

/** A timespec. Errors: EFAULT, EINVAL (negative, or nsec not below a second). */
export function readTimespec(task: Task, at: Addr): Time {
  task.mm.read(at, data)
  const time = { sec: signed(0), nsec: signed(8) }
  if (time.sec < 0 || time.nsec < 0 || time.nsec >= SECOND) throw EINVAL
  return time
}
/** A timeval. Errors: EFAULT, EINVAL (negative, or usec not below a second). */
export function readTimeval(task: Task, at: Addr): Time {
  task.mm.read(at, data)
  const sec = signed(0)
  const usec = signed(8)
  if (sec < 0 || usec < 0 || usec >= 1e6) throw EINVAL
  return { sec, nsec: usec * 1000 }
}
/** Errors: EFAULT. */
export function writeTimespec(task: Task, at: Addr, time: Time): void {
  put(time.sec, time.nsec)
  task.mm.write(at, data)
}
/** Errors: EFAULT. */
export function writeTimeval(task: Task, at: Addr, time: Time): void {
  put(time.sec, Math.floor(time.nsec / 1000))
  task.mm.write(at, data)
}
function put(sec: number, part: number): void {
  const high = Math.floor(sec / 0x1_0000_0000)
  view.setUint32(0, sec - high * 0x1_0000_0000, true)
  view.setInt32(4, high, true)
  view.setUint32(8, part, true)
  view.setUint32(12, 0, true)
}

/** Beyond this a deadline means never (KTIME_MAX). */
const FOREVER_NS = 2 ** 63
/** As ns; Infinity past what the kernel can count. */
export const toNs = ({ sec, nsec }: Time): number => {
  const ns = sec * SECOND + nsec
  return ns >= FOREVER_NS ? Number.POSITIVE_INFINITY : ns
}
export const fromNs = (ns: number): Time => {
  const sec = Math.floor(ns / SECOND)
  return { sec, nsec: Math.floor(ns - sec * SECOND) }
}
