// A hierarchy of control groups: the unified one of version 2, or one of version 1. (cgroup)

import { EBUSY, ENOENT } from '@tsvisor/abi'
import type { FileSystem } from '../vfs/inode.ts'
import { Cgroup } from './cgroup.ts'
import type { ControlGroups } from './control-groups.ts'

export interface HierarchyOptions {
  readonly version: 1 | 2
  /** What it controls; with version 1 also "name=…". */
  readonly controllers: readonly string[]
  /** Where its root is for whoever looks from outside: shown where no cgroup namespace hides it. */
  readonly path?: string
}

export class Hierarchy {
  readonly groups: ControlGroups
  readonly version: 1 | 2
  /** As in /proc/PID/cgroup; 0 for version 2. */
  readonly id: number
  readonly root: Cgroup
  /** "/", or what stands before each path in it. */
  readonly place: string
  /** Its one file system, once it has been mounted. */
  fs: FileSystem | undefined
  controllers: readonly string[]

  constructor(groups: ControlGroups, id: number, options: HierarchyOptions) {
    this.groups = groups
    this.id = id
    this.version = options.version
    this.controllers = options.controllers
    this.place = options.path ?? '/'
    this.root = new Cgroup(this)
  }

  /** The group at an absolute path, if there is one. */
  at(path: string): Cgroup | undefined {
    let group: Cgroup | undefined = this.root
    for (const name of path.split('/')) if (name !== '') group = group?.children.get(name)
    return group
  }

  /** As `at`. Errors: ENOENT; EBUSY where no process may be. */
  find(path: string): Cgroup {
    const group = this.at(path)
    if (group === undefined) throw ENOENT
    if (group.delegated.size > 0) throw EBUSY
    return group
  }
}
