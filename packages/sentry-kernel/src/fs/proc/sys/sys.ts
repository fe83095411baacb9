// /proc/sys: the tree of system controls. (fs/proc)

import type { Kernel } from '../../../kernel/kernel.ts'
import type { DirectoryNode } from '../../kernfs/node.ts'
import { fsControls } from './fs.ts'
import { kernelControls } from './kernel.ts'
import { netControls } from './net.ts'
import { controls, type Declarations, number } from './sysctl.ts'
import { vmControls } from './vm.ts'

const ALL: Declarations = {
  abi: { vsyscall32: number(1, { max: 1 }) },
  debug: { 'exception-trace': number(1, { max: 1 }) },
  dev: {},
  fs: fsControls,
  kernel: kernelControls,
  net: netControls,
  user: {
    max_inotify_instances: number(128),
    max_inotify_watches: number(180_000),
    max_mnt_namespaces: number(95_000),
    max_pid_namespaces: number(95_000),
    max_user_namespaces: number(0),
    max_uts_namespaces: number(95_000),
  },
  vm: vmControls,
}

export const sys = (kernel: Kernel): DirectoryNode => controls(kernel, ALL)
