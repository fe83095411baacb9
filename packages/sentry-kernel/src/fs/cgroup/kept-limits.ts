// Limits of version 2 that a group keeps and shows, and that nothing holds its tasks to. (fs/cgroup)
// Linux kernel/sched/core.c: cpu_max_write, cpu_weight_write_u64.

import { EINVAL, ERANGE } from '@tsvisor/abi'
import { noteMissing } from '../../kernel/missing.ts'
import type { Task } from '../../task/task.ts'
import { type FileNode, knob, parseInteger } from '../kernfs/node.ts'
import { orMax } from './limits.ts'

const MIN_US = 1000
const MAX_PERIOD_US = 1_000_000
const DEFAULT_PERIOD_US = 100_000
const MAX_WEIGHT = 10_000

/** Says so, where somebody may wonder. */
const noteKept = (task: Task, name: string): void =>
  noteMissing(task, `cgroup: holding a group to its ${name}`)

/** cpu.max. */
export function cpuLimit(): FileNode {
  let quotaUs = Number.POSITIVE_INFINITY
  let periodUs = DEFAULT_PERIOD_US
  return knob(
    () => `${orMax(quotaUs)} ${periodUs}\n`,
    (task, text) => {
      const match = /^\s*(max|\d+)(?:\s+(\d+))?\s*$/.exec(text)
      if (match === null) throw EINVAL
      const quota = match[1] === 'max' ? Number.POSITIVE_INFINITY : Number(match[1])
      const period = match[2] === undefined ? periodUs : Number(match[2])
      if (quota < MIN_US || period < MIN_US || period > MAX_PERIOD_US) throw EINVAL
      quotaUs = quota
      periodUs = period
      noteKept(task, 'cpu.max')
    },
  )
}

/** cpu.weight. */
export function cpuWeight(initial: number): FileNode {
  let weight = initial
  return knob(
    () => `${weight}\n`,
    (task, text) => {
      const wanted = parseInteger(text)
      if (wanted < 1 || wanted > MAX_WEIGHT) throw ERANGE
      weight = wanted
      noteKept(task, 'cpu.weight')
    },
  )
}
