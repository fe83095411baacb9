// The machine that a container sees: CPUs and memory as far as its limits let it use them. (runsc)

import { cgroupLimits, idMaps, type Kernel, type KernelOptions } from '@tsvisor/sentry-kernel'
import type { ContainerConfig } from './boot-config.ts'

/** The host's CPUs and memory, as far as the limits let them be used: programs size themselves by them. */
export const machineOf = ({ limits, cpu }: ContainerConfig, host: Machine): Machine => ({
  cpus: Math.max(1, Math.min(host.cpus, cpu?.count ?? Number.POSITIVE_INFINITY)),
  memoryBytes: Math.min(host.memoryBytes, limits?.memoryBytes ?? Number.POSITIVE_INFINITY),
})

type Machine = Readonly<Required<Pick<KernelOptions, 'cpus' | 'memoryBytes'>>>

/** What the guest can read about its limits and its user namespace. */
export function describeMachine(kernel: Kernel, { limits, cpu, owners }: ContainerConfig): void {
  Object.assign(cgroupLimits(kernel), {
    ...(limits?.memoryBytes && { memoryBytes: limits.memoryBytes }),
    ...(limits?.pids && { tasks: limits.pids }),
    ...(cpu?.quotaUs && { cpuQuotaUs: cpu.quotaUs }),
    ...(cpu?.periodUs && { cpuPeriodUs: cpu.periodUs }),
    ...(cpu?.shares && { cpuShares: cpu.shares }),
  })
  // An ordinary user's own map is nobody's business.
  if (owners?.others !== 'nobody') return
  const maps = idMaps(kernel)
  for (const which of ['uid', 'gid'] as const)
    maps[which] = owners[which].map(({ guest, host, size }) => ({
      inside: guest,
      outside: host,
      size,
    }))
}
