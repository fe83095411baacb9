// What limits the guest from outside, as the controllers' files show it. (fs/cgroup)

import type { Cgroup } from '../../cgroup/cgroup.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { kernelLocal } from '../../kernel/kernel-local.ts'

/** Infinity: no limit. */
export interface CgroupLimits {
  memoryBytes: number
  /** Memory and swap together. */
  memoryAndSwapBytes: number
  tasks: number
  /** Of each period; microseconds. */
  cpuQuotaUs: number
  cpuPeriodUs: number
  cpuShares: number
}

const NONE: Readonly<CgroupLimits> = {
  memoryBytes: Number.POSITIVE_INFINITY,
  memoryAndSwapBytes: Number.POSITIVE_INFINITY,
  tasks: Number.POSITIVE_INFINITY,
  cpuQuotaUs: Number.POSITIVE_INFINITY,
  cpuPeriodUs: 100_000,
  cpuShares: 1024,
}

/** Of the root. May change while the guest runs. */
export const cgroupLimits = kernelLocal<CgroupLimits>(() => ({ ...NONE }))

/** Groups of version 1 that the guest makes have none of their own but pids.max. */
export const limitsOf = (kernel: Kernel, { parent }: Cgroup): Readonly<CgroupLimits> =>
  parent === undefined ? cgroupLimits(kernel) : NONE

/** As version 2 and pids.max write it. */
export const orMax = (limit: number): string => (Number.isFinite(limit) ? String(limit) : 'max')

/** 2 … 262144 onto 1 … 10000: what version 2 has for shares. */
export const weightOfShares = (shares: number): number =>
  Math.min(10_000, Math.max(1, 1 + Math.floor(((shares - 2) * 9999) / 262_142)))
