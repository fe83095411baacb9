// The unified hierarchy's files. (fs/cgroup)
// Documentation/admin-guide/cgroup-v2.rst.

import type { Kernel } from '../../kernel/kernel.ts'
import { type DirectoryNode, directory, file } from '../kernfs/node.ts'
import { residentBytes } from '../proc/system/memory.ts'
import { cgroupLimits, orMax, weightOfShares } from './limits.ts'
import { processes, threads } from './members.ts'
import { cpuNs, taskCount } from './usage.ts'

/** Nothing limits the group from in here. */
const unlimited = () => file(() => 'max\n')

/** Children that could get controllers cannot be made: the list stays empty. */
const subtreeControl = () => file(() => '\n')

/** Both generations' defaults belong together, whatever the conversion says. */
const weight = (shares: number): number => (shares === 1024 ? 100 : weightOfShares(shares))

function cpuStat(kernel: Kernel): string {
  const usec = Math.floor(cpuNs(kernel) / 1000)
  return `usage_usec ${usec}\nuser_usec ${usec}\nsystem_usec 0\n`
}

function memoryStat(kernel: Kernel): string {
  const used = residentBytes(kernel)
  return `anon ${used}\nfile 0\nkernel 0\nshmem 0\nfile_mapped 0\nfile_dirty 0\ninactive_anon 0\nactive_anon ${used}\ninactive_file 0\nactive_file 0\n`
}

export const cgroup2Root = (kernel: Kernel): DirectoryNode =>
  directory({
    'cgroup.controllers': file(() => 'cpu memory pids\n'),
    'cgroup.events': file(() => 'populated 1\nfrozen 0\n'),
    'cgroup.max.depth': unlimited(),
    'cgroup.max.descendants': unlimited(),
    'cgroup.procs': processes(),
    'cgroup.stat': file(() => 'nr_descendants 0\nnr_dying_descendants 0\n'),
    'cgroup.subtree_control': subtreeControl(),
    'cgroup.threads': threads(),
    'cgroup.type': file(() => 'domain\n'),
    'cpu.max': file(() => {
      const { cpuQuotaUs, cpuPeriodUs } = cgroupLimits(kernel)
      return `${orMax(cpuQuotaUs)} ${cpuPeriodUs}\n`
    }),
    'cpu.stat': file(() => cpuStat(kernel)),
    'cpu.weight': file(() => `${weight(cgroupLimits(kernel).cpuShares)}\n`),
    'memory.current': file(() => `${residentBytes(kernel)}\n`),
    'memory.events': file(() => 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n'),
    'memory.high': unlimited(),
    'memory.low': file(() => '0\n'),
    'memory.max': file(() => `${orMax(cgroupLimits(kernel).memoryBytes)}\n`),
    'memory.min': file(() => '0\n'),
    'memory.stat': file(() => memoryStat(kernel)),
    'memory.swap.current': file(() => '0\n'),
    'memory.swap.max': unlimited(),
    'pids.current': file(() => `${taskCount(kernel)}\n`),
    'pids.max': file(() => `${orMax(cgroupLimits(kernel).tasks)}\n`),
  })
