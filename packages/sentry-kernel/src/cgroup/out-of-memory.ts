// Whom a group that is out of memory loses. (cgroup)
// Linux mm/oom_kill.c: oom_badness, oom_kill_process; mm/memcontrol.c: mem_cgroup_get_oom_group.

import { SIGKILL } from '@tsvisor/abi'
import type { Kernel } from '../kernel/kernel.ts'
import type { MemoryManager } from '../mm/memory-manager.ts'
import { kernelSignal, sendSignal } from '../signal/send.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import type { Cgroup } from './cgroup.ts'
import type { MemoryAccount } from './memory-account.ts'

/** oom_score_adj: never. */
const NEVER = -1000
/** LOG_KERN | LOG_ERR */
const PRIORITY = 3

/** Kills the process that has most, or its group; which one, undefined if none may be. */
export function killForMemory(kernel: Kernel, account: MemoryAccount): ThreadGroup | undefined {
  const victim = findVictim(account)
  if (victim === undefined) return undefined
  const domain = account.group
  const home = victim.leader.cgroups.in(domain.hierarchy)
  let all: Cgroup | undefined
  for (const each of home.upward()) {
    if (each.memory.killsAll) all = each
    if (each === domain) break
  }
  kill(kernel, victim, 'has most')
  if (all === undefined) return victim
  all.memory.note('oom_group_kill')
  for (const group of new Set([...all.tasksBelow()].map(task => task.group)))
    if (group !== victim && mayDie(group)) kill(kernel, group, 'is in its group')
  return victim
}

const mayDie = (group: ThreadGroup): boolean =>
  group.oomScoreAdj !== NEVER && group.exitStatus === undefined

function findVictim({ group, max }: MemoryAccount): ThreadGroup | undefined {
  let victim: ThreadGroup | undefined
  let most = Number.NEGATIVE_INFINITY
  for (const each of new Set([...group.tasksBelow()].map(task => task.group))) {
    if (!mayDie(each)) continue
    const points = each.anyTask.mm.space.residentBytes() + (each.oomScoreAdj * max) / 1000
    if (points > most) [victim, most] = [each, points]
  }
  return victim
}

function kill(kernel: Kernel, victim: ThreadGroup, why: 'has most' | 'is in its group'): void {
  const { mm, cgroups, creds } = victim.anyTask
  cgroups.memory?.note('oom_kill')
  const kb = (bytes: number): string => `${Math.floor(bytes / 1024)}kB`
  const anonymous = mm.space.anonymousBytes('whole')
  const reason = why === 'has most' ? 'Memory cgroup out of memory' : 'Memory cgroup'
  const size = `total-vm:${kb(mm.usage.total)}, anon-rss:${kb(anonymous)}`
  const user = `UID:${creds.uid} oom_score_adj:${victim.oomScoreAdj}`
  kernel.printk.add({
    priority: PRIORITY,
    timeUs: Math.floor((kernel.clock.monotonicNs() - kernel.bootNs) / 1000),
    text: `${reason}: Killed process ${victim.pid} (${victim.leader.name}) ${size}, ${user}`,
  })
  for (const group of sharing(kernel, mm))
    if (group.oomScoreAdj !== NEVER) sendSignal(group, kernelSignal(SIGKILL), 'ancestor')
}

/** Whoever has the same memory does not give it back either. */
function sharing(kernel: Kernel, mm: MemoryManager): Set<ThreadGroup> {
  const groups = new Set<ThreadGroup>()
  for (const task of kernel.rootPidNamespace.tasks()) if (task.mm === mm) groups.add(task.group)
  return groups
}
