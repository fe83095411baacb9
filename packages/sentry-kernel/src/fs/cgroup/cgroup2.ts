// The unified hierarchy's files. (fs/cgroup)
// Documentation/admin-guide/cgroup-v2.rst.

import { ERANGE, SIGKILL } from '@tsvisor/abi'
import type { Cgroup } from '../../cgroup/cgroup.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { kernelSignal, sendSignal } from '../../signal/send.ts'
import { type FileNode, file, knob, parseInteger, textWrite } from '../kernfs/node.ts'
import { bandwidthStat, cpuFiles } from './cpu.ts'
import { cgroupLimits, orMax, weightOfShares } from './limits.ts'
import { processes, threads } from './members.ts'
import { memoryFiles, memoryStat } from './memory.ts'
import { pidsFiles } from './pids.ts'
import { delegate } from './subtree-control.ts'
import { cpuNs, memoryBytes } from './usage.ts'

/** Nothing limits the group from in here. */
const unlimited = () => file(() => 'max\n')

/** Both generations' defaults belong together, whatever the conversion says. */
const weight = (shares: number): number => (shares === 1024 ? 100 : weightOfShares(shares))

function cpuStat(kernel: Kernel, group: Cgroup): string {
  const usec = Math.floor(cpuNs(kernel, group) / 1000)
  const total = `usage_usec ${usec}\nuser_usec ${usec}\nsystem_usec 0\n`
  const isLimitable = group.parent?.delegated.has('cpu') === true
  return isLimitable ? total + bandwidthStat(group.cpu) : total
}

/** What the container as a whole may have is not the guest's to change. */
const rootCpu = (kernel: Kernel): Record<string, FileNode> => ({
  'cpu.max': file(() => {
    const { cpuQuotaUs, cpuPeriodUs } = cgroupLimits(kernel)
    return `${orMax(cpuQuotaUs)} ${cpuPeriodUs}\n`
  }),
  'cpu.weight': file(() => `${weight(cgroupLimits(kernel).cpuShares)}\n`),
})

/** Likewise. */
const rootMemory = (kernel: Kernel, root: Cgroup): Record<string, FileNode> => ({
  'memory.current': file(() => `${memoryBytes(kernel, root)}\n`),
  'memory.events': file(() => 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n'),
  'memory.high': unlimited(),
  'memory.low': file(() => '0\n'),
  'memory.max': file(() => `${orMax(cgroupLimits(kernel).memoryBytes)}\n`),
  'memory.min': file(() => '0\n'),
  'memory.stat': file(() => memoryStat(memoryBytes(kernel, root), 0)),
  'memory.swap.current': file(() => '0\n'),
  'memory.swap.max': unlimited(),
})

type Files = (kernel: Kernel, group: Cgroup) => Record<string, FileNode>

const CONTROLLERS: Readonly<Record<string, Files>> = {
  cpu: (kernel, group) => (group.parent === undefined ? rootCpu(kernel) : cpuFiles(kernel, group)),
  memory: (kernel, group) =>
    group.parent === undefined ? rootMemory(kernel, group) : memoryFiles(kernel, group),
  pids: pidsFiles,
}

/** The group's own files, and those of the controllers that its parent gives it. */
export function cgroup2Files(kernel: Kernel, group: Cgroup): Record<string, FileNode> {
  const entries: Record<string, FileNode> = {
    'cgroup.controllers': file(() => line(group.controllers)),
    'cgroup.events': events(group),
    'cgroup.freeze': knob(
      () => `${group.freezing ? 1 : 0}\n`,
      (_task, text) => freeze(group, text),
    ),
    'cgroup.kill': {
      kind: 'file',
      mode: 0o200,
      write: textWrite((_task, text) => kill(group, text)),
    },
    'cgroup.max.depth': unlimited(),
    'cgroup.max.descendants': unlimited(),
    'cgroup.procs': processes(group),
    'cgroup.stat': file(() => `nr_descendants ${descendants(group)}\nnr_dying_descendants 0\n`),
    'cgroup.subtree_control': knob(
      () => line(group.hierarchy.controllers.filter(name => group.delegated.has(name))),
      (_task, text) => delegate(group, text),
    ),
    'cgroup.threads': threads(group),
    // "threaded" can be had of Linux only: threads of a process stay together here.
    'cgroup.type': file(() => 'domain\n'),
    'cpu.stat': file(() => cpuStat(kernel, group)),
  }
  for (const name of group.controllers) Object.assign(entries, CONTROLLERS[name]?.(kernel, group))
  return entries
}

const line = (words: readonly string[]): string =>
  words.length === 0 ? '' : `${words.join(' ')}\n`

const events = (group: Cgroup): FileNode => ({
  ...file(
    () => `populated ${group.populated ? 1 : 0}\nfrozen ${group.frozen && group.still ? 1 : 0}\n`,
  ),
  changes: { queue: group.events, stamp: () => group.eventCount, isModification: true },
})

const descendants = (group: Cgroup): number => [...group.downward()].length - 1

/** Errors: EINVAL, ERANGE. */
function freeze(group: Cgroup, text: string): void {
  const value = parseInteger(text)
  if (value !== 0 && value !== 1) throw ERANGE
  if (value === 1) group.freeze()
  else group.thaw()
}

/** Errors: EINVAL, ERANGE. */
function kill(group: Cgroup, text: string): void {
  if (parseInteger(text) !== 1) throw ERANGE
  for (const { group: process } of [...group.tasksBelow()])
    sendSignal(process, kernelSignal(SIGKILL), 'ancestor')
}
