// Time-outs of system calls: guest structs to deadlines, and what is left of them. (syscalls)

import { type Addr, EINVAL } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'

/** Deadlines further away than this (292 years) mean never, as KTIME_MAX. */
const FOREVER_NS = 2 ** 63
const SECOND = 1e9

/** The deadline of a time-out `ns` from now; undefined for never. */
export const deadlineIn = (task: Task, ns: number): number | undefined =>
  ns >= FOREVER_NS ? undefined : task.kernel.clock.monotonicNs() + ns

/** A guest timespec as ns. Errors: EFAULT, EINVAL (negative, or nsec out of range). */
export function readTimespecNs(task: Task, addr: Addr): number {
  const sec = signed(task.mm.readU64Big(addr))
  const nsec = signed(task.mm.readU64Big((addr + 8) as Addr))
  if (sec < 0 || nsec < 0 || nsec >= SECOND) throw EINVAL
  return sec * SECOND + nsec
}
/** A guest timeval as ns; microseconds beyond a second are allowed (poll_select_set_timeout's caller adds them). */
export function readTimevalNs(task: Task, addr: Addr): number {
  const sec = signed(task.mm.readU64Big(addr))
  const usec = signed(task.mm.readU64Big((addr + 8) as Addr))
  if (sec < 0 || usec < 0) throw EINVAL
  return sec * SECOND + usec * 1000
}
const signed = (value: bigint): number => Number(BigInt.asIntN(64, value))

/** Writes ns as a timespec or timeval. Errors: EFAULT. */
export function writeNs(task: Task, addr: Addr, ns: number, layout: 'timespec' | 'timeval'): void {
  const left = Math.max(0, ns)
  const sec = Math.floor(left / SECOND)
  const rest = left - sec * SECOND
  task.mm.writeU64(addr, sec)
  task.mm.writeU64((addr + 8) as Addr, layout === 'timespec' ? rest : Math.floor(rest / 1000))
}

/** What is left until a deadline, ns. */
export const remainingNs = (task: Task, deadlineNs: number): number =>
  Math.max(0, deadlineNs - task.kernel.clock.monotonicNs())
