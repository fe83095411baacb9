// All control groups of a container, or of a kernel without containers. (cgroup)
// Linux kernel/cgroup/cgroup-v1.c: cgroup1_root_to_use.

import { EBUSY, ENOSPC } from '@tsvisor/abi'
import { ProgramTable } from '../bpf/program-table.ts'
import { kernelLocal } from '../kernel/kernel-local.ts'
import type { Cgroup } from './cgroup.ts'
import { CgroupNamespace } from './cgroup-namespace.ts'
import { CgroupSet } from './cgroup-set.ts'
import { Hierarchy, type HierarchyOptions } from './hierarchy.ts'

/** Controllers of version 1, in the order of /proc/cgroups. */
export const V1_CONTROLLERS = [
  ...['cpuset', 'cpu', 'cpuacct', 'blkio', 'memory', 'devices', 'freezer', 'pids'],
] as const
/** Those that are something in version 2 as long as no version 1 hierarchy has them. */
const V2_CONTROLLERS = ['cpu', 'memory', 'pids']

const MAX_HIERARCHIES = 32

export class ControlGroups {
  /** Version 1's in the order of their making. */
  readonly hierarchies: Hierarchy[] = []
  readonly unified: Hierarchy
  /** Whether /proc/PID/cgroup tells of the unified one: it has been mounted, or there is no other. */
  unifiedShown: boolean
  /** Those with tasks in them. */
  readonly sets = new Set<CgroupSet>()
  /** Where a container's first process starts. */
  readonly initial = new CgroupSet(this, new Map())
  readonly initialNamespace = new CgroupNamespace(this.initial, 'initial')
  /** What bpf(2) has loaded, and how many of them are attached to groups. */
  readonly programs = new ProgramTable()
  attachedPrograms = 0
  /** Groups below the roots. */
  count = 0
  #lastId = 0
  /** Has the pids controller. */
  #pids: Hierarchy

  /** Without version 2 among them that has no place of its own, and is not shown until it is mounted. */
  constructor(layout: readonly HierarchyOptions[] = [{ version: 2, controllers: [] }]) {
    const unified = layout.find(({ version }) => version === 2)
    this.unifiedShown = unified !== undefined
    this.unified = new Hierarchy(this, 0, {
      ...(unified ?? { version: 2 }),
      controllers: V2_CONTROLLERS,
    })
    this.#pids = this.unified
    for (const each of layout) if (each.version === 1) this.#add(each)
  }

  /** The group whose limit of tasks holds. */
  limiting(set: CgroupSet): Cgroup {
    return set.in(this.#pids)
  }

  get anyRootFrozen(): boolean {
    return this.unified.root.freezing || this.hierarchies.some(({ root }) => root.freezing)
  }

  /** The hierarchy that has this controller now. */
  of(controller: string): Hierarchy {
    const found = this.hierarchies.find(({ controllers }) => controllers.includes(controller))
    return found ?? this.unified
  }

  /**
   * The version 1 hierarchy with exactly these controllers, made when there is none. Errors: EBUSY when another
   * has one of them, or groups of version 2 use it; ENOSPC for too many.
   */
  version1(controllers: readonly string[]): Hierarchy {
    const wanted = new Set(controllers)
    for (const each of this.hierarchies) {
      const shared = each.controllers.filter(name => wanted.has(name)).length
      if (shared === wanted.size && shared === each.controllers.length) return each
      if (shared > 0) throw EBUSY
    }
    const { children } = this.unified.root
    if (children.size > 0 && V2_CONTROLLERS.some(name => wanted.has(name))) throw EBUSY
    if (this.hierarchies.length >= MAX_HIERARCHIES) throw ENOSPC
    return this.#add({ version: 1, controllers: [...wanted] })
  }

  #add(options: HierarchyOptions): Hierarchy {
    const { controllers } = options
    const hierarchy = new Hierarchy(this, ++this.#lastId, options)
    this.hierarchies.push(hierarchy)
    const { unified } = this
    unified.controllers = unified.controllers.filter(name => !controllers.includes(name))
    for (const name of controllers) unified.root.delegated.delete(name)
    if (controllers.includes('pids')) {
      hierarchy.root.taskCount = unified.root.taskCount
      unified.root.taskCount = 0
      this.#pids = hierarchy
    }
    return hierarchy
  }
}

/** Of processes outside of all containers. */
export const kernelControlGroups = kernelLocal(() => new ControlGroups())
