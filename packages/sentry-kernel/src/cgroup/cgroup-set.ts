// Which control group a task is in, of each hierarchy. (cgroup)
// Linux include/linux/cgroup-defs.h: css_set.

import type { Task } from '../task/task.ts'
import type { Cgroup } from './cgroup.ts'
import type { ControlGroups } from './control-groups.ts'
import type { Hierarchy } from './hierarchy.ts'
import type { MemoryAccount } from './memory-account.ts'
import type { Watch } from './watch.ts'

/** Shared by all tasks that are in the same groups; what is not in it is in the root. */
export class CgroupSet {
  readonly groups: ControlGroups
  readonly tasks = new Set<Task>()
  /** What looks after limits that hold for its tasks; undefined while there are none. */
  watches: readonly Watch[] | undefined
  readonly #in: ReadonlyMap<Hierarchy, Cgroup>

  constructor(groups: ControlGroups, members: ReadonlyMap<Hierarchy, Cgroup>) {
    this.groups = groups
    this.#in = members
  }

  in(hierarchy: Hierarchy): Cgroup {
    return this.#in.get(hierarchy) ?? hierarchy.root
  }

  /** Whether a group in it, or one above, is frozen. */
  get frozen(): boolean {
    for (const group of this.#in.values()) if (group.frozen) return true
    return this.groups.anyRootFrozen
  }

  /** Whether its tasks may not run guest code at the moment. */
  get holds(): boolean {
    for (const group of this.#in.values()) if (group.holds) return true
    return this.groups.anyRootFrozen
  }

  /** Whom files in memory are charged to; undefined for the root. */
  get memory(): MemoryAccount | undefined {
    if (this.#in.size === 0) return undefined
    const hierarchy = this.groups.of('memory')
    if (hierarchy.version !== 2) return undefined
    for (const group of this.in(hierarchy).upward())
      if (group.parent?.delegated.has('memory')) return group.memory
    return undefined
  }

  findWatches(): void {
    const found: Watch[] = []
    for (const group of this.#in.values())
      for (const each of group.upward()) found.push(...each.watches.values())
    this.watches = found.length > 0 ? found : undefined
  }

  /** The same but for one hierarchy. */
  with(group: Cgroup): CgroupSet {
    const members = new Map(this.#in)
    if (group.parent === undefined) members.delete(group.hierarchy)
    else members.set(group.hierarchy, group)
    for (const set of this.groups.sets) if (set.#equals(members)) return set
    return new CgroupSet(this.groups, members)
  }

  /** A new task, or one from another set that has used `cpuNs` there. */
  add(task: Task, cpuNs = 0): void {
    if (cpuNs > 0) this.#leave(-cpuNs)
    this.groups.limiting(this).charge(1)
    this.tasks.add(task)
    if (this.tasks.size > 1) return
    this.groups.sets.add(this)
    this.findWatches()
    this.#note()
  }

  /** `cpuNs`: what a task that has ended or goes elsewhere leaves behind. */
  remove(task: Task, cpuNs = 0): void {
    if (!this.tasks.delete(task)) return
    this.#leave(cpuNs)
    this.groups.limiting(this).charge(-1)
    if (this.tasks.size > 0) return
    this.groups.sets.delete(this)
    this.#note()
  }

  /** Errors: EAGAIN for what pids.max forbids. */
  checkFork(): void {
    this.groups.limiting(this).checkFork()
  }

  /** A task of it does not go on to guest code. */
  noteHeld(): void {
    if (this.frozen) this.#note()
  }

  #leave(cpuNs: number): void {
    for (const group of this.#in.values())
      for (const each of group.upward()) each.pastCpuNs += cpuNs
  }

  #note(): void {
    for (const group of this.#in.values()) group.noteEvent()
  }

  #equals(members: ReadonlyMap<Hierarchy, Cgroup>): boolean {
    if (members.size !== this.#in.size) return false
    for (const [hierarchy, group] of members) if (this.#in.get(hierarchy) !== group) return false
    return true
  }
}
