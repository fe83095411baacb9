// A control group: a directory of cgroupfs, and the tasks in it. (cgroup)
// Linux kernel/cgroup/cgroup.c, pids.c; Documentation/admin-guide/cgroup-v2.rst.

import { EAGAIN, EBUSY, EEXIST, EINVAL, ENOENT } from '@tsvisor/abi'
import type { AttachedPrograms } from '../bpf/attached-programs.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import type { Owner } from '../vfs/inode.ts'
import { WaitQueue } from '../wait-queue.ts'
import { CpuBandwidth } from './cpu-bandwidth.ts'
import type { Hierarchy } from './hierarchy.ts'
import { MemoryAccount } from './memory-account.ts'
import { thawTask } from './thaw-task.ts'
import type { Watch } from './watch.ts'

/** Bounds for a hostile guest; Linux has them by memory alone. */
const MAX_GROUPS = 4096
const MAX_DEPTH = 64

const ROOT: Owner = { uid: 0, gid: 0 }

export class Cgroup {
  readonly hierarchy: Hierarchy
  readonly parent: Cgroup | undefined
  readonly name: string
  /** Of its directory, when it was made. */
  readonly owner: Owner
  readonly mode: number
  readonly children = new Map<string, Cgroup>()
  /** cgroup.subtree_control: controllers that its children have. */
  readonly delegated = new Set<string>()
  /** pids.max, of itself and what is below. */
  maxTasks = Number.POSITIVE_INFINITY
  /** Live tasks in it and below, where the hierarchy has the pids controller. */
  taskCount = 0
  peakTaskCount = 0
  /** How often a fork failed for its limit. */
  refusals = 0
  /** CPU time that tasks used in it or below before they ended or left, without what others had used when they came, ns. */
  pastCpuNs = 0
  /** cgroup.freeze, or v1's freezer.state. */
  freezing = false
  /** It has used up what cpu.max gives it. */
  throttled = false
  /** Notified when what cgroup.events says may be another. */
  readonly events = new WaitQueue()
  eventCount = 0
  readonly memory = new MemoryAccount(this)
  readonly cpu = new CpuBandwidth(this)
  /** What looks after its limits, by controller. */
  readonly watches = new Map<'cpu' | 'memory', Watch>()
  /** Device programs: bpf(2). */
  attached: AttachedPrograms | undefined
  /** Its directory is gone; files of it may still be open. */
  removed = false
  readonly #depth: number

  constructor(hierarchy: Hierarchy, parent?: Cgroup, name = '', mode = 0o755, owner = ROOT) {
    this.hierarchy = hierarchy
    this.parent = parent
    this.name = name
    this.mode = mode
    this.owner = owner
    this.#depth = parent === undefined ? 0 : parent.#depth + 1
  }

  /** From the root of the hierarchy: "/", "/a/b". */
  get path(): string {
    if (this.parent === undefined) return '/'
    return this.parent.parent === undefined ? `/${this.name}` : `${this.parent.path}/${this.name}`
  }

  /** Its ancestors, itself first. */
  *upward(): Generator<Cgroup> {
    for (let each: Cgroup | undefined = this; each; each = each.parent) yield each
  }

  /** It and all below, the outer ones first. */
  *downward(): Generator<Cgroup> {
    yield this
    for (const child of this.children.values()) yield* child.downward()
  }

  isWithin(ancestor: Cgroup): boolean {
    for (const each of this.upward()) if (each === ancestor) return true
    return false
  }

  /** Live tasks in it alone. */
  *tasks(): Generator<Task> {
    const { hierarchy } = this
    for (const set of hierarchy.groups.sets) if (set.in(hierarchy) === this) yield* set.tasks
  }

  /** Live tasks in it and below. */
  *tasksBelow(): Generator<Task> {
    for (const set of this.hierarchy.groups.sets)
      if (set.in(this.hierarchy).isWithin(this)) yield* set.tasks
  }

