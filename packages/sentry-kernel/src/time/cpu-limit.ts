// RLIMIT_CPU: SIGXCPU at the soft limit and every second after it, SIGKILL at the hard one. (time)
// Linux kernel/time/posix-cpu-timers.c: check_process_timers.

import { RLIMIT_CPU, SIGKILL, SIGXCPU } from '@tsvisor/abi'
import { kernelSignal, sendSignal } from '../signal/send.ts'
import { UNLIMITED } from '../task/limits.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import type { Timer } from './timer-queue.ts'

const SECOND = 1e9
/** CPU clocks are looked at no more often than this. */
const POLL_NS = 10_000_000

/** When the processes that have a limit are looked at next. */
const watched = new WeakMap<ThreadGroup, Timer>()

/** Starts to watch a process if its limit, which is new, asks for it; that stops by itself. */
export function watchCpuLimit(group: ThreadGroup): void {
  const timer = watched.get(group)
  if (timer) group.leader.kernel.timers.cancel(timer)
  look(group)
}

/** Each SIGXCPU raises the soft limit by a second, which is when the next is due. */
function look(group: ThreadGroup): void {
  const soft = group.limits.soft(RLIMIT_CPU)
  const hard = group.limits.hard(RLIMIT_CPU)
  if (group.ended || soft === UNLIMITED) {
    watched.delete(group)
    return
  }
  const used = group.cpuNs()
  let next = soft
  if (used >= hard * SECOND) sendSignal(group, kernelSignal(SIGKILL), 'ancestor')
  else if (used >= soft * SECOND) {
    sendSignal(group, kernelSignal(SIGXCPU))
    next = soft + 1
    group.limits.set(RLIMIT_CPU, next, hard)
  }
  const { kernel } = group.leader
  const left = Math.min(next, hard) * SECOND - used
  const wait = Math.max(POLL_NS, left / kernel.cpus)
  const timer = kernel.timers.add(kernel.clock.monotonicNs() + wait, () => look(group))
  watched.set(group, timer)
}
