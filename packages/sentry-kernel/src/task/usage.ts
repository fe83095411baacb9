// What processes used: for getrusage, times and wait. (task)

import type { ThreadGroup } from './thread-group.ts'

export class Usage {
  cpuNs = 0
  /** KiB. */
  maxRss = 0
  add(other: Usage): void {
    this.cpuNs += other.cpuNs
    this.maxRss = Math.max(this.maxRss, other.maxRss)
  }
}

/** What a process and the children that it has waited for used. */
export function usageOf(group: ThreadGroup): Usage {
  const usage = new Usage()
  usage.add(group.waited)
  usage.cpuNs += group.cpuNs()
  usage.maxRss = Math.max(usage.maxRss, group.exited.maxRss)
  return usage
}

/** Clock ticks of 10 ms (USER_HZ). */
export const ticks = (ns: number): number => Math.floor(ns / 10_000_000)

/** struct rusage with what is known; times all count as user time. */
export const rusageOf = (usage: Usage) => ({
  ru_utime: {
    tv_sec: Math.floor(usage.cpuNs / 1e9),
    tv_usec: Math.floor((usage.cpuNs % 1e9) / 1e3),
  },
  ru_stime: { tv_sec: 0, tv_usec: 0 },
  ru_maxrss: usage.maxRss,
  ru_ixrss: 0,
  ru_idrss: 0,
  ru_isrss: 0,
  ru_minflt: 0,
  ru_majflt: 0,
  ru_nswap: 0,
  ru_inblock: 0,
  ru_oublock: 0,
  ru_msgsnd: 0,
  ru_msgrcv: 0,
  ru_nsignals: 0,
  ru_nvcsw: 0,
  ru_nivcsw: 0,
})
