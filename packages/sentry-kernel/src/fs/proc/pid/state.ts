// The state of a task in one letter, and its parts that stat and status share. (fs/proc)
// Linux fs/proc/array.c: task_state_array.

import { SCHED_FIFO, SCHED_RR } from '@tsvisor/abi'
import type { SignalSet } from '../../../signal/signal-set.ts'
import type { Task } from '../../../task/task.ts'
import type { Subject } from './subject.ts'

const NAMES = {
  R: 'running',
  S: 'sleeping',
  T: 'stopped',
  t: 'tracing stop',
  Z: 'zombie',
} as const

export type StateLetter = keyof typeof NAMES

export function stateOf(task: Task): StateLetter {
  if (task.state === 'dead') return 'Z'
  if (task.tracee?.stop !== undefined) return 't'
  if (task.state === 'stopped') return 'T'
  return task.state === 'sleeping' ? 'S' : 'R'
}
/** "S (sleeping)" */
export const stateText = (task: Task): string => `${stateOf(task)} (${NAMES[stateOf(task)]})`

export interface Numbers {
  readonly tgid: number
  readonly parent: number
  readonly group: number
  readonly session: number
}

/** As the mount's namespace has them; 0 for what it does not see. */
export function numbersOf(subject: Subject): Numbers {
  const { group } = subject.task
  return {
    tgid: subject.number(group.leader.pid),
    parent: group.parent === undefined ? 0 : subject.number(group.parent.leader.pid),
    group: subject.number(group.processGroup.pid),
    session: subject.number(group.session.pid),
  }
}

/** Threads, counting a leader that ended before the others. */
export const threadCount = (task: Task): number => {
  const { group } = task
  if (group.ended) return 1
  return group.tasks.size + (group.tasks.has(group.leader) ? 0 : 1)
}

/** Everything pending for it: its own signals and the process's. */
export interface SignalMasks {
  readonly pending: SignalSet
  readonly shared: SignalSet
  readonly blocked: SignalSet
  readonly ignored: SignalSet
  readonly caught: SignalSet
}
export const signalMasks = ({ signals, group }: Task): SignalMasks => ({
  pending: signals.pending.set,
  shared: group.pending.set,
  blocked: signals.blocked,
  ignored: group.actions.ignored(),
  caught: group.actions.caught(),
})

/** The kernel's priority scale: 20 is nice 0; real-time ones are negative. */
export function priorityOf(task: Task): number {
  const { priority, nice } = task.scheduling
  return isRealTime(task) ? -1 - priority : 20 + nice
}
export const isRealTime = ({ scheduling: { policy } }: Task): boolean =>
  policy === SCHED_FIFO || policy === SCHED_RR
