// A cgroup namespace: the groups that whoever is in it takes for the roots. (cgroup)
// Linux kernel/cgroup/namespace.c; cgroup_namespaces(7).

import { UserNamespace } from '../task/user-namespace.ts'
import type { Cgroup } from './cgroup.ts'
import type { CgroupSet } from './cgroup-set.ts'
import type { Hierarchy } from './hierarchy.ts'

/** Linux's cgroup_namespace. */
export class CgroupNamespace {
  readonly root: CgroupSet
  /** A container's first one shows where the host has its groups, unless the configuration hides that. */
  readonly #kind: 'initial' | 'made'

  readonly userNamespace: UserNamespace

  constructor(
    root: CgroupSet,
    kind: 'initial' | 'made',
    userNamespace: UserNamespace = UserNamespace.FIRST,
  ) {
    this.userNamespace = userNamespace
    this.root = root
    this.#kind = kind
  }

  /** What it takes for the top of a hierarchy. */
  rootIn(hierarchy: Hierarchy): Cgroup {
    return this.root.groups === hierarchy.groups ? this.root.in(hierarchy) : hierarchy.root
  }

  /** A group's path as somebody in here sees it: "/", "/a", "/../b". */
  shown(group: Cgroup): string {
    const { hierarchy } = group
    const below = relative(this.rootIn(hierarchy), group)
    if (this.#kind === 'made' || hierarchy.place === '/') return below
    return below === '/' ? hierarchy.place : hierarchy.place + below
  }
}

/** kernfs_path_from_node */
function relative(root: Cgroup, group: Cgroup): string {
  let up = ''
  let common: Cgroup = root
  for (; !group.isWithin(common) && common.parent !== undefined; common = common.parent) up += '/..'
  let down = ''
  for (let each = group; each !== common && each.parent !== undefined; each = each.parent)
    down = `/${each.name}${down}`
  return up + down || '/'
}
