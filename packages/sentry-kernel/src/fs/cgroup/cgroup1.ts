// The files of the first generation's controllers. (fs/cgroup)
// Documentation/admin-guide/cgroup-v1/.

import type { Kernel } from '../../kernel/kernel.ts'
import { type DirectoryNode, directory, file, type Node } from '../kernfs/node.ts'
import { residentBytes } from '../proc/system/memory.ts'
import { cgroupLimits, orMax } from './limits.ts'
import { processes, threads } from './members.ts'
import { cpuNs, taskCount } from './usage.ts'

/** PAGE_COUNTER_MAX pages: no limit. */
const NO_LIMIT = '9223372036854771712\n'

const bytes = (limit: number): string => (Number.isFinite(limit) ? `${limit}\n` : NO_LIMIT)
const quota = (limit: number): string => (Number.isFinite(limit) ? `${limit}\n` : '-1\n')

type Files = (kernel: Kernel) => Record<string, Node>

/** By controller. */
const FILES: Readonly<Record<string, Files>> = {
  cpu: kernel => ({
    'cpu.cfs_period_us': file(() => `${cgroupLimits(kernel).cpuPeriodUs}\n`),
    'cpu.cfs_quota_us': file(() => quota(cgroupLimits(kernel).cpuQuotaUs)),
    'cpu.shares': file(() => `${cgroupLimits(kernel).cpuShares}\n`),
    'cpu.stat': file(() => 'nr_periods 0\nnr_throttled 0\nthrottled_time 0\n'),
  }),
  cpuacct: kernel => ({
    'cpuacct.usage': file(() => `${cpuNs(kernel)}\n`),
    'cpuacct.stat': file(() => `user ${Math.floor(cpuNs(kernel) / 1e7)}\nsystem 0\n`),
  }),
  cpuset: ({ cpus }) => ({
    'cpuset.cpus': file(() => (cpus > 1 ? `0-${cpus - 1}\n` : '0\n')),
    'cpuset.mems': file(() => '0\n'),
  }),
  memory: kernel => ({
    'memory.failcnt': file(() => '0\n'),
    'memory.limit_in_bytes': file(() => bytes(cgroupLimits(kernel).memoryBytes)),
    'memory.max_usage_in_bytes': file(() => `${residentBytes(kernel)}\n`),
    'memory.memsw.limit_in_bytes': file(() => bytes(cgroupLimits(kernel).memoryAndSwapBytes)),
    'memory.soft_limit_in_bytes': file(() => NO_LIMIT),
    'memory.stat': file(
      () =>
        `cache 0\nrss ${residentBytes(kernel)}\nhierarchical_memory_limit ${bytes(cgroupLimits(kernel).memoryBytes)}` +
        'total_cache 0\ntotal_inactive_file 0\n',
    ),
    'memory.usage_in_bytes': file(() => `${residentBytes(kernel)}\n`),
    'memory.use_hierarchy': file(() => '1\n'),
  }),
  pids: kernel => ({
    'pids.current': file(() => `${taskCount(kernel)}\n`),
    'pids.max': file(() => `${orMax(cgroupLimits(kernel).tasks)}\n`),
  }),
  blkio: () => ({}),
  devices: () => ({ 'devices.list': file(() => 'a *:* rwm\n') }),
  freezer: () => ({}),
}

export const CONTROLLERS: ReadonlySet<string> = new Set(Object.keys(FILES))

/** One hierarchy with these controllers. */
export function cgroup1Root(kernel: Kernel, controllers: readonly string[]): DirectoryNode {
  const entries: Record<string, Node> = {
    'cgroup.clone_children': file(() => '0\n'),
    'cgroup.procs': processes(),
    'cgroup.sane_behavior': file(() => '0\n'),
    notify_on_release: file(() => '0\n'),
    release_agent: file(() => '\n'),
    tasks: threads(),
  }
  for (const name of controllers)
    if (Object.hasOwn(FILES, name)) Object.assign(entries, FILES[name]!(kernel))
  return directory(entries)
}
