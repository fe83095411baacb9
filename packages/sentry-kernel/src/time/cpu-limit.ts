// RLIMIT_CPU: SIGXCPU at the soft limit and every second after it, SIGKILL at the hard one. (time)
// Linux kernel/time/posix-cpu-timers.c: check_process_timers.

import { RLIMIT_CPU, SIGKILL, SIGXCPU } from '@tsvisor/abi'
import { kernelSignal, sendSignal } from '../signal/send.ts'
import { UNLIMITED } from '../task/limits.ts'
import type { ThreadGroup } from '../task/thread-group.ts'

const SECOND = 1e9
/** CPU clocks are looked at no more often than this. */
const POLL_NS = 10_000_000

const watched = new WeakSet<ThreadGroup>()

/** Starts to watch a process if its limit asks for it; it stops by itself. */
export function watchCpuLimit(group: ThreadGroup): void {
  if (watched.has(group) || group.limits.soft(RLIMIT_CPU) === UNLIMITED) return
  watched.add(group)
  look(group, group.limits.soft(RLIMIT_CPU) * SECOND)
}

/** `signalAtNs`: CPU time of the next SIGXCPU. */
function look(group: ThreadGroup, signalAtNs: number): void {
  const soft = group.limits.soft(RLIMIT_CPU)
  const hard = group.limits.hard(RLIMIT_CPU)
  if (group.ended || (soft === UNLIMITED && hard === UNLIMITED)) {
    watched.delete(group)
    return
  }
  const used = group.cpuNs()
  let next = Math.max(signalAtNs, soft * SECOND)
  if (used >= hard * SECOND) sendSignal(group, kernelSignal(SIGKILL), 'ancestor')
  else if (used >= next) {
    sendSignal(group, kernelSignal(SIGXCPU))
    next = (Math.floor(used / SECOND) + 1) * SECOND
  }
  const { kernel } = group.leader
  const left = Math.min(next, hard * SECOND) - used
  const wait = Math.max(POLL_NS, left / kernel.cpus)
  kernel.timers.add(kernel.clock.monotonicNs() + wait, () => look(group, next))
}
