// From linux.resources to what the guest is told of its limits. (runsc)

import type { SpecResources } from '@tsvisor/oci-spec'
import type { BootCpu, ContainerConfig } from '../boot/boot-config.ts'

/** Enforced by the host's cgroup; these are for the guest to see. */
export function planLimits(resources: SpecResources): Pick<ContainerConfig, 'limits' | 'cpu'> {
  const { memory, pids, cpu } = resources
  const limits = {
    ...(isLimit(memory?.limit) && { memoryBytes: memory.limit }),
    ...(isLimit(pids?.limit) && { pids: pids.limit }),
  }
  const processors = cpu ? planCpu(cpu) : {}
  return {
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(Object.keys(processors).length > 0 && { cpu: processors }),
  }
}

/** Linux's default, in microseconds. */
const PERIOD_US = 100_000

function planCpu(cpu: NonNullable<SpecResources['cpu']>): BootCpu {
  const { quota, period, shares, cpus } = cpu
  const periodUs = period || PERIOD_US
  const counts = [
    ...(isLimit(quota) ? [Math.ceil(quota / periodUs)] : []),
    ...(cpus ? [countCpus(cpus)] : []),
  ].filter(count => count > 0)
  return {
    ...(counts.length > 0 && { count: Math.min(...counts) }),
    ...(isLimit(quota) && { quotaUs: quota, periodUs }),
    ...(isLimit(shares) && { shares }),
  }
}

/** 0 and -1 stand for none; what a double cannot count is none either. */
const isLimit = (value: number | undefined): value is number =>
  value !== undefined && value > 0 && value < Number.MAX_SAFE_INTEGER

/** Of a list such as "0-2,7"; 0 for one that is none. */
export function countCpus(list: string): number {
  let count = 0
  for (const part of list.split(',')) {
    const [, first, last = first] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? []
    if (first === undefined) return 0
    count += Math.max(0, Number(last) - Number(first) + 1)
  }
  return count
}
