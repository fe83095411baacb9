// The files of the first generation's controllers. (fs/cgroup)
// Documentation/admin-guide/cgroup-v1/.

import { EINVAL } from '@tsvisor/abi'
import type { Cgroup } from '../../cgroup/cgroup.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { type FileNode, file, knob } from '../kernfs/node.ts'
import { limitsOf } from './limits.ts'
import { processes, threads } from './members.ts'
import { pidsFiles } from './pids.ts'
import { cpuNs, memoryBytes } from './usage.ts'

/** PAGE_COUNTER_MAX pages: no limit. */
const NO_LIMIT = '9223372036854771712\n'

const bytes = (limit: number): string => (Number.isFinite(limit) ? `${limit}\n` : NO_LIMIT)
const quota = (limit: number): string => (Number.isFinite(limit) ? `${limit}\n` : '-1\n')

type Files = (kernel: Kernel, group: Cgroup) => Record<string, FileNode>

/** By controller. */
const FILES: Readonly<Record<string, Files>> = {
  cpu: (kernel, group) => ({
    'cpu.cfs_period_us': file(() => `${limitsOf(kernel, group).cpuPeriodUs}\n`),
    'cpu.cfs_quota_us': file(() => quota(limitsOf(kernel, group).cpuQuotaUs)),
    'cpu.shares': file(() => `${limitsOf(kernel, group).cpuShares}\n`),
    'cpu.stat': file(() => 'nr_periods 0\nnr_throttled 0\nthrottled_time 0\n'),
  }),
  cpuacct: (kernel, group) => ({
    'cpuacct.usage': file(() => `${cpuNs(kernel, group)}\n`),
    'cpuacct.stat': file(() => `user ${Math.floor(cpuNs(kernel, group) / 1e7)}\nsystem 0\n`),
  }),
  cpuset: ({ cpus }) => ({
    'cpuset.cpus': file(() => (cpus > 1 ? `0-${cpus - 1}\n` : '0\n')),
    'cpuset.mems': file(() => '0\n'),
  }),
  memory: (kernel, group) => {
    const used = () => memoryBytes(kernel, group)
    const limit = () => bytes(limitsOf(kernel, group).memoryBytes)
    return {
      'memory.failcnt': file(() => '0\n'),
      'memory.limit_in_bytes': file(limit),
      'memory.max_usage_in_bytes': file(() => `${used()}\n`),
      'memory.memsw.limit_in_bytes': file(() => bytes(limitsOf(kernel, group).memoryAndSwapBytes)),
      'memory.soft_limit_in_bytes': file(() => NO_LIMIT),
      'memory.stat': file(
        () =>
          `cache 0\nrss ${used()}\nhierarchical_memory_limit ${limit()}` +
          'total_cache 0\ntotal_inactive_file 0\n',
      ),
      'memory.usage_in_bytes': file(() => `${used()}\n`),
      'memory.use_hierarchy': file(() => '1\n'),
    }
  },
  pids: pidsFiles,
  blkio: () => ({}),
  devices: () => ({ 'devices.list': file(() => 'a *:* rwm\n') }),
  freezer: (_kernel, group) => ({
    'freezer.parent_freezing': file(() => (group.parent?.frozen ? '1\n' : '0\n')),
    'freezer.self_freezing': file(() => (group.freezing ? '1\n' : '0\n')),
    'freezer.state': knob(
      () => `${!group.frozen ? 'THAWED' : group.still ? 'FROZEN' : 'FREEZING'}\n`,
      (_task, text) => {
        if (text === 'FROZEN') group.freeze()
        else if (text === 'THAWED') group.thaw()
        else throw EINVAL
      },
    ),
  }),
}

/** The files of a group in a hierarchy with these controllers. */
export function cgroup1Files(kernel: Kernel, group: Cgroup): Record<string, FileNode> {
  const entries: Record<string, FileNode> = {
    'cgroup.clone_children': file(() => '0\n'),
    'cgroup.procs': processes(group),
    notify_on_release: file(() => '0\n'),
    tasks: threads(group),
    ...(group.parent === undefined && {
      'cgroup.sane_behavior': file(() => '0\n'),
      release_agent: file(() => '\n'),
    }),
  }
  for (const name of group.controllers)
    if (Object.hasOwn(FILES, name)) Object.assign(entries, FILES[name]!(kernel, group))
  return entries
}
