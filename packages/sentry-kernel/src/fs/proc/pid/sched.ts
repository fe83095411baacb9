// /proc/PID/sched and schedstat: what the scheduler knows of a thread. The host's is not ours to ask. (fs/proc)
// Linux kernel/sched/debug.c: proc_sched_show_task; fs/proc/base.c: proc_pid_schedstat.

import type { Task } from '../../../task/task.ts'
import { file } from '../../kernfs/node.ts'
import { priorityOf, threadCount } from './state.ts'
import { type Entry, shown } from './subject.ts'

const RULE = '-'.repeat(67)
/** MAX_RT_PRIO: the kernel's own priorities count from the most urgent on. */
const MAX_RT_PRIO = 100

const line = (name: string, value: string | number): string =>
  `${name.padEnd(45)}:${String(value).padStart(21)}\n`
/** Milliseconds, to six places. */
const milliseconds = (ns: number): string => (ns / 1e6).toFixed(6)

function schedText(task: Task, number: number): string {
  const cpuNs = task.cpuNs()
  return (
    `${task.name} (${number}, #threads: ${threadCount(task)})\n${RULE}\n` +
    line('se.exec_start', milliseconds(task.kernel.clock.monotonicNs())) +
    line('se.vruntime', milliseconds(cpuNs)) +
    line('se.sum_exec_runtime', milliseconds(cpuNs)) +
    line('se.nr_migrations', 0) +
    line('nr_switches', 0) +
    line('nr_voluntary_switches', 0) +
    line('nr_involuntary_switches', 0) +
    line('policy', task.scheduling.policy) +
    line('prio', MAX_RT_PRIO + priorityOf(task))
  )
}

/** What is written there sets counters back, which are 0 in any case. */
export const sched: Entry = subject => ({
  ...file(() => schedText(subject.task, subject.number(subject.task.pid)), 0o644, {
    owner: subject.owner,
  }),
  write: (_task, data) => data.length,
})

/** Time on a CPU, time spent waiting for one, times that it got one. */
export const schedstat: Entry = shown(task => `${Math.floor(task.cpuNs())} 0 0\n`)
