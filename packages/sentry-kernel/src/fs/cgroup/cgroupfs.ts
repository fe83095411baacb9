// cgroupfs: the one control group that all processes are in. (fs/cgroup)
// Linux kernel/cgroup; Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/. Groups cannot be made:
// the limits of the sandbox are the host's to enforce.

import { CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, EINVAL } from '@tsvisor/abi'
import type { Kernel } from '../../kernel/kernel.ts'
import type { FileSystemType } from '../../vfs/filesystems.ts'
import { Kernfs } from '../kernfs/kernfs.ts'
import type { DirectoryNode } from '../kernfs/node.ts'
import { CONTROLLERS, cgroup1Root } from './cgroup1.ts'
import { cgroup2Root } from './cgroup2.ts'

export interface NewCgroupfs {
  readonly kernel: Kernel
  readonly dev: number
  /** The file system type. "cgroup" without a v1 controller among the options is the unified one. */
  readonly type: 'cgroup' | 'cgroup2'
  /** Mount options: v1 controllers ("memory", "cpu,cpuacct"), "name=…". */
  readonly data?: string
}

/** Errors: EINVAL for an unknown option. */
export function newCgroupfs({ kernel, dev, type, data = '' }: NewCgroupfs): Kernfs {
  const options = data.split(',').filter(option => option !== '')
  const make = (shown: 'cgroup' | 'cgroup2', magic: number, root: DirectoryNode) =>
    new Kernfs({
      type: shown,
      dev,
      magic,
      created: kernel.clock.realtime(),
      mountOptions: options,
      root,
    })
  if (type === 'cgroup2') {
    for (const option of options) if (!UNIFIED_OPTIONS.has(option)) throw EINVAL
    return make('cgroup2', CGROUP2_SUPER_MAGIC, cgroup2Root(kernel))
  }
  for (const option of options) if (!isKnown(option)) throw EINVAL
  const controllers = options.filter(option => CONTROLLERS.has(option) || /^name=./.test(option))
  return controllers.length === 0
    ? make('cgroup2', CGROUP2_SUPER_MAGIC, cgroup2Root(kernel))
    : make('cgroup', CGROUP_SUPER_MAGIC, cgroup1Root(kernel, controllers))
}

const UNIFIED_OPTIONS = new Set(['nsdelegate', 'memory_recursiveprot', 'favordynmods'])
const isKnown = (option: string): boolean =>
  CONTROLLERS.has(option) ||
  /^name=.{1,63}$/.test(option) ||
  ['all', 'none', 'xattr', 'noprefix', 'clone_children'].includes(option)

const typeOf = (type: NewCgroupfs['type']): FileSystemType => ({
  make: ({ kernel }, _source, data) => newCgroupfs({ kernel, dev: kernel.nextDev(), type, data }),
})
export const cgroup1Type = typeOf('cgroup')
export const cgroup2Type = typeOf('cgroup2')