  /** Processes with a task in it. */
  processes(): Set<ThreadGroup> {
    const groups = new Set<ThreadGroup>()
    for (const task of this.tasks()) groups.add(task.group)
    return groups
  }

  /** Whether there are tasks in it or below. */
  get populated(): boolean {
    return this.tasksBelow().next().done !== true
  }

  /** Whether its tasks may not run guest code until somebody lets them. */
  get frozen(): boolean {
    for (const each of this.upward()) if (each.freezing) return true
    return false
  }

  /** Whether its tasks may not run guest code at the moment. */
  get holds(): boolean {
    for (const each of this.upward()) if (each.freezing || each.throttled) return true
    return false
  }

  /** How many tasks in it or below run guest code at the moment. */
  get running(): number {
    let count = 0
    for (const task of this.tasksBelow()) if (task.inUser) count++
    return count
  }

  /** Whether none does. */
  get still(): boolean {
    for (const task of this.tasksBelow()) if (task.inUser) return false
    return true
  }

  /** CPU time that was used in it and below, ns. */
  cpuNs(): number {
    let total = this.pastCpuNs
    for (const task of this.tasksBelow()) total += task.cpuNs()
    return total
  }

  /** The controllers that have files here. */
  get controllers(): readonly string[] {
    const { hierarchy, parent } = this
    if (hierarchy.version === 1 || parent === undefined) return hierarchy.controllers
    return hierarchy.controllers.filter(name => parent.delegated.has(name))
  }

  /** Errors: EEXIST, EINVAL (a name with a line in it), EAGAIN (too many, or too deep), ENOENT (removed). */
  make(name: string, mode: number, owner: Owner): Cgroup {
    if (this.removed) throw ENOENT
    if (name.includes('\n')) throw EINVAL
    if (this.children.has(name)) throw EEXIST
    const { groups } = this.hierarchy
    if (groups.count >= MAX_GROUPS || this.#depth >= MAX_DEPTH) throw EAGAIN
    const child = new Cgroup(this.hierarchy, this, name, mode, owner)
    this.children.set(name, child)
    groups.count++
    return child
  }

  /** Errors: EBUSY while anything is in it. */
  remove(child: Cgroup): void {
    if (child.children.size > 0 || child.populated) throw EBUSY
    child.removed = true
    this.hierarchy.groups.attachedPrograms -= child.attached?.releaseAll() ?? 0
    this.children.delete(child.name)
    this.hierarchy.groups.count--
  }

  /** So many tasks more, here and above. */
  charge(tasks: number): void {
    for (const each of this.upward()) {
      each.taskCount += tasks
      each.peakTaskCount = Math.max(each.peakTaskCount, each.taskCount)
    }
  }

  /** Before a fork. Errors: EAGAIN. */
  checkFork(): void {
    for (const each of this.upward())
      if (each.taskCount >= each.maxTasks) {
        // Version 1 tells who wanted to fork, version 2 whose limit it was (pids_event).
        if (this.hierarchy.version === 1) this.refusals++
        else for (const above of each.upward()) above.refusals++
        throw EAGAIN
      }
  }

  /** Something has come or gone, or stands still. */
  noteEvent(): void {
    for (const each of this.upward()) {
      each.eventCount++
      each.events.notify()
    }
  }

  setWatch(controller: 'cpu' | 'memory', watch: Watch | undefined): void {
    if (watch === undefined) this.watches.delete(controller)
    else this.watches.set(controller, watch)
    for (const set of this.hierarchy.groups.sets) set.findWatches()
  }

  freeze(): void {
    this.freezing = true
    for (const task of this.tasksBelow()) task.alert('hold')
    this.noteEvent()
  }

  thaw(): void {
    this.freezing = false
    for (const task of this.tasksBelow()) thawTask(task)
    this.noteEvent()
  }

  throttle(): void {
    this.throttled = true
    for (const task of this.tasksBelow()) task.alert('hold')
  }

  unthrottle(): void {
    this.throttled = false
    for (const task of this.tasksBelow()) thawTask(task)
  }
}
