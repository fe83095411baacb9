// The files of version 2's cpu controller, for groups that the guest makes. (fs/cgroup)
// Linux kernel/sched/core.c: cpu_max_write, cpu_weight_write_u64, cpu_extra_stat_show.

import { EINVAL, ERANGE } from '@tsvisor/abi'
import type { Cgroup } from '../../cgroup/cgroup.ts'
import type { CpuBandwidth } from '../../cgroup/cpu-bandwidth.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { noteMissing } from '../../kernel/missing.ts'
import { type FileNode, knob, parseInteger } from '../kernfs/node.ts'
import { orMax } from './limits.ts'

const MIN_US = 1000
const MAX_PERIOD_US = 1_000_000
const DEFAULT_WEIGHT = 100
const MAX_WEIGHT = 10_000

export const cpuFiles = (kernel: Kernel, { cpu }: Cgroup): Record<string, FileNode> => ({
  'cpu.max': cpuMax(kernel, cpu),
  'cpu.weight': cpuWeight(),
})

const cpuMax = (kernel: Kernel, cpu: CpuBandwidth): FileNode =>
  knob(
    () => `${orMax(cpu.quotaUs)} ${cpu.periodUs}\n`,
    (_task, text) => {
      const match = /^\s*(max|\d+)(?:\s+(\d+))?\s*$/.exec(text)
      if (match === null) throw EINVAL
      const quota = match[1] === 'max' ? Number.POSITIVE_INFINITY : Number(match[1])
      const period = match[2] === undefined ? cpu.periodUs : Number(match[2])
      if (quota < MIN_US || period < MIN_US || period > MAX_PERIOD_US) throw EINVAL
      cpu.limit(kernel, quota, period)
    },
  )

/** Kept and shown: which task runs when is the host's to decide. */
function cpuWeight(): FileNode {
  let weight = DEFAULT_WEIGHT
  return knob(
    () => `${weight}\n`,
    (task, text) => {
      const wanted = parseInteger(text)
      if (wanted < 1 || wanted > MAX_WEIGHT) throw ERANGE
      weight = wanted
      noteMissing(task, 'cgroup: holding a group to its cpu.weight')
    },
  )
}

/** What cpu.stat says of the quota. */
export const bandwidthStat = ({ periods, throttledPeriods, throttledUs }: CpuBandwidth): string =>
  `nr_periods ${periods}\nnr_throttled ${throttledPeriods}\nthrottled_usec ${throttledUs}\n` +
  'nr_bursts 0\nburst_usec 0\n'
