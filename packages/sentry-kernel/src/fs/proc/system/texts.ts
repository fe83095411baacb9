// The small files in /proc that describe the system. (fs/proc)

import { V1_CONTROLLERS } from '../../../cgroup/control-groups.ts'
import type { Kernel } from '../../../kernel/kernel.ts'
import { KERNEL_RELEASE, KERNEL_VERSION } from '../../../kernel/uts.ts'
import type { Task } from '../../../task/task.ts'

export const version = (): string =>
  `Linux version ${KERNEL_RELEASE} (root@localhost) (TypeScript) ${KERNEL_VERSION}\n`

/** Internal file systems, which cannot be mounted, are listed as in Linux. */
const INTERNAL = ['sockfs', 'pipefs', 'anon_inodefs', 'nsfs']

/** Names of all types, and whether they need a device. */
export function fileSystemNames(kernel: Kernel): [name: string, needsDevice: boolean][] {
  const mountable = [...kernel.fileSystemTypes].map(
    ([name, type]) => [name, type.needsDevice ?? false] as const,
  )
  const internal = INTERNAL.map(name => [name, false] as const)
  return [...mountable, ...internal].map(([name, needsDevice]) => [name, needsDevice])
}

export const filesystems = (kernel: Kernel): string =>
  fileSystemNames(kernel)
    .map(([name, needsDevice]) => `${needsDevice ? '' : 'nodev'}\t${name}\n`)
    .join('')

/** Majors of the drivers in fs/devices and fs/pty. */
export const devices = (): string =>
  'Character devices:\n  1 mem\n  4 tty\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n' +
  '128 ptm\n136 pts\n\nBlock devices:\n'

export const swaps = (): string => 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'
export const partitions = (): string => 'major minor  #blocks  name\n\n'

/** Controllers, their hierarchies, and how many groups these have. */
export const cgroups = ({ cgroups: { groups } }: Task): string =>
  V1_CONTROLLERS.reduce((text, name) => {
    const { id, root } = groups.of(name)
    return `${text}${name}\t${id}\t${[...root.downward()].length}\t1\n`
  }, '#subsys_name\thierarchy\tnum_cgroups\tenabled\n')

const columns = (cpus: number, indent: number, width: number): string => {
  let text = ' '.repeat(indent)
  for (let i = 0; i < cpus; i++) text += `CPU${i}`.padEnd(width)
  return `${text}\n`
}
export const interrupts = (kernel: Kernel): string => columns(kernel.cpus, 11, 11)

const SOFTIRQS = [
  'HI',
  'TIMER',
  'NET_TX',
  'NET_RX',
  'BLOCK',
  'IRQ_POLL',
  'TASKLET',
  'SCHED',
  'HRTIMER',
  'RCU',
]
export const softirqs = (kernel: Kernel): string =>
  SOFTIRQS.reduce(
    (text, name) => `${text}${name.padStart(12)}:${' 0'.padStart(11).repeat(kernel.cpus)}\n`,
    columns(kernel.cpus, 20, 11),
  )
