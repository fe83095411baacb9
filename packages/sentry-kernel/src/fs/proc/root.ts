// What is in /proc besides the processes: one line each. (fs/proc)
// Linux fs/proc/root.c: proc_root_init; proc(5).

import { ENOENT } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { directory, file, link, madeLater, type Node } from '../kernfs/node.ts'
import type { ProcContext } from './context.ts'
import { sys } from './sys/sys.ts'
import { loadavg, systemStat, uptime } from './system/activity.ts'
import { cpuinfo, PLAIN_CPU } from './system/cpuinfo.ts'
import { locks } from './system/locks.ts'
import { meminfo, vmstat } from './system/memory.ts'
import { pressures } from './system/pressure.ts'
import * as texts from './system/texts.ts'
import { sysvipc } from './sysvipc.ts'

/** Links to whoever looks. Errors: ENOENT for a task that the namespace does not see. */
export function selfLinks({ namespace }: ProcContext): Record<string, Node> {
  const numberOf = (number: number): string => {
    if (number === 0) throw ENOENT
    return String(number)
  }
  const self = (task: Task) => numberOf(task.group.leader.pid.in(namespace))
  return {
    self: link(self),
    'thread-self': link(task => `${self(task)}/task/${numberOf(task.pid.in(namespace))}`),
  }
}

export function systemEntries({ kernel, namespace, options }: ProcContext): Record<string, Node> {
  const { cpu, commandLine } = options
  return {
    bus: directory({}),
    cgroups: file(texts.cgroups),
    cmdline: file(() => `${commandLine ?? ''}\n`),
    consoles: file(() => ''),
    cpuinfo: file(() => cpuinfo(kernel.cpus, cpu ?? PLAIN_CPU)),
    devices: file(texts.devices),
    diskstats: file(() => ''),
    driver: directory({}),
    filesystems: file(() => texts.filesystems(kernel)),
    fs: directory({}),
    interrupts: file(() => texts.interrupts(kernel)),
    irq: directory({}),
    // Nobody has keys.
    'key-users': file(() => ''),
    loadavg: file(() => loadavg(kernel, namespace)),
    locks: file(() => locks(kernel, namespace)),
    meminfo: file(() => meminfo(kernel)),
    modules: file(() => ''),
    mounts: link(() => 'self/mounts'),
    net: link(() => 'self/net'),
    partitions: file(texts.partitions),
    pressure: pressures(),
    softirqs: file(() => texts.softirqs(kernel)),
    stat: file(() => systemStat(kernel)),
    swaps: file(texts.swaps),
    sys: madeLater(() => sys(kernel)),
    sysvipc: sysvipc(),
    tty: directory({ driver: directory({}), ldisc: directory({}) }),
    uptime: file(() => uptime(kernel)),
    version: file(texts.version),
    vmstat: file(() => vmstat(kernel)),
  }
}
