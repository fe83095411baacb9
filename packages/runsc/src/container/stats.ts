// What a container uses: the host's figures of its cgroup, and the kernel's own. (runsc)

import { MESSAGES } from '../boot/control.ts'
import { Cgroup, type CgroupStats } from '../cgroup/cgroup.ts'
import { Failure } from '../failure.ts'
import { statusOf } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'
import { ask, target } from './connect.ts'

/** `data` of runc's stats event. Errors: Failure. */
export function containerStats(store: StateStore, id: string): CgroupStats {
  const record = store.read(id)
  if (statusOf(record) === 'stopped') throw new Failure(MESSAGES.notRunning)
  const { stats } = ask(store, record, { type: 'stats', ...target(record) }, 'stats')
  // In another one's sandbox its processes are in the cgroup of that.
  const isMember = record.id !== record.sandboxId
  const host = Cgroup.load((!isMember && record.cgroup) || NO_CGROUP).stats()
  const { usage } = host.memory
  return {
    ...host,
    cpu: {
      ...host.cpu,
      // The host counts the sandbox process too; without a cgroup there is what the guest used.
      usage: host.cpu.usage.total > 0 ? host.cpu.usage : guestCpu(stats.cpuTimeNs),
    },
    memory: {
      ...host.memory,
      usage: {
        ...usage,
        usage: usage.usage || stats.memory.usageBytes,
        limit: usage.limit || (stats.memory.limitBytes ?? 0),
      },
    },
    // Tasks of the guest: those of the host are the sandbox's own.
    pids: {
      current: stats.pids.current,
      ...(stats.pids.limit !== null && { limit: stats.pids.limit }),
    },
  }
}

const NO_CGROUP = { driver: 'cgroupfs', paths: {}, parents: [] } as const

const guestCpu = (total: number) => ({ total, kernel: 0, user: total })

export interface StreamOptions {
  readonly intervalMs: number
  /** Whether anybody has seen it. */
  readonly show: (event: object) => boolean
}

/** Figures each interval, and `oom` when the host kills, until the container ends or nobody looks. Errors: Failure. */
export async function streamEvents(
  store: StateStore,
  id: string,
  { intervalMs, show }: StreamOptions,
): Promise<void> {
  const record = store.read(id)
  if (statusOf(record) === 'stopped') throw new Failure(MESSAGES.notRunning)
  const kills = () => (record.cgroup ? Cgroup.load(record.cgroup).memoryKills().count : 0)
  for (let seen = kills(); ; ) {
    await new Promise(resolve => setTimeout(resolve, intervalMs))
    const now = kills()
    if (now > seen && !show({ type: 'oom', id })) return
    seen = now
    if (statusOf(record) === 'stopped') return
    try {
      if (!show({ type: 'stats', id, data: containerStats(store, id) })) return
    } catch (error) {
      // It has ended in between.
      if (statusOf(record) === 'stopped') return
      throw error
    }
  }
}
