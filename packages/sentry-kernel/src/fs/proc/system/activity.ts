// /proc/stat, /proc/loadavg, /proc/uptime: how busy the guest is and since when. (fs/proc)
// Linux fs/proc/stat.c, fs/proc/loadavg.c, fs/proc/uptime.c.

import type { Kernel } from '../../../kernel/kernel.ts'
import { kernelLocal } from '../../../kernel/kernel-local.ts'
import type { PidNamespace } from '../../../task/pid-namespace.ts'
import { ticks } from '../../../task/usage.ts'

const SECOND = 1e9

/** CPU time of all processes, with those that were waited for. */
function busyNs(kernel: Kernel): number {
  let total = 0
  for (const group of kernel.rootPidNamespace.groups()) total += group.cpuNs() + group.waited.cpuNs
  return total
}

/**
 * Time since boot on the scale of CLOCK_BOOTTIME, which the guest can read from the vDSO without this
 * kernel: start times in /proc/PID/stat count from there too.
 */
const sinceBootNs = (kernel: Kernel): number => kernel.clock.monotonicNs()

function idleNs(kernel: Kernel): number {
  return Math.max(0, sinceBootNs(kernel) * kernel.cpus - busyNs(kernel))
}

export function uptime(kernel: Kernel): string {
  // Truncated to hundredths, as Linux prints it.
  const show = (ns: number) => (Math.floor(ns / 1e7) / 100).toFixed(2)
  return `${show(sinceBootNs(kernel))} ${show(idleNs(kernel))}\n`
}

interface Tasks {
  readonly total: number
  readonly running: number
}
function countTasks(kernel: Kernel): Tasks {
  let total = 0
  let running = 0
  for (const task of kernel.rootPidNamespace.tasks()) {
    if (task.state === 'dead') continue
    total++
    if (task.state === 'running') running++
  }
  return { total, running }
}

export function systemStat(kernel: Kernel): string {
  const { cpus } = kernel
  const user = ticks(busyNs(kernel))
  const idle = ticks(idleNs(kernel))
  const line = (name: string, part: number) =>
    `${name} ${Math.floor(user / part)} 0 0 ${Math.floor(idle / part)} 0 0 0 0 0 0\n`
  let text = line('cpu ', 1)
  for (let i = 0; i < cpus; i++) text += line(`cpu${i}`, cpus)
  const { sec, nsec } = kernel.clock.realtime()
  const boot = Math.floor(sec + (nsec - sinceBootNs(kernel)) / SECOND)
  return (
    `${text}intr 0\nctxt 0\nbtime ${boot}\nprocesses ${kernel.forks + 1}\n` +
    `procs_running ${countTasks(kernel).running}\nprocs_blocked 0\n` +
    'softirq 0 0 0 0 0 0 0 0 0 0 0\n'
  )
}

const MINUTES = [1, 5, 15] as const

/** Load averages, brought up to date when somebody looks: a timer would keep an idle guest awake. */
class LoadAverage {
  readonly #averages = MINUTES.map(() => 0)
  #lastNs: number

  constructor(kernel: Kernel) {
    this.#lastNs = kernel.clock.monotonicNs()
  }
  update(nowNs: number, running: number): readonly number[] {
    const elapsed = nowNs - this.#lastNs
    this.#lastNs = nowNs
    MINUTES.forEach((minutes, i) => {
      const kept = Math.exp(-elapsed / (minutes * 60 * SECOND))
      this.#averages[i] = this.#averages[i]! * kept + running * (1 - kept)
    })
    return this.#averages
  }
}
const loads = kernelLocal(kernel => new LoadAverage(kernel))

export function loadavg(kernel: Kernel, namespace: PidNamespace): string {
  const { total, running } = countTasks(kernel)
  // Who reads this does not count as load.
  const averages = loads(kernel).update(kernel.clock.monotonicNs(), Math.max(0, running - 1))
  const shown = averages.map(value => value.toFixed(2)).join(' ')
  return `${shown} ${running}/${total} ${namespace.last}\n`
}
