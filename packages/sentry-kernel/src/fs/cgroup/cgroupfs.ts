// cgroupfs: the hierarchies of control groups as directories. (fs/cgroup)
// Linux kernel/cgroup; Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/. What limits the sandbox as a whole
// is the host's to enforce; what limits groups that the guest makes is this kernel's.

import { CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, EINVAL, ENOENT, S_IFDIR } from '@tsvisor/abi'
import type { Cgroup } from '../../cgroup/cgroup.ts'
import {
  type ControlGroups,
  kernelControlGroups,
  V1_CONTROLLERS,
} from '../../cgroup/control-groups.ts'
import type { Hierarchy } from '../../cgroup/hierarchy.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Task } from '../../task/task.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import type { FileSystemType } from '../../vfs/filesystems.ts'
import type { FileSystem } from '../../vfs/inode.ts'
import { Kernfs, type KernfsOptions } from '../kernfs/kernfs.ts'
import { cgroupDirectory } from './directory.ts'

export interface NewCgroupfs {
  readonly kernel: Kernel
  /** Default: those of processes outside of all containers. */
  readonly groups?: ControlGroups
  /** The file system type. "cgroup" without a v1 controller among the options is the unified one. */
  readonly type: 'cgroup' | 'cgroup2'
  /** Mount options: v1 controllers ("memory", "cpu,cpuacct"), "name=…". */
  readonly data?: string
}

/** The one instance of that hierarchy. Errors: EINVAL for an unknown option, EBUSY, ENOSPC: ControlGroups.version1. */
export function newCgroupfs(wanted: NewCgroupfs): FileSystem {
  const { kernel, groups = kernelControlGroups(kernel), type, data = '' } = wanted
  const options = data.split(',').filter(option => option !== '')
  const isKnown = type === 'cgroup2' ? UNIFIED_OPTIONS.has.bind(UNIFIED_OPTIONS) : isV1Option
  if (!options.every(option => isKnown(option))) throw EINVAL
  const controllers = type === 'cgroup2' ? [] : options.filter(isController)
  if (controllers.length > 0) return mountable(kernel, groups.version1(controllers))
  groups.unifiedShown = true
  return mountable(kernel, groups.unified, options)
}

function mountable(kernel: Kernel, hierarchy: Hierarchy, options?: readonly string[]): FileSystem {
  const { version, controllers, root } = hierarchy
  hierarchy.fs ??= new CgroupFs(hierarchy, {
    type: version === 2 ? 'cgroup2' : 'cgroup',
    dev: kernel.nextDev(),
    magic: version === 2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC,
    created: () => kernel.clock.realtime(),
    mountOptions: options ?? controllers,
    root: cgroupDirectory(kernel, root),
    attributes: 'kept',
  })
  return hierarchy.fs
}

/** The file system of a hierarchy. */
class CgroupFs extends Kernfs {
  readonly hierarchy: Hierarchy

  constructor(hierarchy: Hierarchy, options: KernfsOptions) {
    super(options)
    this.hierarchy = hierarchy
  }
  readonly shownPath = (path: string, { namespaces }: Task): string => {
    const group = this.hierarchy.at(path)
    return group === undefined ? path : namespaces.cgroup.shown(group)
  }
}

/** The group whose directory this is; undefined for any other file. Errors: ENOENT once it was removed. */
export function cgroupOf({ inode, path }: FileDescription): Cgroup | undefined {
  const { fs } = inode
  if (!(fs instanceof CgroupFs) || inode.type !== S_IFDIR || path === undefined) return undefined
  let name = ''
  for (let at = path.dentry; at.parent !== at; at = at.parent) name = `/${at.name}${name}`
  const group = path.dentry.unlinked ? undefined : fs.hierarchy.at(name)
  if (group === undefined) throw ENOENT
  return group
}

const UNIFIED_OPTIONS = new Set(['nsdelegate', 'memory_recursiveprot', 'favordynmods'])
const isController = (option: string): boolean =>
  V1_CONTROLLERS.some(name => name === option) || /^name=.{1,63}$/.test(option)
const isV1Option = (option: string): boolean =>
  isController(option) || ['all', 'none', 'xattr', 'noprefix', 'clone_children'].includes(option)

const typeOf = (type: NewCgroupfs['type']): FileSystemType => ({
  owner: ({ namespaces }) => namespaces.cgroup.userNamespace,
  instances: 'shared',
  make: ({ kernel, cgroups: { groups } }, _source, data) =>
    newCgroupfs({ kernel, groups, type, data }),
  start: ({ namespaces }, fs) =>
    fs instanceof CgroupFs ? namespaces.cgroup.rootIn(fs.hierarchy).path : '/',
})
export const cgroup1Type = typeOf('cgroup')
export const cgroup2Type = typeOf('cgroup2')
